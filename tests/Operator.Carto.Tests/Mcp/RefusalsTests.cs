using Operator.Carto.Clients;

namespace Operator.Carto.Tests.Mcp;

public sealed class RefusalsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("The client has been deleted.")]
    [InlineData("{\"success\":true}")]
    [InlineData("{\"error\":null,\"clientId\":\"a\"}")]
    public void RequireSuccess_AnythingThatIsNoFailure_Passes(string text) => Refusals.RequireSuccess(Ok(text), ClientOperation.Delete);

    [Theory]
    [InlineData("""{"success":false,"message":"Client a not found"}""", CartoErrorKind.NotFound)]
    [InlineData("""{"error":"Forbidden","status":403}""", CartoErrorKind.Forbidden)]
    [InlineData("""{"data":{"ok":false,"error":{"message":"busy","statusCode":503}}}""", CartoErrorKind.Transient)]
    public void RequireSuccess_FailureThatIsNotMarked_IsAFailure(string text, CartoErrorKind kind) =>
        Assert.Equal(kind, Assert.Throws<CartoException>(() => Refusals.RequireSuccess(Ok(text), ClientOperation.Delete)).Error.Kind);

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
    [InlineData("""{"error":"Client not found","status":400}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"Client not found","status":409}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"Client not found","status":422}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"Client not found","status":500}""", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"Client not found","status":401}""", CartoErrorKind.Unauthorized, false)]
    [InlineData("""{"error":"Client not found","status":403}""", CartoErrorKind.Forbidden, false)]
    [InlineData("""{"error":"x","status":410}""", CartoErrorKind.NotFound, false)]
    [InlineData("No client with that id", CartoErrorKind.NotFound, false)]
    [InlineData("Could not find that client", CartoErrorKind.NotFound, false)]
    [InlineData("The client no longer exists", CartoErrorKind.NotFound, false)]
    [InlineData("The credential has already been deleted", CartoErrorKind.NotFound, false)]
    [InlineData("""{"error":"x","status":501}""", CartoErrorKind.Rejected, false)]
    [InlineData("OAuth client xtoolx not found", CartoErrorKind.NotFound, false)]
    [InlineData("No such client", CartoErrorKind.NotFound, false)]
    [InlineData("Tool not found", CartoErrorKind.Unsupported, false)]
    [InlineData("Tool delete not found", CartoErrorKind.Unsupported, false)]
    [InlineData("Tool 'manage_oauth_clients' not found", CartoErrorKind.Unsupported, false)]
    [InlineData("Unknown tool: delete", CartoErrorKind.Unsupported, false)]
    [InlineData("User of this client not found", CartoErrorKind.Rejected, true)]
    [InlineData("Not found", CartoErrorKind.NotFound, false)]
    [InlineData("Unauthorized", CartoErrorKind.Unauthorized, false)]
    [InlineData("Token not defined", CartoErrorKind.Unauthorized, false)]
    [InlineData("You do not have permission", CartoErrorKind.Forbidden, false)]
    [InlineData("Your plan does not include it", CartoErrorKind.Forbidden, false)]
    [InlineData("Quota exceeded", CartoErrorKind.Forbidden, false)]
    [InlineData("You have reached the entity limit", CartoErrorKind.Forbidden, false)]
    [InlineData("Too many requests", CartoErrorKind.Throttled, false)]
    [InlineData("Request timed out", CartoErrorKind.Transient, true)]
    [InlineData("Something odd", CartoErrorKind.Rejected, true)]
    [InlineData("", CartoErrorKind.Rejected, true)]
    public void RequireSuccess_Failure_IsClassifiedByStatusThenByWords(string text, CartoErrorKind kind, bool mayHaveTakenEffect)
    {
        var error = Assert
            .Throws<CartoException>(() => Refusals.RequireSuccess(new ClientAnswer(true, [text]), ClientOperation.Delete))
            .Error;

        Assert.Equal((kind, mayHaveTakenEffect), (error.Kind, error.MayHaveTakenEffect));
    }

    [Theory]
    [InlineData("""{"error":"x","status":404}""")]
    [InlineData("OAuth client not found")]
    public void RequireSuccess_NotFoundWhereNoClientIsNamed_IsNotNotFound(string text)
    {
        foreach (var operation in (ClientOperation[])[ClientOperation.Create, ClientOperation.List])
        {
            var error = Assert.Throws<CartoException>(() => Refusals.RequireSuccess(new ClientAnswer(true, [text]), operation)).Error;
            Assert.Equal(CartoErrorKind.Rejected, error.Kind);
        }
    }

    [Theory]
    [InlineData("""{"deleted":false}""", CartoErrorKind.Rejected)]
    [InlineData("""{"data":{"client_id":"a","deleted":false}}""", CartoErrorKind.Rejected)]
    [InlineData("""{"deleted":0}""", CartoErrorKind.Rejected)]
    [InlineData("""{"deleted":[]}""", CartoErrorKind.Rejected)]
    [InlineData("""{"success":false}""", CartoErrorKind.Rejected)]
    [InlineData("""{"success":"false"}""", CartoErrorKind.Rejected)]
    [InlineData("""{"status":500,"message":"Something odd"}""", CartoErrorKind.Transient)]
    [InlineData("""{"status":500,"data":{"id":"a"}}""", CartoErrorKind.Transient)]
    [InlineData("""{"status":"error"}""", CartoErrorKind.Rejected)]
    [InlineData("""{"status":"failed","id":"a"}""", CartoErrorKind.Rejected)]
    [InlineData("""{"status":"pending"}""", CartoErrorKind.Transient)]
    [InlineData("""{"status":"deletion_pending"}""", CartoErrorKind.Transient)]
    [InlineData("""{"id":"a","state":"IN_PROGRESS"}""", CartoErrorKind.Transient)]
    [InlineData("""{"message":"Error: could not delete"}""", CartoErrorKind.Rejected)]
    [InlineData("""{"errors":["it is in use"]}""", CartoErrorKind.Rejected)]
    [InlineData("""{"id":"a","error":"it is in use"}""", CartoErrorKind.Rejected)]
    [InlineData("Error: could not delete", CartoErrorKind.Rejected)]
    [InlineData("Failed to delete the client: it is in use", CartoErrorKind.Rejected)]
    [InlineData("The client could not be deleted.", CartoErrorKind.Rejected)]
    [InlineData("The client was not deleted.", CartoErrorKind.Rejected)]
    [InlineData("The deletion has been scheduled.", CartoErrorKind.Transient)]
    [InlineData("❌ Permission denied", CartoErrorKind.Forbidden)]
    [InlineData("Error: quota exceeded", CartoErrorKind.Forbidden)]
    [InlineData("No client with that id.", CartoErrorKind.NotFound)]
    [InlineData("""{"deleted":false,"message":"No client with that id"}""", CartoErrorKind.NotFound)]
    public void RequireSuccess_DeletionRefusedInFriendlyWords_IsAFailure(string text, CartoErrorKind kind) =>
        Assert.Equal(kind, Assert.Throws<CartoException>(() => Refusals.RequireSuccess(Ok(text), ClientOperation.Delete)).Error.Kind);

    [Theory]
    [InlineData("""{"id":"a","status":"deleted"}""")]
    [InlineData("""{"deleted":true}""")]
    [InlineData("""{"deleted":1}""")]
    [InlineData("""{"success":true,"message":"Deleted. Tokens that were issued work until they expire."}""")]
    [InlineData("""{"status":200}""")]
    [InlineData("[]")]
    [InlineData("Client a has been deleted. Services that use it cannot obtain tokens any more.")]
    public void RequireSuccess_DeletionThatWasDone_Passes(string text) => Refusals.RequireSuccess(Ok(text), ClientOperation.Delete);

    [Theory]
    [InlineData("""{"clientId":"a","clientSecret":"s","deleted":false,"status":"pending"}""")]
    [InlineData("""{"clientId":"a","clientSecret":"s","error":"The grant follows"}""")]
    public void RequireSuccess_FieldsOfANewClient_AreNoRefusal(string text) => Refusals.RequireSuccess(Ok(text), ClientOperation.Create);

    [Theory]
    [InlineData("Error: quota exceeded", CartoErrorKind.Forbidden, "quota exceeded")]
    [InlineData("Failed to create the client", CartoErrorKind.Rejected, "Failed to create")]
    [InlineData("""{"id":"request-1","status":500,"message":"Something odd"}""", CartoErrorKind.Transient, "Something odd")]
    [InlineData("""{"message":"Error: quota exceeded"}""", CartoErrorKind.Forbidden, "quota exceeded")]
    public void ReadCreated_RefusedInPlainWords_QuotesThem(string text, CartoErrorKind kind, string words)
    {
        var error = Assert.Throws<CartoException>(() => AnswerReader.ReadCreated(Ok(text))).Error;

        Assert.Equal(kind, error.Kind);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-32602, "Unknown tool: 'delete'", CartoErrorKind.Unsupported)]
    [InlineData(-32602, "OAuth client a not found", CartoErrorKind.NotFound)]
    [InlineData(-32602, "Invalid arguments", CartoErrorKind.Rejected)]
    [InlineData(-32603, "Something odd", CartoErrorKind.Transient)]
    [InlineData(-32000, "OAuth client a not found", CartoErrorKind.NotFound)]
    public void ReadProtocolError_ByCodeAndWords_IsClassified(int code, string message, CartoErrorKind kind)
    {
        var error = Refusals.ReadProtocolError(code, $"Request failed (remote): {message}", ClientOperation.Delete);

        Assert.Equal(kind, error.Kind);
        Assert.DoesNotContain("remote", error.Message, StringComparison.Ordinal);
    }

    private static ClientAnswer Ok(string text) => new(false, [text]);
}
