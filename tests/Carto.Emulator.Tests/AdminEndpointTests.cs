using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Carto.Emulator.Tests;

public sealed class AdminEndpointTests
{
    [Fact]
    public async Task About_TellsWhereEverythingIs()
    {
        await using var laptop = await Laptop.StartAsync();

        var about = (await SendAsync(laptop, "GET", "")).Json;

        Assert.Equal(laptop.Emulator.TokenUrl.ToString(), about.GetProperty("tokenUrl").GetString());
        Assert.Equal(laptop.Emulator.CaPem, about.GetProperty("caPem").GetString());
    }

    [Fact]
    public async Task Variants_Patched_ChangeOnlyWhatIsNamed()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { WrapInData = true });

        var reply = await SendAsync(
            laptop,
            "PATCH",
            "/variants",
            """{"typeArgument":null,"paging":"Cursor","tokenLifetime":"00:05:00","methods":{"update":"rename"},"typeValues":["m2m","spa"]}"""
        );

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var variants = laptop.Emulator.Variants;
        Assert.True(variants.WrapInData);
        Assert.Null(variants.TypeArgument);
        Assert.Equal(Paging.Cursor, variants.Paging);
        Assert.Equal(TimeSpan.FromMinutes(5), variants.TokenLifetime);
        Assert.Equal(new MethodNames { Update = "rename" }, variants.Methods);
        Assert.Equal(["m2m", "spa"], variants.TypeValues);
        Assert.Equal(reply.Body, (await SendAsync(laptop, "GET", "/variants")).Body);
    }

    [Theory]
    [InlineData("""{"wrapInDatta":true}""")]
    [InlineData("""{"nameArgument":null}""")]
    [InlineData("""{"nameArgument":"id"}""")]
    [InlineData("""{"paging":"Sometimes"}""")]
    [InlineData("""{""")]
    [InlineData("")]
    public async Task Variants_PatchThatIsWrong_ChangesNothingAndSaysWhy(string patch)
    {
        await using var laptop = await Laptop.StartAsync();
        var before = laptop.Emulator.Variants;

        var reply = await SendAsync(laptop, "PATCH", "/variants", patch);

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.NotEmpty(reply.Json.GetProperty("error").GetString()!);
        Assert.Same(before, laptop.Emulator.Variants);
    }

    [Fact]
    public async Task Variants_Deleted_AreTheDefaults()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { WrapInData = true });

        await SendAsync(laptop, "DELETE", "/variants");

        Assert.False(laptop.Emulator.Variants.WrapInData);
    }

    [Fact]
    public async Task Faults_AddedListedAndCleared_AreThoseOfTheHandle()
    {
        await using var laptop = await Laptop.StartAsync();

        await SendAsync(
            laptop,
            "POST",
            "/faults",
            """{"kind":"Status","operation":"Create","status":429,"retryAfter":"00:00:07","count":null}"""
        );
        Assert.Equal([Fault.TooManyRequests(Operation.Create, TimeSpan.FromSeconds(7), count: null)], laptop.Emulator.Faults.Current);
        Assert.Equal(1, (await SendAsync(laptop, "GET", "/faults")).Json.GetArrayLength());
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(laptop, "POST", "/faults", """{"operation":"Create"}""")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(laptop, "DELETE", "/faults")).Status);

        Assert.Empty(laptop.Emulator.Faults.Current);
    }

    [Fact]
    public async Task Users_AddedWithRoleAndPlan_AreThoseOfTheHandle()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await SendAsync(laptop, "POST", "/users", """{"name":"ben","role":"Viewer","plan":"EnterpriseMedium"}""");

        var ben = laptop.Emulator.Users.Single(u => u.Name == "ben");
        Assert.Equal((UserRole.Viewer, AccountPlan.EnterpriseMedium), (ben.Role, ben.Plan));
        Assert.Equal(ben.ClientSecret, reply.Json.GetProperty("clientSecret").GetString());
        Assert.Equal(2, (await SendAsync(laptop, "GET", "/users")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Tokens_Issued_Work()
    {
        await using var laptop = await Laptop.StartAsync();

        var access = await IssueAsync(laptop, "access");
        var refresh = await IssueAsync(laptop, "refresh");
        var api = await IssueAsync(laptop, "api");

        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, access)).Status);
        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, api)).Status);
        var granted = await laptop.PostTokenAsync(
            ("grant_type", "refresh_token"),
            ("client_id", EmulatorUser.PublicClientId),
            ("refresh_token", refresh)
        );
        Assert.Equal(HttpStatusCode.OK, granted.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(laptop, "POST", "/users/ana/tokens/magic")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(laptop, "POST", "/users/nobody/tokens/access")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(laptop, "POST", "/tokens/end")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await laptop.PostMcpAsync(McpAccessTests.ToolsList, access)).Status);
    }

    [Fact]
    public async Task Clients_RenamedAndDeletedBehindBacks_AreThoseOfTheHandle()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        laptop.Emulator.AddUser("ben");

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(laptop, "PATCH", $"/clients/{client.Id}", """{"name":"elt"}""")).Status);
        Assert.Equal("elt", Assert.Single(laptop.Emulator.Clients(laptop.User)).Name);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(laptop, "DELETE", $"/clients/{client.Id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(laptop, "DELETE", $"/clients/{client.Id}")).Status);
        var live = await SendAsync(laptop, "GET", "/clients");
        var all = await SendAsync(laptop, "GET", "/clients?deleted=true&user=ana");

        Assert.Equal(2, live.Json.GetArrayLength());
        var deleted = Assert.Single(all.Json.EnumerateArray(), c => c.GetProperty("id").GetString() == client.Id);
        Assert.Equal(JsonValueKind.String, deleted.GetProperty("deletedAt").ValueKind);
        Assert.Equal(2, all.Json.GetArrayLength());
    }

    [Fact]
    public async Task Calls_ListedCountedAndReset()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();
        await mcp.ManageAsync("create", ("title", "etl"));

        var call = (await SendAsync(laptop, "GET", "/calls")).Json.EnumerateArray().Last();
        Assert.Equal("Create", call.GetProperty("operation").GetString());
        Assert.Equal("etl", call.GetProperty("subject").GetString());
        Assert.Equal("ok", call.GetProperty("outcome").GetString());
        Assert.Equal(laptop.User.UserId, call.GetProperty("userId").GetString());
        Assert.True(call.GetProperty("tookEffect").GetBoolean());
        Assert.Equal(1, (await SendAsync(laptop, "GET", "/calls/counts")).Json.GetProperty("Create").GetProperty("ok").GetInt32());
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(laptop, "DELETE", "/calls")).Status);

        Assert.Empty(laptop.Emulator.Calls.Latest);
        Assert.Equal(0, laptop.Emulator.Calls.Count(Operation.Any));
    }

    [Fact]
    public async Task Secrets_HoldEverySecretAndTokenEverIssued()
    {
        await using var laptop = await Laptop.StartAsync();
        var client = laptop.Emulator.CreateClient(laptop.User, "etl");
        var access = (await laptop.GrantAsync(client.Id, client.Secret)).Json.GetProperty("access_token").GetString()!;
        var refresh = laptop.Emulator.IssueRefreshToken(laptop.User);
        laptop.Emulator.DeleteClient(client.Id);

        var secrets = (await SendAsync(laptop, "GET", "/secrets")).Json.EnumerateArray().Select(s => s.GetString()).ToHashSet();

        Assert.Superset(new HashSet<string?> { laptop.User.ClientSecret, client.Secret, access, refresh }, secrets);
    }

    private static async Task<string> IssueAsync(Laptop laptop, string kind) =>
        (await SendAsync(laptop, "POST", $"/users/ana/tokens/{kind}")).Json.GetProperty("token").GetString()!;

    private static Task<Reply> SendAsync(Laptop laptop, string method, string path, string? body = null) =>
        laptop.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), new Uri(laptop.Emulator.BaseUrl, "admin" + path))
            {
                Content = body is null ? null : new StringContent(body, new MediaTypeHeaderValue("application/json")),
            }
        );
}
