using System.Text.Json;
using Operator.Carto.Mcp;

namespace Operator.Carto.Tests.Mcp;

public sealed class AnswerReaderTests
{
    [Theory]
    [InlineData("""{"clientId":"a","clientSecret":"s"}""")]
    [InlineData("""{"data":{"clientId":"a","clientSecret":"s","title":"t"}}""")]
    [InlineData("""{"client_id":"a","client_secret":"s"}""")]
    [InlineData("""{"id":"a","secret":"s"}""")]
    [InlineData("""{"oauth_client":{"id":"a","secret":"s"}}""")]
    [InlineData("""{"success":true,"data":{"client":{"clientId":"a","clientSecret":"s"}}}""")]
    [InlineData("""{"id":"other","clientId":"a","clientSecret":"s","error":null}""")]
    public void ReadCreated_KnownForms_GivesThePair(string text)
    {
        var client = AnswerReader.ReadCreated(Ok(text)).Client;

        Assert.Equal(("a", "s"), (client.Id, client.Secret?.Reveal()));
    }

    [Theory]
    [InlineData("""{"clientId":"a"}""", "no client secret")]
    [InlineData("""{"clientId":"a","clientSecret":""}""", "no client secret")]
    [InlineData("""{"clientSecret":"hush"}""", "no client ID")]
    [InlineData("""[]""", "no client ID")]
    [InlineData("""{"clientId":7,"clientSecret":"hush"}""", "no client ID")]
    [InlineData("created hush", "not JSON")]
    [InlineData("<html>hush</html>", "web page")]
    [InlineData("""{"clientId":"a","clientSecret":"hush""", "not JSON")]
    public void ReadCreated_WithoutWhatIsNeeded_SaysWhatIsMissingAndNotWhatIsThere(string text, string expected)
    {
        var error = Assert.Throws<CartoException>(() => AnswerReader.ReadCreated(Ok(text))).Error;

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TextForPeopleBesideJson_FindsTheJson()
    {
        var answer = new ToolAnswer(false, ["Created:", """{"clientId":"a","clientSecret":"s"}"""]);
        var structured = new ToolAnswer(false, ["Created"], JsonDocument.Parse("""{"clientId":"a","clientSecret":"s"}""").RootElement);

        Assert.Equal("a", AnswerReader.ReadCreated(answer).Client.Id);
        Assert.Equal("a", AnswerReader.ReadCreated(structured).Client.Id);
    }

    [Theory]
    [InlineData("""[{"clientId":"a"},{"clientId":"b"}]""")]
    [InlineData("""{"data":[{"clientId":"a"},{"clientId":"b"}]}""")]
    [InlineData("""{"items":[{"id":"a"},{"id":"b"}],"total":2}""")]
    [InlineData("""{"data":{"clients":[{"id":"a"},{"id":"b"}],"links":[]}}""")]
    [InlineData("""{"oauth_clients":[{"client_id":"a"},{"client_id":"b"}]}""")]
    [InlineData("""{"whatever":[{"client_id":"a"},{"client_id":"b"}],"n":2}""")]
    public void ReadPage_KnownForms_GivesAllClients(string text) =>
        Assert.Equal(["a", "b"], AnswerReader.ReadPage(Ok(text)).Clients.Select(entry => entry.Client.Id));

    [Theory]
    [InlineData("""{"message":"nothing here"}""")]
    [InlineData("""{"first":[],"second":[]}""")]
    [InlineData("""[{"clientId":"a"},{"title":"no id"}]""")]
    [InlineData("""["a"]""")]
    [InlineData("none")]
    public void ReadPage_NotUnderstoodOrOnlyInPart_IsAnErrorAndNoShortList(string text) =>
        Assert.Equal(CartoErrorKind.Transient, Assert.Throws<CartoException>(() => AnswerReader.ReadPage(Ok(text))).Error.Kind);

    [Fact]
    public void ReadPage_FieldsOfAClient_AreRead()
    {
        var client = AnswerReader.ReadPage(Ok("""[{"id":"x1","client_id":"a","name":"n","secret":"s","created_at":"2026-03-01T10:00:00Z"}]""")).Clients[0];

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
            AnswerReader.ReadPage(Ok($$"""[{"id":"a","createdAt":{{date}}}]""")).Clients[0].Client.CreatedAt);

    [Theory]
    [InlineData("""{"items":[],"nextCursor":"c","total":9,"hasMore":true}""")]
    [InlineData("""{"items":[],"pagination":{"next_cursor":"c","total_count":"9","has_more":true}}""")]
    [InlineData("""{"data":{"items":[]},"meta":{"nextCursor":"c","total":9,"hasNextPage":true}}""")]
    public void ReadPage_FactsAboutThePage_AreFoundWhereTheyStand(string text)
    {
        var page = AnswerReader.ReadPage(Ok(text));

        Assert.Equal(("c", 9L, true), (page.Cursor, page.Total, page.HasMore));
    }

    [Theory]
    [InlineData("""{"clientId":"a","title":"t"}""")]
    [InlineData("""{"data":{"clientId":"a"}}""")]
    [InlineData("""{"items":[{"clientId":"a"}]}""")]
    public void ReadOne_KnownForms_GivesTheClient(string text) => Assert.Equal("a", AnswerReader.ReadOne(Ok(text)).Client.Id);

    [Theory]
    [InlineData("")]
    [InlineData("The client has been deleted.")]
    [InlineData("{\"success\":true}")]
    [InlineData("{\"error\":null,\"clientId\":\"a\"}")]
    public void RequireSuccess_AnythingThatIsNoFailure_Passes(string text) => AnswerReader.RequireSuccess(Ok(text), ClientOperation.Delete);

    [Theory]
    [InlineData("""{"success":false,"message":"Client a not found"}""", CartoErrorKind.NotFound)]
    [InlineData("""{"error":"Forbidden","status":403}""", CartoErrorKind.Forbidden)]
    [InlineData("""{"data":{"ok":false,"error":{"message":"busy","statusCode":503}}}""", CartoErrorKind.Transient)]
    public void RequireSuccess_FailureThatIsNotMarked_IsAFailure(string text, CartoErrorKind kind) =>
        Assert.Equal(kind, Assert.Throws<CartoException>(() => AnswerReader.RequireSuccess(Ok(text), ClientOperation.Delete)).Error.Kind);

    [Theory]
    [InlineData("""{"error":"x","status":400}""", CartoErrorKind.Rejected, false)]
    [InlineData("""{"error":"x","status":401}""", CartoErrorKind.Unauthorized, false)]
    [InlineData("""{"error":"x","status":402}""", CartoErrorKind.Forbidden, false)]
    [InlineData("""{"error":"x","status":403}""", CartoErrorKind.Forbidden, false)]
    [InlineData("""{"error":"x","status":404}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"x","status":"404"}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":{"code":404,"message":"x"}}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"Account not found","status":404}""", CartoErrorKind.Rejected, false)]
    [InlineData("""{"error":"x","status":409}""", CartoErrorKind.Rejected, false)]
    [InlineData("""{"error":"x","status":429}""", CartoErrorKind.Throttled, false)]
    [InlineData("""{"error":"x","status":500}""", CartoErrorKind.Transient, true)]
    [InlineData("""{"error":"Client not found","status":500}""", CartoErrorKind.Transient, true)]
    [InlineData("""{"error":"x","status":501}""", CartoErrorKind.Rejected, false)]
    [InlineData("OAuth client xtoolx not found", CartoErrorKind.NotFound, false)]
    [InlineData("No such client", CartoErrorKind.NotFound, false)]
    [InlineData("Tool not found", CartoErrorKind.Rejected, true)]
    [InlineData("User of this client not found", CartoErrorKind.Rejected, true)]
    [InlineData("Not found", CartoErrorKind.Rejected, true)]
    [InlineData("Unauthorized", CartoErrorKind.Unauthorized, false)]
    [InlineData("Token not defined", CartoErrorKind.Unauthorized, false)]
    [InlineData("You do not have permission", CartoErrorKind.Forbidden, false)]
    [InlineData("Your plan does not include it", CartoErrorKind.Forbidden, false)]
    [InlineData("Quota exceeded", CartoErrorKind.Forbidden, false)]
    [InlineData("Too many requests", CartoErrorKind.Throttled, false)]
    [InlineData("Request timed out", CartoErrorKind.Transient, true)]
    [InlineData("Something odd", CartoErrorKind.Rejected, true)]
    [InlineData("", CartoErrorKind.Rejected, true)]
    public void RequireSuccess_Failure_IsClassifiedByStatusThenByWords(string text, CartoErrorKind kind, bool mayHaveTakenEffect)
    {
        var error = Assert.Throws<CartoException>(
            () => AnswerReader.RequireSuccess(new ToolAnswer(true, [text]), ClientOperation.Delete)).Error;

        Assert.Equal((kind, mayHaveTakenEffect), (error.Kind, error.MayHaveTakenEffect));
    }

    [Theory]
    [InlineData("""{"error":"x","status":404}""")]
    [InlineData("OAuth client not found")]
    public void RequireSuccess_NotFoundWhereNoClientIsNamed_IsNotNotFound(string text)
    {
        foreach (var operation in (ClientOperation[])[ClientOperation.Create, ClientOperation.List])
        {
            var error = Assert.Throws<CartoException>(() => AnswerReader.RequireSuccess(new ToolAnswer(true, [text]), operation)).Error;
            Assert.Equal(CartoErrorKind.Rejected, error.Kind);
        }
    }

    [Theory]
    [InlineData(-32602, "Unknown tool: 'delete'", CartoErrorKind.Unsupported)]
    [InlineData(-32602, "OAuth client a not found", CartoErrorKind.NotFound)]
    [InlineData(-32602, "Invalid arguments", CartoErrorKind.Rejected)]
    [InlineData(-32603, "Something odd", CartoErrorKind.Transient)]
    [InlineData(-32000, "OAuth client a not found", CartoErrorKind.NotFound)]
    public void ReadProtocolError_ByCodeAndWords_IsClassified(int code, string message, CartoErrorKind kind)
    {
        var error = AnswerReader.ReadProtocolError(code, $"Request failed (remote): {message}", ClientOperation.Delete);

        Assert.Equal(kind, error.Kind);
        Assert.DoesNotContain("remote", error.Message, StringComparison.Ordinal);
    }

    private static ToolAnswer Ok(string text) => new(false, [text]);
}
