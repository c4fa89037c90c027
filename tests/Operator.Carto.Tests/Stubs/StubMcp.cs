using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Carto.Tests.Stubs;

/// <summary>
/// An MCP server of before discovery, that keeps sessions, in as few lines as HTTP tests need: what the emulator, which is built on the
/// SDK, does not do.
/// </summary>
internal sealed class StubMcp
{
    public const string Tools = """
        [{"name":"manage_oauth_clients","inputSchema":{"type":"object","properties":{
          "method":{"type":"string","enum":["list","create","update","get","delete"]},"title":{"type":"string"},"id":{"type":"string"}},"required":["method"]}}]
        """;

    public StubMcp() => Server = new StubHandler(AnswerAsync);

    public StubHandler Server { get; }

    /// <summary>What a tool call is answered with: text, from its arguments.</summary>
    public Func<JsonNode, string> Tool { get; set; } = _ => """[{"clientId":"id"}]""";

    /// <summary>Takes the place of an answer when it gives one.</summary>
    public Func<StubRequest, string, Task<HttpResponseMessage>?> Instead { get; set; } = (_, _) => null;

    /// <summary>How discovery is answered.</summary>
    public HttpStatusCode Discovery { get; set; } = HttpStatusCode.NotFound;

    public int Sessions { get; private set; }

    /// <summary>The JSON-RPC methods asked for, or the HTTP method where there was none, or "token".</summary>
    public IEnumerable<string> Asked => Server.Requests.Select(Name);

    public ICartoApi Account(TimeProvider? time = null, Func<CartoApiOptions, CartoApiOptions>? configure = null)
    {
        var options = new CartoApiOptions
        {
            ApiBaseUrl = new("https://api.example.com/api/"),
            TokenUrl = new("https://auth.example.com/oauth/token"),
            Audience = "aud",
            // Of a user, whose list need not show a client that logs in.
            Credentials = new CartoCredentials.RefreshToken("id", new Sensitive("secret")),
            RequestsPerSecond = 1000,
        };
        return new CartoApiFactory(time ?? TimeProvider.System, NullLoggerFactory.Instance, network =>
        {
            network.Dispose();
            return Server;
        }).Create(configure?.Invoke(options) ?? options);
    }

    public static HttpResponseMessage Result(StubRequest request, JsonNode result) =>
        StubHandler.Json(
            new JsonObject
            {
                ["jsonrpc"] = "2.0",
                ["id"] = Parse(request)["id"]!.DeepClone(),
                ["result"] = result,
            }.ToJsonString()
        );

    public static JsonNode Parse(StubRequest request) => JsonNode.Parse(request.Body)!;

    public static JsonObject Text(string text) =>
        new() { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) };

    private static string Name(StubRequest request) =>
        request.Url.AbsolutePath == "/oauth/token" ? "token"
        : request.Body.Length == 0 ? request.Method.Method
        : (string)Parse(request)["method"]!;

    private Task<HttpResponseMessage> AnswerAsync(StubRequest request)
    {
        var name = Name(request);
        return Instead(request, name) ?? Task.FromResult(Answer(request, name));
    }

    private HttpResponseMessage Answer(StubRequest request, string name)
    {
        switch (name)
        {
            case "token":
                return StubHandler.Json(
                    $$"""{"access_token":"{{Jwt.Of("""{"sub":"u","http://app.carto.com/account_id":"ac 1"}""")}}","expires_in":3600}"""
                );
            case "server/discover":
                return StubHandler.Json("""{"error":"no"}""", Discovery);
            case "initialize":
                Sessions++;
                var opened = Result(
                    request,
                    JsonNode.Parse(
                        """{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"stub","version":"1"}}"""
                    )!
                );
                opened.Headers.Add("Mcp-Session-Id", $"session-{Sessions}");
                return opened;
            case "tools/list":
                return Result(request, new JsonObject { ["tools"] = JsonNode.Parse(Tools) });
            case "tools/call":
                return Result(request, Text(Tool(Parse(request)["params"]!["arguments"]!)));
            default:
                return new HttpResponseMessage(HttpStatusCode.Accepted);
        }
    }
}
