using System.Text.Json;
using Operator.Carto.Clients;

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
        var answer = new ClientAnswer(false, ["Created:", """{"clientId":"a","clientSecret":"s"}"""]);
        var structured = new ClientAnswer(false, ["Created"], JsonDocument.Parse("""{"clientId":"a","clientSecret":"s"}""").RootElement);

        Assert.Equal("a", AnswerReader.ReadCreated(answer).Client.Id);
        Assert.Equal("a", AnswerReader.ReadCreated(structured).Client.Id);
    }

    [Theory]
    [InlineData("""{"clientId":"a"}""")]
    [InlineData("""{"clientId":"a","clientSecret":""}""")]
    [InlineData("""{"clientId":"a","clientSecret":null}""")]
    [InlineData("""{"clientId":"a","clientSecret":"********"}""")]
    [InlineData("""{"clientId":"a","clientSecret":"...x9Qz"}""")]
    public void ReadCreated_WithoutASecretOrWithAMask_GivesTheIdAlone(string text)
    {
        var client = AnswerReader.ReadCreated(Ok(text)).Client;

        Assert.Equal(("a", null), (client.Id, client.Secret));
    }

    [Theory]
    [InlineData("""{"clientId":"a","title":"t"}""")]
    [InlineData("""{"data":{"clientId":"a"}}""")]
    [InlineData("""{"items":[{"clientId":"a"}]}""")]
    public void ReadOne_KnownForms_GivesTheClient(string text) => Assert.Equal("a", AnswerReader.ReadOne(Ok(text)).Client.Id);

    private static ClientAnswer Ok(string text) => new(false, [text]);
}
