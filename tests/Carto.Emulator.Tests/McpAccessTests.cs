using System.Net;
using ModelContextProtocol;

namespace Carto.Emulator.Tests;

public sealed class McpAccessTests
{
    public const string ToolsList = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    [Fact]
    public async Task Request_WithoutToken_IsRefusedAsCartoDoes()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostMcpAsync(ToolsList, token: "");

        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal("""{"error":"Token not defined","status":401}""", reply.Body);
    }

    [Fact]
    public async Task Request_WithTamperedToken_IsUnauthorized()
    {
        await using var laptop = await Laptop.StartAsync();
        var parts = laptop.Emulator.IssueAccessToken(laptop.User).Split('.');
        var other = laptop.Emulator.IssueAccessToken(laptop.Emulator.AddUser("ben")).Split('.');

        var reply = await laptop.PostMcpAsync(ToolsList, $"{parts[0]}.{other[1]}.{parts[2]}");

        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
    }

    [Fact]
    public async Task Request_WithTokenOfAnotherEmulator_IsUnauthorized()
    {
        await using var laptop = await Laptop.StartAsync();
        await using var other = await Laptop.StartAsync();

        var reply = await laptop.PostMcpAsync(ToolsList, other.Emulator.IssueAccessToken(other.User));

        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
    }

    [Fact]
    public async Task Request_ToAnotherAccount_IsForbidden()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostMcpAsync(ToolsList, accountId: laptop.Emulator.AddUser("ben").AccountId);

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
        Assert.Equal(403, reply.Json.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Request_AfterEndAllAccessTokens_IsUnauthorizedUntilANewToken()
    {
        await using var laptop = await Laptop.StartAsync();
        var token = laptop.Emulator.IssueAccessToken(laptop.User);

        laptop.Emulator.EndAllAccessTokens();

        Assert.Equal(HttpStatusCode.Unauthorized, (await laptop.PostMcpAsync(ToolsList, token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await laptop.PostMcpAsync(ToolsList)).Status);
    }

    [Fact]
    public async Task Request_BelowApi_IsServedToo()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostMcpAsync(ToolsList, accountId: $"../api/mcp/{laptop.User.AccountId}");

        Assert.Equal(HttpStatusCode.OK, reply.Status);
    }

    [Fact]
    public async Task Request_TooLarge_IsRefused()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await laptop.PostMcpAsync(new string(' ', CartoEmulator.MaxRequestBytes + 1));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.Status);
        Assert.Equal("413", laptop.Emulator.Calls.Latest[^1].Outcome);
    }

    [Theory]
    [InlineData(UserRole.Viewer, AccountPlan.EnterpriseLarge)]
    [InlineData(UserRole.Editor, AccountPlan.EnterpriseMedium)]
    public async Task Request_WithoutRoleOrPlan_IsForbidden(UserRole role, AccountPlan plan)
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.AddUser("ana", role: role, plan: plan);

        var reply = await laptop.PostMcpAsync(ToolsList);

        Assert.Equal(HttpStatusCode.Forbidden, reply.Status);
        Assert.NotEmpty(reply.Json.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task PermissionRefusal_ToolsHidden_HidesWorkspaceTools()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { PermissionRefusal = PermissionRefusal.ToolsHidden });
        laptop.Emulator.AddUser("ana", role: UserRole.Viewer);

        Assert.Equal(["execute_query"], await ToolsAsync(laptop, laptop.Emulator.IssueAccessToken(laptop.User)));
    }

    [Fact]
    public async Task PermissionRefusal_ToolError_RefusesTheCall()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { PermissionRefusal = PermissionRefusal.ToolError });
        laptop.Emulator.AddUser("ana", role: UserRole.Viewer);
        var mcp = await laptop.ConnectAsync();

        var (isError, text) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"));

        Assert.True(isError);
        Assert.Contains("403", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ApiAccessToken_SeesNoWorkspaceTools()
    {
        await using var laptop = await Laptop.StartAsync();
        var token = laptop.Emulator.IssueApiAccessToken(laptop.User);

        Assert.Equal(["execute_query"], await ToolsAsync(laptop, token));
        var mcp = await laptop.ConnectAsync(token);
        await Assert.ThrowsAsync<McpProtocolException>(() =>
            mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"))
        );
    }

    [Theory]
    [InlineData(M2MTokenAccess.Full, 5, false)]
    [InlineData(M2MTokenAccess.CallsRefused, 5, true)]
    public async Task M2MTokenAccess_DecidesWhatTheTokenCanDo(M2MTokenAccess variant, int tools, bool isRefused)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { M2MTokenAccess = variant });
        var token = await M2MTokenAsync(laptop);

        Assert.Equal(tools, (await ToolsAsync(laptop, token)).Count);
        var mcp = await laptop.ConnectAsync(token);
        var (isError, _) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", "etl"));

        Assert.Equal(isRefused, isError);
        Assert.Equal(isRefused ? 0 : 1, laptop.Emulator.Clients(laptop.User).Count);
    }

    [Fact]
    public async Task M2MTokenAccess_ToolsHidden_HidesWorkspaceTools()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { M2MTokenAccess = M2MTokenAccess.ToolsHidden });

        Assert.Equal(["execute_query"], await ToolsAsync(laptop, await M2MTokenAsync(laptop)));
    }

    [Fact]
    public async Task M2MTokenAccess_NoTools_HidesAll()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { M2MTokenAccess = M2MTokenAccess.NoTools });
        var token = await M2MTokenAsync(laptop);

        Assert.Empty(await ToolsAsync(laptop, token));
        Assert.Equal(5, (await ToolsAsync(laptop, laptop.Emulator.IssueAccessToken(laptop.User))).Count);
        var mcp = await laptop.ConnectAsync(token);
        await Assert.ThrowsAsync<McpProtocolException>(() => mcp.CallTextAsync("execute_query", ("sql", "SELECT 1")));
    }

    [Fact]
    public async Task M2MTokenAccess_EmptyList_ShowsNothingOfTheOwnerAndNothingOfItsOwn()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { M2MTokenAccess = M2MTokenAccess.EmptyList });
        var mcp = await laptop.ConnectAsync(await M2MTokenAsync(laptop));
        var owner = await laptop.ConnectAsync();

        var created = await mcp.ManageAsync("create", ("title", "etl"));
        var id = created.GetProperty("clientId").GetString()!;
        var get = await mcp.CallTextAsync("manage_oauth_clients", ("method", "get"), ("type", "m2m"), ("id", id));
        var delete = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", laptop.User.ClientId));

        Assert.Empty((await mcp.ManageAsync("list")).EnumerateArray());
        Assert.Equal(2, (await owner.ManageAsync("list")).GetArrayLength());
        Assert.Equal((true, true), (get.IsError, delete.IsError));
        Assert.Contains("404", get.Text, StringComparison.Ordinal);
        Assert.All(laptop.Emulator.AllClients(), client => Assert.True(client.IsLive));
    }

    [Fact]
    public async Task M2MTokenAccess_UserNotFound_IsA404ToEveryCall()
    {
        await using var laptop = await Laptop.StartAsync(EmulatorVariants.Likely with { M2MTokenAccess = M2MTokenAccess.UserNotFound });
        var mcp = await laptop.ConnectAsync(await M2MTokenAsync(laptop));
        var owner = await laptop.ConnectAsync();

        var list = await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("clientType", "m2m"));
        var info = await mcp.CallTextAsync("get_workspace_info");
        var asOwner = await owner.CallTextAsync("get_workspace_info");

        Assert.Equal((true, "User not found"), list);
        Assert.Equal((true, "User not found"), info);
        Assert.False(asOwner.IsError);
        Assert.Equal("404", Assert.Single(await laptop.LoggedAsync(Operation.List)).Outcome);
    }

    [Fact]
    public async Task Clients_OfAnotherUserOfTheAccount_AreOutOfReach()
    {
        await using var laptop = await Laptop.StartAsync();
        var ben = laptop.Emulator.AddUser("ben", laptop.User.AccountId);
        var client = laptop.Emulator.CreateClient(ben, "his");
        var mcp = await laptop.ConnectAsync();

        var list = await mcp.ManageAsync("list");
        var get = await mcp.CallTextAsync("manage_oauth_clients", ("method", "get"), ("type", "m2m"), ("id", client.Id));
        var update = await mcp.CallTextAsync(
            "manage_oauth_clients",
            ("method", "update"),
            ("type", "m2m"),
            ("id", client.Id),
            ("title", "x")
        );
        var delete = await mcp.CallTextAsync("delete", ("kind", "oauth_client"), ("id", client.Id));

        Assert.DoesNotContain("his", list.GetRawText(), StringComparison.Ordinal);
        Assert.All([get, update, delete], answer => Assert.True(answer.IsError));
        Assert.Equal([client], laptop.Emulator.Clients(ben));
        var his = await laptop.ConnectAsync(user: ben);
        Assert.Equal(2, (await his.ManageAsync("list")).GetArrayLength());
    }

    [Fact]
    public async Task SiblingTools_AreThereAndDoNotTouchClients()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();

        var users = await mcp.CallTextAsync("manage_users", ("method", "list"));
        var token = await mcp.CallTextAsync("manage_tokens", ("method", "create"), ("title", "x"));
        var map = await mcp.CallTextAsync("delete", ("kind", "map"), ("id", laptop.User.ClientId));

        Assert.False(users.IsError);
        Assert.Contains(laptop.User.UserId, users.Text, StringComparison.Ordinal);
        Assert.True(token.IsError);
        Assert.True(map.IsError);
        Assert.True(Assert.Single(laptop.Emulator.AllClients()).IsLive);
    }

    [Fact]
    public async Task RequestsPerSecond_WhenUsedUp_Answers429UntilTheNextSecond()
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(
            new CartoEmulatorOptions
            {
                TimeProvider = clock,
                Variants = new EmulatorVariants { RequestsPerSecond = 1 },
            }
        );

        var first = await laptop.PostMcpAsync(ToolsList);
        var second = await laptop.PostMcpAsync(ToolsList);
        clock.Advance(TimeSpan.FromSeconds(1));
        var third = await laptop.PostMcpAsync(ToolsList);

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.Status);
        Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, third.Status);
    }

    [Theory]
    [InlineData(null, "2026-07-28")]
    [InlineData("2025-06-18", "2025-06-18")]
    [InlineData("2025-03-26", "2025-03-26")]
    public async Task ProtocolVersion_IsWhatTheClientEndsUpWith(string? variant, string expected)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ProtocolVersion = variant });

        var mcp = await laptop.ConnectAsync();

        Assert.Equal(expected, mcp.NegotiatedProtocolVersion);
        Assert.Equal(5, (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).Count);
        Assert.Single((await mcp.ManageAsync("list")).EnumerateArray());
    }

    private static async Task<string> M2MTokenAsync(Laptop laptop)
    {
        var reply = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        return reply.Json.GetProperty("access_token").GetString()!;
    }

    private static async Task<List<string>> ToolsAsync(Laptop laptop, string token)
    {
        var mcp = await laptop.ConnectAsync(token);
        return [.. (await mcp.ListToolsAsync(cancellationToken: Laptop.Cancelled)).Select(t => t.Name)];
    }
}
