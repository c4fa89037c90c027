using Operator.Carto.Clients;

namespace Operator.Carto.Tests.Mcp;

public sealed class ListReaderTests
{
    [Theory]
    [InlineData("""[{"clientId":"a"},{"clientId":"b"}]""")]
    [InlineData("""{"data":[{"clientId":"a"},{"clientId":"b"}]}""")]
    [InlineData("""{"items":[{"id":"a"},{"id":"b"}],"total":2}""")]
    [InlineData("""{"data":{"clients":[{"id":"a"},{"id":"b"}],"links":[]}}""")]
    [InlineData("""{"oauth_clients":[{"client_id":"a"},{"client_id":"b"}]}""")]
    [InlineData("""{"whatever":[{"client_id":"a"},{"client_id":"b"}],"n":2}""")]
    public void ReadPage_KnownForms_GivesAllClients(string text) =>
        Assert.Equal(["a", "b"], ListReader.ReadPage(Ok(text)).Clients.Select(entry => entry.Client.Id));

    [Theory]
    [InlineData("app_type", "non_interactive", false)]
    [InlineData("appType", "SPA", true)]
    [InlineData("type", "m2m", false)]
    [InlineData("type", "oauth_client", false)]
    [InlineData("client_type", "single-page application", true)]
    [InlineData("client_type", "regular_web", true)]
    public void ReadPage_EntryOfAnotherKind_IsMarkedAsThat(string field, string type, bool isOther) =>
        Assert.Equal(
            isOther,
            Assert.Single(ListReader.ReadPage(Ok($$"""[{"clientId":"a","{{field}}":"{{type}}"}]""")).Clients).Client.IsOther
        );

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{"oauth_clients":[]}""")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":{"items":[]}}""")]
    [InlineData("""{"oauth_clients":null}""")]
    [InlineData("""{"data":{"clients":null}}""")]
    [InlineData("""{"items":null,"total":0}""")]
    [InlineData("""{"data":null,"total":0}""")]
    [InlineData("""{"total":0}""")]
    [InlineData("""{"whatever":[],"total":0}""")]
    [InlineData("""{"clients":[],"message":"No clients found."}""")]
    public void ReadPage_FormThatProvesIt_IsEmpty(string text)
    {
        var page = ListReader.ReadPage(Ok(text));

        Assert.Empty(page.Clients);
        Assert.Null(page.Gap);
    }

    [Theory]
    [InlineData("""{"message":"nothing here"}""", "no list of clients")]
    [InlineData("""{"first":[],"second":[]}""", "no list of clients")]
    [InlineData("""{"warnings":[]}""", "no list of clients")]
    [InlineData("""{}""", "no list of clients")]
    [InlineData("""{"data":null}""", "no list of clients")]
    [InlineData("""{"data":{}}""", "no list of clients")]
    [InlineData("""{"result":null}""", "no list of clients")]
    [InlineData("""{"clients":null,"message":"The directory is busy."}""", "no list of clients")]
    [InlineData("""[{"title":"no id"}]""", "No entry")]
    [InlineData("""["a"]""", "No entry")]
    [InlineData("none", "CARTO says: none")]
    [InlineData("No clients found.", "CARTO says: No clients found")]
    [InlineData("null", "not JSON")]
    [InlineData("", "empty")]
    [InlineData("| ID | Name |\n|---|---|\n| a | etl |", "a table")]
    [InlineData("Clients:\n\n| ID | Secret |\n|---|---|\n| a | hush |", "a table")]
    [InlineData("a hush9hush", "not JSON")]
    [InlineData("""{"clients":null,"error":"directory out of reach"}""", "directory out of reach")]
    [InlineData("""{"clients":[],"status":503}""", "HTTP 503")]
    public void ReadPage_NothingUnderstood_IsAnErrorAndNoEmptyList(string text, string expected)
    {
        var error = Assert.Throws<CartoException>(() => ListReader.ReadPage(Ok(text))).Error;

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"clientId":"a"},{"title":"no id"},{"clientId":"b"}]""", "1 of 3 entries")]
    [InlineData("""[null,{"clientId":"a"},{"clientId":7},{"clientId":"b"},"c"]""", "3 of 5 entries")]
    [InlineData("""{"clients":[{"id":"a"},{"id":"b"}],"error":"one region did not answer"}""", "one region did not answer")]
    [InlineData("""{"clients":[{"id":"a"},{"id":"b"}],"warnings":["one region did not answer"]}""", "one region did not answer")]
    [InlineData("""{"clients":[{"id":"a"},{"id":"b"}],"m2m_clients":[{"id":"c"}]}""", "several lists")]
    [InlineData("""{"clients":[{"id":"a"},{"id":"b"}],"truncated":true}""", "cut short")]
    public void ReadPage_UnderstoodInPart_GivesThatPartAndSaysSo(string text, string gap)
    {
        var page = ListReader.ReadPage(Ok(text));

        Assert.Equal(["a", "b"], page.Clients.Select(entry => entry.Client.Id));
        Assert.Contains(gap, page.Gap, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadPage_EmptyListBesideOneWithEntries_TakesTheEntries() =>
        Assert.Single(ListReader.ReadPage(Ok("""{"items":[],"m2m_clients":[{"id":"c"}]}""")).Clients);

    [Fact]
    public void ReadPage_MaskedSecrets_AreNotTold() =>
        Assert.Null(ListReader.ReadPage(Ok("""[{"id":"a","secret":"<hidden>"}]""")).Clients[0].Client.Secret);

    [Fact]
    public void ReadPage_FieldsOfAClient_AreRead()
    {
        var client = ListReader
            .ReadPage(Ok("""[{"id":"x1","client_id":"a","name":"n","secret":"s","created_at":"2026-03-01T10:00:00Z"}]"""))
            .Clients[0];

        Assert.Equal(("a", "n", "s", "x1"), (client.Client.Id, client.Client.Name, client.Client.Secret?.Reveal(), client.OwnId));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), client.Client.CreatedAt);
    }

    [Theory]
    [InlineData("1772359200")]
    [InlineData("1772359200000")]
    [InlineData("\"2026-03-01T10:00:00\"")]
    [InlineData("\"2026-03-01T11:00:00+01:00\"")]
    public void ReadPage_DateInAnyForm_IsTheSameMoment(string date) =>
        Assert.Equal(
            new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero),
            ListReader.ReadPage(Ok($$"""[{"id":"a","createdAt":{{date}}}]""")).Clients[0].Client.CreatedAt
        );

    [Theory]
    [InlineData("""{"items":[],"nextCursor":"c","total":9,"hasMore":true}""")]
    [InlineData("""{"items":[],"pagination":{"next_cursor":"c","total_count":"9","has_more":true}}""")]
    [InlineData("""{"data":{"items":[]},"meta":{"nextCursor":"c","total":9,"hasNextPage":true}}""")]
    public void ReadPage_FactsAboutThePage_AreFoundWhereTheyStand(string text)
    {
        var page = ListReader.ReadPage(Ok(text));

        Assert.Equal(("c", 9L, true), (page.Cursor, page.Total, page.HasMore));
    }

    private static ClientAnswer Ok(string text) => new(false, [text]);
}
