using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ModelContextProtocol.Client;

namespace Carto.Emulator.Tests;

/// <summary>The preset that plays the CARTO of the documents, and its parts alone.</summary>
public sealed class LikelyTests
{
    private const string List = """{"method":"list","clientType":"m2m"}""";

    [Fact]
    public async Task Likely_FromCreationToDeletion_WorksThroughTheOfficialClient()
    {
        await using var laptop = await Laptop.StartAsync(EmulatorVariants.Likely);
        var grant = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        var mcp = await laptop.ConnectAsync(grant.Json.GetProperty("access_token").GetString());

        var created = await CallAsync(mcp, "create", ("title", "etl"));
        var id = created.GetProperty("data").GetProperty("clientId").GetString()!;
        var list = await CallAsync(mcp, "list");
        await CallAsync(mcp, "update", ("client_id", id), ("title", "elt"));
        var read = await CallAsync(mcp, "get", ("client_id", id));
        var pair = await laptop.GrantAsync(id, created.GetProperty("data").GetProperty("clientSecret").GetString()!);
        var deleted = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", id));
        var gone = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", id));

        Assert.Equal("2025-06-18", mcp.NegotiatedProtocolVersion);
        Assert.Equal(
            ["non_interactive", "spa", "non_interactive"],
            list.GetProperty("data").EnumerateArray().Select(c => c.GetProperty("app_type").GetString())
        );
        Assert.Equal(200, list.GetProperty("status").GetInt32());
        Assert.Equal("elt", read.GetProperty("data").GetProperty("title").GetString());
        Assert.Equal(HttpStatusCode.OK, pair.Status);
        Assert.False(deleted.IsError, deleted.Text);
        Assert.Equal((true, $"OAuth client {id} not found"), gone);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task Likely_ListsEightyToolsInPagesOfTheRealSize()
    {
        await using var laptop = await Laptop.StartAsync(EmulatorVariants.Likely);
        var bytes = 0;
        List<string> names = [];
        string? cursor = null;
        do
        {
            var reply = await laptop.PostMcpAsync(ToolsPage(cursor));
            var result = Result(reply);
            bytes += Encoding.UTF8.GetByteCount(reply.Body);
            names.AddRange(result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
            cursor = result.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        Assert.InRange(names.Count, 75, 85);
        Assert.InRange(bytes, 150_000, 200_000);
        Assert.Equal(names.Count, names.Distinct().Count());
        await laptop.LoggedAsync(Operation.ToolsList, count: 4);
        Assert.Empty(
            new[]
            {
                "delete",
                "manage_oauth_clients",
                "get_workspace_info",
                "delete_old_rows",
                "create_client_report",
                "list_clients_by_region",
            }.Except(names)
        );
        var mcp = await laptop.ConnectAsync();
        Assert.Equal(names, (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).Select(t => t.Name));
    }

    [Fact]
    public async Task ToolsPageSize_WithACursorOfAnotherList_IsAnError()
    {
        await using var laptop = await Laptop.StartAsync(EmulatorVariants.Likely);

        var reply = await laptop.PostMcpAsync(ToolsPage("elsewhere"));

        Assert.Contains("Invalid cursor", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Likely_IsStatelessAndAnswersAsStreamAndNotToGet()
    {
        await using var laptop = await Laptop.StartAsync(EmulatorVariants.Likely);
        HttpRequestMessage get = new(HttpMethod.Get, laptop.Emulator.McpUrl(laptop.User));
        get.Headers.Accept.ParseAdd("text/event-stream");
        get.Headers.Authorization = new("Bearer", laptop.Emulator.IssueAccessToken(laptop.User));

        var list = await laptop.PostManageAsync(List);
        var read = await laptop.SendAsync(get);

        Assert.Equal("text/event-stream", list.ContentType);
        Assert.False(list.Headers.Contains("Mcp-Session-Id"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, read.Status);
    }

    [Fact]
    public async Task Challenge_OfA401_LeadsToTheMetadata()
    {
        await using var laptop = await Laptop.StartAsync(EmulatorVariants.Likely);

        var reply = await laptop.PostMcpAsync(McpAccessTests.ToolsList, "wrong");
        var challenge = Assert.Single(reply.Headers.WwwAuthenticate);
        var metadata = await laptop.SendAsync(new HttpRequestMessage(HttpMethod.Get, challenge.Parameter!.Split('"')[1]));

        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal("""{"error":"Authentication failed","status":401}""", reply.Body);
        Assert.Equal("Bearer", challenge.Scheme);
        Assert.StartsWith("resource_metadata=\"https://", challenge.Parameter, StringComparison.Ordinal);
        Assert.Equal(laptop.Emulator.McpUrl(laptop.User).ToString(), metadata.Json.GetProperty("resource").GetString());
        Assert.Equal(laptop.Emulator.BaseUrl.ToString(), metadata.Json.GetProperty("authorization_servers")[0].GetString());
    }

    [Fact]
    public async Task Challenge_ByDefault_IsNotThere()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostMcpAsync(McpAccessTests.ToolsList, "wrong");
        var metadata = await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(laptop.Emulator.BaseUrl, ".well-known/oauth-protected-resource/mcp/x"))
        );

        Assert.Empty(reply.Headers.WwwAuthenticate);
        Assert.Equal(HttpStatusCode.NotFound, metadata.Status);
    }

    [Fact]
    public async Task ConnectLatency_DelaysTheFirstPageOfToolsAndNothingElse()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(
            new CartoEmulatorOptions { TimeProvider = clock, Variants = EmulatorVariants.LikelyAtPace }
        );

        var first = laptop.PostMcpAsync(ToolsPage(null));
        var list = await laptop.PostManageAsync(List);
        Assert.False(first.IsCompleted);
        await Laptop.EventuallyAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            return first.IsCompleted;
        });
        var cursor = Result(await first).GetProperty("nextCursor").GetString();
        var second = await laptop.PostMcpAsync(ToolsPage(cursor));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (list.Status, second.Status));
        Assert.Equal(EmulatorVariants.Likely, EmulatorVariants.LikelyAtPace with { ConnectLatency = TimeSpan.Zero });
    }

    [Fact]
    public async Task CustomerTools_WhenCalled_RunSomebodysWorkflowAndTouchNoClient()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { CustomerTools = 14 });
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var mcp = await laptop.ConnectAsync(laptop.Emulator.IssueApiAccessToken(laptop.User));

        var names = (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).Select(t => t.Name).ToList();
        var (isError, _) = await mcp.CallTextAsync("delete_inactive_clients", ("client_id", client.Id), ("kind", "x"));

        Assert.Equal(15, names.Count);
        Assert.False(isError);
        Assert.Equal([client], laptop.Emulator.Clients(laptop.User));
        var call = Assert.Single(await laptop.LoggedAsync(Operation.OtherTool));
        Assert.Equal(("delete_inactive_clients", true), (call.Subject, call.TookEffect));
    }

    [Fact]
    public async Task OtherTools_Groups_TellWhoIsSignedIn()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { OtherTools = OtherTools.Groups });
        var mcp = await laptop.ConnectAsync();

        var tool = (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).Single(t => t.Name == "get_workspace_info");
        var (isError, text) = await mcp.CallTextAsync("get_workspace_info");

        Assert.Empty(tool.JsonSchema.GetProperty("properties").EnumerateObject());
        Assert.False(isError);
        Assert.Contains(laptop.User.AccountId, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SpaClients_OfANewUser_AreListedAndNotCounted()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { SpaClients = 2, ListLagLists = 1 });
        var mcp = await laptop.ConnectAsync();

        var list = await mcp.ManageAsync("list");

        Assert.Equal(["m2m", "spa", "spa"], list.EnumerateArray().Select(c => c.GetProperty("type").GetString()));
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task ExtraArguments_AreOfferedForCreationAndTaken()
    {
        await using var laptop = await Laptop.StartAsync(
            new EmulatorVariants { ExtraArguments = ["webOrigins"], SchemaShape = SchemaShape.OneOf }
        );
        var mcp = await laptop.ConnectAsync();

        var tools = await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled);
        await mcp.ManageAsync("create", ("title", "etl"), ("webOrigins", new[] { "https://example.com" }));

        var branches = tools.Single(t => t.Name == "manage_oauth_clients").JsonSchema.GetProperty("oneOf").EnumerateArray();
        Assert.Equal(
            ["create", "update"],
            branches
                .Select(branch => branch.GetProperty("properties"))
                .Where(b => b.TryGetProperty("webOrigins", out var extra) && extra.GetProperty("type").GetString() == "array")
                .Select(b => b.GetProperty("method").GetProperty("const").GetString())
        );
        Assert.Single(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.Unauthorized)]
    public async Task BasicAuthentication_DecidesOverAPairInTheHeader(bool variant, HttpStatusCode expected)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { BasicAuthentication = variant });
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{laptop.User.ClientId}:{laptop.User.ClientSecret}"));

        var reply = await laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, laptop.Emulator.TokenUrl)
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Basic", pair) },
                Content = new FormUrlEncodedContent(
                    new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["audience"] = laptop.Emulator.Audience }
                ),
            }
        );

        Assert.Equal(expected, reply.Status);
        Assert.Equal(HttpStatusCode.OK, (await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret)).Status);
    }

    [Fact]
    public async Task Preset_ByTheAdminEndpoint_ReplacesAllAndTakesFurtherMembers()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { UniqueNames = true });

        var reply = await PatchAsync(laptop, """{"preset":"likely","connectLatency":"0:00:00"}""");
        var unknown = await PatchAsync(laptop, """{"preset":"unheard of"}""");

        Assert.Equal("non_interactive", reply.Json.GetProperty("typeWord").GetString());
        Assert.False(laptop.Emulator.Variants.UniqueNames);
        Assert.Equal(TimeSpan.Zero, laptop.Emulator.Variants.ConnectLatency);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.Status);
        Assert.Contains("likely", unknown.Body, StringComparison.Ordinal);
    }

    private static Task<Reply> PatchAsync(Laptop laptop, string patch) =>
        laptop.SendAsync(
            new HttpRequestMessage(HttpMethod.Patch, new Uri(laptop.Emulator.BaseUrl, "admin/variants"))
            {
                Content = new StringContent(patch, new MediaTypeHeaderValue("application/json")),
            }
        );

    private static string ToolsPage(string? cursor) =>
        cursor is null
            ? McpAccessTests.ToolsList
            : $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"{{{cursor}}}"}}""";

    private static JsonElement Result(Reply reply) =>
        JsonDocument.Parse(reply.Body[reply.Body.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("result");

    private static async Task<JsonElement> CallAsync(McpClient mcp, string method, params (string Name, object Value)[] arguments)
    {
        var (isError, text) = await mcp.CallTextAsync("manage_oauth_clients", [("method", method), ("clientType", "m2m"), .. arguments]);
        Assert.False(isError, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
