using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Carto.Emulator.Tests;

/// <summary>The interface beside MCP.</summary>
public sealed class HttpApiTests
{
    private static readonly HttpApi Served = new() { Served = true };

    [Fact]
    public async Task HttpApi_ByDefault_IsNotThere()
    {
        await using var laptop = await Laptop.StartAsync();

        var reply = await SendAsync(laptop, "GET", "/oauth-clients");

        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        Assert.Empty(laptop.Emulator.Calls.Latest);
    }

    [Fact]
    public async Task HttpApi_FromCreationToDeletion_SharesClientsAndLogWithTheTools()
    {
        await using var laptop = await StartAsync(Served);
        var mcp = await laptop.ConnectAsync();
        laptop.Emulator.Calls.Reset();

        var created = await SendAsync(laptop, "POST", "/oauth-clients", """{"title":"etl"}""");
        var id = created.Json.GetProperty("clientId").GetString()!;
        var byTool = await mcp.ManageAsync("get", ("id", id));
        var renamed = await SendAsync(laptop, "PATCH", $"/oauth-clients/{id}", """{"title":"elt"}""");
        var read = await SendAsync(laptop, "GET", $"/oauth-clients/{id}");
        var list = await SendAsync(laptop, "GET", "/oauth-clients");
        var pair = await laptop.GrantAsync(id, created.Json.GetProperty("clientSecret").GetString()!);
        var deleted = await SendAsync(laptop, "DELETE", $"/oauth-clients/{id}");
        var again = await SendAsync(laptop, "DELETE", $"/oauth-clients/{id}");

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal("etl", byTool.GetProperty("title").GetString());
        Assert.Equal((HttpStatusCode.OK, "elt"), (renamed.Status, read.Json.GetProperty("title").GetString()));
        Assert.Equal([laptop.User.ClientId, id], Ids(list.Json.GetProperty("items")));
        Assert.Equal(HttpStatusCode.OK, pair.Status);
        Assert.Equal((HttpStatusCode.NoContent, ""), (deleted.Status, deleted.Body));
        Assert.Equal($$"""{"error":"OAuth client {{id}} not found","status":404}""", again.Body);
        Assert.Equal(HttpStatusCode.NotFound, again.Status);
        Assert.Equal(["404", "ok"], (await laptop.LoggedAsync(Operation.Delete, count: 2)).Select(call => call.Outcome).Order());
        Assert.Equal(id, Assert.Single(await laptop.LoggedAsync(Operation.Update)).Subject);
        Assert.Equal(2, (await laptop.LoggedAsync(Operation.Get, count: 2)).Count);
        Assert.Single(await laptop.LoggedAsync(Operation.List));
        Assert.True(Assert.Single(await laptop.LoggedAsync(Operation.Create)).TookEffect);
    }

    [Fact]
    public async Task HttpApi_PathsAndNames_AreTheVariants()
    {
        HttpApi api = new()
        {
            Served = true,
            BasePath = "/api/v2",
            List = "GET /accounts/{account}/applications",
            Create = "PUT /accounts/{account}/applications/new",
            Get = null,
            Update = "POST /rename",
            Delete = "POST /accounts/{account}/applications/{id}/delete",
            NameArgument = "name",
            IdArgument = "client_id",
            TypeArgument = "app_type",
            TypeWord = "non_interactive",
            TypeField = "app_type",
            IdField = "client_id",
            SecretField = "client_secret",
            NameField = "name",
            CreatedAtField = null,
            ListField = null,
            CreateStatus = 200,
            DeleteAnswer = DeleteAnswer.Id,
        };
        await using var laptop = await StartAsync(api);
        var account = laptop.User.AccountId;

        var untyped = await SendAsync(laptop, "PUT", $"/accounts/{account}/applications/new", """{"name":"etl"}""");
        var created = await SendAsync(
            laptop,
            "PUT",
            $"/accounts/{account}/applications/new",
            """{"name":"etl","app_type":"non_interactive"}"""
        );
        var id = created.Json.GetProperty("client_id").GetString()!;
        await SendAsync(laptop, "POST", "/rename", $$"""{"client_id":"{{id}}","name":"elt"}""");
        var list = await SendAsync(laptop, "GET", $"/accounts/{account}/applications");
        var elsewhere = await SendAsync(laptop, "GET", "/accounts/ac_other/applications");
        var deleted = await SendAsync(laptop, "POST", $"/accounts/{account}/applications/{id}/delete");

        Assert.Equal(HttpStatusCode.BadRequest, untyped.Status);
        Assert.Equal(HttpStatusCode.OK, created.Status);
        Assert.Equal(["client_id", "name", "app_type", "client_secret"], created.Json.EnumerateObject().Select(m => m.Name));
        Assert.Equal(["client_id", "name", "app_type"], list.Json[1].EnumerateObject().Select(m => m.Name));
        Assert.Equal("elt", list.Json[1].GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.Forbidden, elsewhere.Status);
        Assert.Equal($$"""{"client_id":"{{id}}"}""", deleted.Body);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task HttpApi_PagesByNumber_ShowEachClientOnce(int firstPage)
    {
        await using var laptop = await StartAsync(
            Served with
            {
                Paging = Paging.PageAndLimit,
                PageSize = 3,
                FirstPage = firstPage,
                PageArgument = "p",
                LimitArgument = "per_page",
            }
        );
        var expected = Populate(laptop, 6);

        List<string> seen = [];
        for (var page = firstPage; page < firstPage + 4; page++)
        {
            var reply = await SendAsync(laptop, "GET", $"/oauth-clients?p={page}&per_page=2");
            Assert.Equal(page, reply.Json.GetProperty("page").GetInt32());
            seen.AddRange(Ids(reply.Json.GetProperty("items")));
        }

        Assert.Equal(expected, seen);
        Assert.Equal(expected.Take(3), Ids((await SendAsync(laptop, "GET", "/oauth-clients")).Json.GetProperty("items")));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(laptop, "GET", "/oauth-clients?per_page=4")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(laptop, "GET", $"/oauth-clients?p={firstPage - 1}")).Status);
    }

    [Fact]
    public async Task HttpApi_PagesByCursor_ShowEachClientOnce()
    {
        await using var laptop = await StartAsync(
            Served with
            {
                Paging = Paging.Cursor,
                PageSize = 3,
                CursorArgument = "from",
                NextCursorField = "next",
                WrapInData = true,
            }
        );
        var expected = Populate(laptop, 6);

        List<string> seen = [];
        string? cursor = null;
        do
        {
            var from = cursor is null ? "" : $"?from={Uri.EscapeDataString(cursor)}";
            var data = (await SendAsync(laptop, "GET", $"/oauth-clients{from}")).Json.GetProperty("data");
            seen.AddRange(Ids(data.GetProperty("items")));
            cursor = data.GetProperty("next").GetString();
        } while (cursor is not null);

        Assert.Equal(expected, seen);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(laptop, "GET", "/oauth-clients?from=x")).Status);
    }

    [Fact]
    public async Task HttpApi_Callers_AreRefusedAsElsewhere()
    {
        await using var laptop = await StartAsync(Served);
        var viewer = laptop.Emulator.AddUser("ben", role: UserRole.Viewer);

        var none = await SendAsync(laptop, "GET", "/oauth-clients", token: "");
        var wrong = await SendAsync(laptop, "GET", "/oauth-clients", token: "wrong");
        var api = await SendAsync(laptop, "GET", "/oauth-clients", token: laptop.Emulator.IssueApiAccessToken(laptop.User));
        var role = await SendAsync(laptop, "GET", "/oauth-clients", token: laptop.Emulator.IssueAccessToken(viewer));
        var elsewhere = await SendAsync(laptop, "GET", "/oauth-tokens");

        Assert.Equal("""{"error":"Token not defined","status":401}""", none.Body);
        Assert.Equal("""{"error":"Invalid token","status":401}""", wrong.Body);
        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden],
            [none.Status, wrong.Status, api.Status, role.Status]
        );
        Assert.All([api, role], reply => Assert.Equal(403, reply.Json.GetProperty("status").GetInt32()));
        Assert.Equal("""{"error":"Not found","status":404}""", elsewhere.Body);
        Assert.Equal("404", Assert.Single(await laptop.LoggedAsync(Operation.Other)).Outcome);
    }

    [Theory]
    [InlineData(M2MTokenAccess.Full, HttpStatusCode.OK, 1)]
    [InlineData(M2MTokenAccess.EmptyList, HttpStatusCode.OK, 0)]
    [InlineData(M2MTokenAccess.CallsRefused, HttpStatusCode.Forbidden, null)]
    [InlineData(M2MTokenAccess.UserNotFound, HttpStatusCode.NotFound, null)]
    public async Task M2MTokenAccess_HoldsHereToo(M2MTokenAccess variant, HttpStatusCode status, int? clients)
    {
        await using var laptop = await StartAsync(Served, new EmulatorVariants { M2MTokenAccess = variant });
        var grant = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        var list = await SendAsync(laptop, "GET", "/oauth-clients", token: grant.Json.GetProperty("access_token").GetString());

        Assert.Equal(status, list.Status);
        Assert.Equal(clients, clients is null ? null : list.Json.GetProperty("items").GetArrayLength());
        Assert.Equal(variant == M2MTokenAccess.UserNotFound, list.Body == """{"error":"User not found","status":404}""");
    }

    [Fact]
    public async Task Limits_HoldHereToo()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await StartAsync(
            Served,
            new EmulatorVariants
            {
                RequestsPerSecond = 2,
                RateLimitAnswer = RateLimitAnswer.ToolError,
                ClientQuota = 1,
                UniqueNames = true,
            },
            clock
        );

        var quota = await SendAsync(laptop, "POST", "/oauth-clients", """{"title":"etl"}""");
        var unique = await SendAsync(laptop, "PATCH", $"/oauth-clients/{laptop.User.ClientId}", """{"title":" "}""");
        var global = await SendAsync(laptop, "GET", "/oauth-clients");
        clock.Advance(TimeSpan.FromSeconds(1));
        laptop.Emulator.Variants = laptop.Emulator.Variants with { RequestsPerSecond = 1, RateLimitAnswer = RateLimitAnswer.RetryAfter };
        var fine = await SendAsync(laptop, "GET", "/oauth-clients");
        var tooMany = await SendAsync(laptop, "GET", "/oauth-clients");

        Assert.Equal("""{"error":"Quota exceeded: too many OAuth clients","status":403}""", quota.Body);
        Assert.Equal(HttpStatusCode.BadRequest, unique.Status);
        Assert.Equal("""{"error":"Global limit has been reached","status":500}""", global.Body);
        Assert.Equal(HttpStatusCode.OK, fine.Status);
        Assert.Equal((HttpStatusCode.TooManyRequests, 1), (tooMany.Status, tooMany.Headers.RetryAfter?.Delta?.Seconds));
    }

    [Fact]
    public async Task Faults_AndLags_StrikeHereToo()
    {
        await using var laptop = await StartAsync(
            Served,
            new EmulatorVariants
            {
                ListLagLists = 1,
                GoneStatus = 422,
                GoneMessage = "No {id}",
            }
        );
        laptop.Emulator.Faults.Add(Fault.CutAfter(Operation.Create));

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(laptop, "POST", "/oauth-clients", """{"title":"etl"}"""));
        var client = Assert.Single(laptop.Emulator.Clients(laptop.User));
        var lagging = await SendAsync(laptop, "GET", "/oauth-clients");
        var complete = await SendAsync(laptop, "GET", "/oauth-clients");
        laptop.Emulator.Faults.Add(Fault.EmptyList());
        var empty = await SendAsync(laptop, "GET", "/oauth-clients");
        laptop.Emulator.Faults.Add(Fault.MalformedText(Operation.List));
        var half = await SendAsync(laptop, "GET", "/oauth-clients");
        laptop.Emulator.Faults.Add(Fault.ToolError(Operation.List, "Broken"));
        var error = await SendAsync(laptop, "GET", "/oauth-clients");
        laptop.Emulator.Faults.Add(Fault.NoEffect(Operation.Delete));
        var lie = await SendAsync(laptop, "DELETE", $"/oauth-clients/{client.Id}");
        laptop.Emulator.Faults.Add(Fault.HugeAnswer(Operation.Delete, 10));
        var gone = await SendAsync(laptop, "DELETE", "/oauth-clients/nobody");

        Assert.Equal([1, 2, 0], new[] { lagging, complete, empty }.Select(reply => reply.Json.GetProperty("items").GetArrayLength()));
        Assert.ThrowsAny<JsonException>(() => half.Json);
        Assert.Equal("""{"error":"Broken","status":500}""", error.Body);
        Assert.Equal(HttpStatusCode.NoContent, lie.Status);
        Assert.Equal([client], laptop.Emulator.Clients(laptop.User));
        Assert.Equal((422, "No nobody"), ((int)gone.Status, gone.Json.GetProperty("error").GetString()));
    }

    [Theory]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"title":1}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task Create_WithABodyThatMakesNoSense_IsABadRequest(string body)
    {
        await using var laptop = await StartAsync(Served);

        var reply = await SendAsync(laptop, "POST", "/oauth-clients", body);

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(400, reply.Json.GetProperty("status").GetInt32());
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    private static Task<Laptop> StartAsync(HttpApi api, EmulatorVariants? variants = null, TimeProvider? clock = null) =>
        Laptop.StartAsync(
            new CartoEmulatorOptions
            {
                TimeProvider = clock ?? TimeProvider.System,
                Variants = (variants ?? new EmulatorVariants()) with { HttpApi = api },
            }
        );

    private static Task<Reply> SendAsync(Laptop laptop, string method, string path, string? body = null, string? token = null)
    {
        HttpRequestMessage request = new(new HttpMethod(method), laptop.Emulator.HttpApiUrl + path);
        if (body is not null)
        {
            request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        }

        if (token != "")
        {
            request.Headers.Authorization = new("Bearer", token ?? laptop.Emulator.IssueAccessToken(laptop.User));
        }

        return laptop.SendAsync(request);
    }

    private static List<string> Populate(Laptop laptop, int count) =>
        [laptop.User.ClientId, .. Enumerable.Range(0, count).Select(i => laptop.Emulator.CreateClient(laptop.User, $"client {i}").Id)];

    private static IEnumerable<string> Ids(JsonElement array) => array.EnumerateArray().Select(c => c.GetProperty("clientId").GetString()!);
}
