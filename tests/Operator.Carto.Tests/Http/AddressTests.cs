using System.Net;
using Operator.Carto.Tests.Stubs;

namespace Operator.Carto.Tests.Http;

/// <summary>Where the MCP server is found, and what a server that rejects a token says.</summary>
public sealed class AddressTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://gcp-us-east1.api.carto.com", "https://gcp-us-east1.api.carto.com/mcp/ac%201")]
    [InlineData("https://gcp-us-east1.api.carto.com", "https://gcp-us-east1.api.carto.com/mcp/sso/ac%201")]
    [InlineData("https://gcp-us-east1.api.carto.com", "https://ai-gcp-us-east1.api.carto.com/mcp/ac%201")]
    [InlineData("https://carto.example.com", "https://carto.example.com/api/mcp/ac%201")]
    [InlineData("https://carto.example.com/api", "https://carto.example.com/api/mcp/ac%201")]
    public async Task Connect_ServerAtADocumentedAddress_IsFoundAndKept(string api, string address)
    {
        var server = Only(address);
        await using var account = server.Account(configure: options => options with { ApiBaseUrl = new(api) });

        Assert.Equal(address, (await account.ConnectAsync(Token)).Address);

        var before = server.Server.Requests.Count;
        await account.ConnectAsync(Token);
        await account.Clients.ListAsync(Token);
        Assert.All(server.Server.Requests.Skip(before).Where(IsApi), request => Assert.Equal(address, request.Url.AbsoluteUri));
    }

    [Fact]
    public async Task Connect_ServerNowhere_NamesAllAddressesAndSendsTheTokenToNoOtherHost()
    {
        var server = Only("https://nowhere.example.com/");
        await using var account = server.Account(configure: options => options with { ApiBaseUrl = new("https://carto.example.com") });

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.ConnectAsync(Token))).Error;

        Assert.Equal(CartoErrorKind.Unsupported, error.Kind);
        Assert.Contains(
            "https://carto.example.com/mcp/sso/ac%201, https://carto.example.com/api/mcp/ac%201. A self-hosted CARTO has one only with "
                + "aiFeaturesEnabled: true",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.All(server.Server.Requests.Where(IsApi), request => Assert.Equal("carto.example.com", request.Url.Host));
    }

    [Fact]
    public async Task Call_AddressGoneLater_IsNotRepeatedElsewhere()
    {
        var server = new StubMcp();
        await using var account = server.Account();
        await account.ConnectAsync(Token);
        var before = server.Server.Requests.Count;
        server.Instead = (_, name) => name == "tools/call" ? Task.FromResult(StubHandler.Json("{}", HttpStatusCode.NotFound)) : null;

        await Assert.ThrowsAsync<CartoException>(() => account.Clients.CreateAsync("etl", Token));

        Assert.All(server.Server.Requests.Skip(before).Where(IsApi), request =>
            Assert.Equal("https://api.example.com/api/mcp/ac%201", request.Url.AbsoluteUri)
        );
    }

    [Theory]
    [InlineData("https://api.example.com/.well-known/x", true)]
    [InlineData("/.well-known/x", true)]
    [InlineData("https://elsewhere.example.com/x", false)]
    [InlineData("http://api.example.com/x", false)]
    public async Task Unauthorized_WithResourceMetadata_SaysWhereTokensComeFromAndSendsNoneThere(string address, bool isRead)
    {
        var server = new StubMcp();
        server.Instead = (request, name) =>
            name == "GET" ? Task.FromResult(StubHandler.Json("""{"authorization_servers":["https://issuer.example.com/"]}"""))
            : name == "token" ? null
            : Task.FromResult(Challenge(address));
        await using var account = server.Account();

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.ConnectAsync(Token))).Error;

        Assert.Equal(CartoErrorKind.Unauthorized, error.Kind);
        Assert.Equal(
            isRead,
            error.Message.Contains("The server takes tokens of https://issuer.example.com/: compare tokenUrl", StringComparison.Ordinal)
        );
        var read = server.Server.Requests.Where(request => request.Method == HttpMethod.Get).ToArray();
        Assert.Equal(isRead ? 1 : 0, read.Length);
        Assert.All(read, request => Assert.DoesNotContain("Authorization", request.Headers, StringComparison.Ordinal));
    }

    private static bool IsApi(StubRequest request) => request.Url.Host != "auth.example.com";

    private static HttpResponseMessage Challenge(string metadata)
    {
        var response = StubHandler.Json("""{"error":"Authentication failed","status":401}""", HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ParseAdd($"Bearer resource_metadata=\"{metadata}\"");
        return response;
    }

    private static StubMcp Only(string address) =>
        new()
        {
            Instead = (request, name) =>
                name == "token" || request.Url.AbsoluteUri == address
                    ? null
                    : Task.FromResult(StubHandler.Json("{}", HttpStatusCode.NotFound)),
        };
}
