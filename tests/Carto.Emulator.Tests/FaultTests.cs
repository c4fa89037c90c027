using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Carto.Emulator.Tests;

public sealed class FaultTests
{
    private const string Create = """{"method":"create","type":"m2m","title":"etl"}""";
    private const string List = """{"method":"list","type":"m2m"}""";

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task Status_BeforeEffect_AnswersOnceAndChangesNothing(int status)
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.Create, status));

        var struck = await laptop.PostManageAsync(Create);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
        var next = await laptop.PostManageAsync(Create);

        Assert.Equal(status, (int)struck.Status);
        Assert.Equal(status, struck.Json.GetProperty("status").GetInt32());
        Assert.Equal(HttpStatusCode.OK, next.Status);
        Assert.Equal([$"fault {status}", "ok"], laptop.Emulator.Calls.Latest.Select(c => c.Outcome));
    }

    [Fact]
    public async Task Status_AfterEffect_AnswersButHasHappened()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.Create, 502) with { AfterEffect = true });

        var struck = await laptop.PostManageAsync(Create);

        Assert.Equal(HttpStatusCode.BadGateway, struck.Status);
        Assert.Equal("application/json", struck.ContentType);
        Assert.Single(laptop.Emulator.Clients(laptop.User));
        Assert.True(laptop.Emulator.Calls.Latest[^1].TookEffect);
    }

    [Fact]
    public async Task Status_AsHtml_IsAPage()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.Any, 502) with { Html = true });

        var struck = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        Assert.Equal("text/html", struck.ContentType);
        Assert.StartsWith("<html>", struck.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooManyRequests_CarriesRetryAfterAsAsked()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        var wait = TimeSpan.FromSeconds(7);
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List));
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List, wait));
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List, wait) with { RetryAfterAsDate = true });

        var bare = await laptop.PostManageAsync(List);
        var seconds = await laptop.PostManageAsync(List);
        var date = await laptop.PostManageAsync(List);

        Assert.All([bare, seconds, date], r => Assert.Equal(HttpStatusCode.TooManyRequests, r.Status));
        Assert.Null(bare.Headers.RetryAfter);
        Assert.Equal(wait, seconds.Headers.RetryAfter?.Delta);
        Assert.Equal(clock.GetUtcNow() + wait, date.Headers.RetryAfter?.Date);
    }

    [Fact]
    public async Task Status_AtTokenEndpoint_SpeaksItsLanguage()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.TooManyRequests(Operation.Token));

        var struck = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        Assert.Equal(HttpStatusCode.TooManyRequests, struck.Status);
        Assert.Equal("too_many_requests", struck.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task TokenRefusedAndQuotaAndPlan_AnswerAsTheApiDoes()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.TokenRefused(Operation.ToolsList));
        laptop.Emulator.Faults.Add(Fault.QuotaExceeded(Operation.ToolsList));
        laptop.Emulator.Faults.Add(Fault.PlanInsufficient(Operation.ToolsList));

        var refused = await laptop.PostMcpAsync(McpAccessTests.ToolsList);
        var quota = await laptop.PostMcpAsync(McpAccessTests.ToolsList);
        var plan = await laptop.PostMcpAsync(McpAccessTests.ToolsList);

        Assert.Equal("""{"error":"Invalid token","status":401}""", refused.Body);
        Assert.Equal("""{"error":"Quota exceeded","status":403}""", quota.Body);
        Assert.Equal(HttpStatusCode.Forbidden, plan.Status);
        Assert.Contains("plan", plan.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Cut_EndsTheConnectionBeforeOrAfterTheEffect(bool afterEffect, int clients)
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(afterEffect ? Fault.CutAfter(Operation.Create) : Fault.CutBefore(Operation.Create));

        await Assert.ThrowsAsync<HttpRequestException>(() => laptop.PostManageAsync(Create));

        Assert.Equal(clients, laptop.Emulator.Clients(laptop.User).Count);
    }

    [Fact]
    public async Task Cut_AfterEffect_WithJsonAnswersToo()
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ResponseFormat = ResponseFormat.Json });
        laptop.Emulator.Faults.Add(Fault.CutAfter(Operation.Create));

        await Assert.ThrowsAsync<HttpRequestException>(() => laptop.PostManageAsync(Create));

        Assert.Single(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Hang_LastsUntilItIsCleared(bool afterEffect, int clients)
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.Hang(Operation.Create) with { AfterEffect = afterEffect });

        var call = laptop.PostManageAsync(Create);
        await Laptop.EventuallyAsync(() =>
            laptop.Emulator.Faults.Current.Count == 0 && laptop.Emulator.Clients(laptop.User).Count == clients
        );
        Assert.False(call.IsCompleted);
        laptop.Emulator.Faults.Clear();

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
    }

    [Fact]
    public async Task Hang_DoesNotHoldUpTheEnd()
    {
        Task<Reply> call;
        await using (var laptop = await Laptop.StartAsync())
        {
            laptop.Emulator.Faults.Add(Fault.Hang(Operation.Create));
            call = laptop.PostManageAsync(Create);
            await Laptop.EventuallyAsync(() => laptop.Emulator.Faults.Current.Count == 0);
        }

        await Assert.ThrowsAnyAsync<Exception>(() => call);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Latency_DelaysTheCallBeforeOrAfterTheEffect(bool afterEffect, int clients)
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        laptop.Emulator.Faults.Add(Fault.Latency(Operation.Create, TimeSpan.FromMinutes(1)) with { AfterEffect = afterEffect });

        var call = laptop.PostManageAsync(Create);
        await Laptop.EventuallyAsync(() =>
            laptop.Emulator.Faults.Current.Count == 0 && laptop.Emulator.Clients(laptop.User).Count == clients
        );
        Assert.False(call.IsCompleted);

        // The call may not have got to its wait yet: the clock goes on until it has.
        while (!call.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.Equal(HttpStatusCode.OK, (await call).Status);
        Assert.Single(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData(ResponseFormat.Sse)]
    [InlineData(ResponseFormat.Json)]
    public async Task HugeAnswer_IsStillTheAnswer(ResponseFormat format)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ResponseFormat = format });
        laptop.Emulator.Faults.Add(Fault.HugeAnswer(Operation.List, 1_000_000));

        var struck = await laptop.PostManageAsync(List);

        Assert.InRange(struck.Body.Length, 1_000_000, 1_010_000);
        var json =
            format == ResponseFormat.Json ? struck.Body : struck.Body[(struck.Body.IndexOf("data:", StringComparison.Ordinal) + 5)..];
        Assert.NotNull(JsonDocument.Parse(json));
    }

    [Fact]
    public async Task HugeAnswer_OfTheTokenEndpoint_IsStillTheAnswer()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HugeAnswer(Operation.Token, 1_000_000));

        var struck = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);

        Assert.InRange(struck.Body.Length, 1_000_000, 1_010_000);
        Assert.NotEmpty(struck.Json.GetProperty("access_token").GetString()!);
    }

    [Theory]
    [InlineData(ResponseFormat.Sse)]
    [InlineData(ResponseFormat.Json)]
    public async Task MalformedBody_StopsInTheMiddle(ResponseFormat format)
    {
        await using var laptop = await Laptop.StartAsync(new EmulatorVariants { ResponseFormat = format });
        laptop.Emulator.Faults.Add(Fault.MalformedBody(Operation.Create));

        var struck = await laptop.PostManageAsync(Create);

        Assert.Equal(HttpStatusCode.OK, struck.Status);
        var json = struck.Body[struck.Body.IndexOf('{', StringComparison.Ordinal)..];
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(json));
        Assert.Single(laptop.Emulator.Clients(laptop.User));
    }

    [Fact]
    public async Task MalformedText_LeavesTheEnvelopeWhole()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();
        laptop.Emulator.Faults.Add(Fault.MalformedText(Operation.List));

        var (isError, text) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "list"), ("type", "m2m"));

        Assert.False(isError);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text));
    }

    [Fact]
    public async Task Redirect_LeadsElsewhere()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.Redirect(Operation.Create, new Uri("https://elsewhere.example/")));

        var struck = await laptop.PostManageAsync(Create);

        Assert.Equal(HttpStatusCode.TemporaryRedirect, struck.Status);
        Assert.Equal(new Uri("https://elsewhere.example/"), struck.Headers.Location);
        Assert.Empty(laptop.Emulator.Clients(laptop.User));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task ToolError_BearsItsMessage(bool afterEffect, int clients)
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();
        laptop.Emulator.Faults.Add(Fault.ToolError(Operation.Create, "Bad day") with { AfterEffect = afterEffect });

        var (isError, text) = await mcp.CallTextAsync("manage_oauth_clients", ("method", "create"), ("type", "m2m"), ("title", "etl"));

        Assert.True(isError);
        Assert.Contains("Bad day", text, StringComparison.Ordinal);
        Assert.Equal(clients, laptop.Emulator.Clients(laptop.User).Count);
    }

    [Fact]
    public async Task EmptyList_HidesAllClients()
    {
        await using var laptop = await Laptop.StartAsync();
        var mcp = await laptop.ConnectAsync();
        laptop.Emulator.Faults.Add(Fault.EmptyList(count: 2));

        Assert.Equal(0, (await mcp.ManageAsync("list")).GetArrayLength());
        Assert.Equal(0, (await mcp.ManageAsync("list")).GetArrayLength());
        Assert.Equal(1, (await mcp.ManageAsync("list")).GetArrayLength());
    }

    [Fact]
    public async Task SlowBody_ComesInPiecesAndWhole()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.SlowBody(Operation.List, TimeSpan.FromMilliseconds(20)));
        var start = TimeProvider.System.GetTimestamp();

        var reply = await laptop.PostManageAsync(List);

        Assert.Contains(laptop.User.ClientId, reply.Body, StringComparison.Ordinal);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(200));
        Assert.Equal("fault SlowBody", laptop.Emulator.Calls.Latest[^1].Outcome);
    }

    [Fact]
    public async Task Fault_OfOneUserAndOperation_SparesOthers()
    {
        await using var laptop = await Laptop.StartAsync();
        var ben = laptop.Emulator.AddUser("ben");
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.List, 500, count: null) with { UserId = ben.UserId });

        var mine = await laptop.PostManageAsync(List);
        var his = await laptop.PostMcpAsync(ListCall, laptop.Emulator.IssueAccessToken(ben), ben.AccountId);
        var hisTools = await laptop.PostMcpAsync(McpAccessTests.ToolsList, laptop.Emulator.IssueAccessToken(ben), ben.AccountId);

        Assert.Equal(HttpStatusCode.OK, mine.Status);
        Assert.Equal(HttpStatusCode.InternalServerError, his.Status);
        Assert.Equal(HttpStatusCode.OK, hisTools.Status);
    }

    [Fact]
    public async Task Fault_OfOneUserAtTheTokenEndpoint_StrikesItsClientsAndItsRefreshTokenAlone()
    {
        await using var laptop = await Laptop.StartAsync();
        var ben = laptop.Emulator.AddUser("ben");
        var made = laptop.Emulator.CreateClient(ben, "etl");
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.Any, 500, count: null) with { UserId = ben.UserId });

        var mine = await laptop.GrantAsync(laptop.User.ClientId, laptop.User.ClientSecret);
        var his = await laptop.GrantAsync(ben.ClientId, ben.ClientSecret);
        var ofHisClient = await laptop.GrantAsync(made.Id, made.Secret);
        using var refresh = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token",
                ["client_id"] = EmulatorUser.PublicClientId,
                ["refresh_token"] = laptop.Emulator.IssueRefreshToken(ben),
            }
        );
        using var ofHisLogin = await laptop.Http.PostAsync(laptop.Emulator.TokenUrl, refresh, Laptop.Cancelled);

        Assert.Equal(HttpStatusCode.OK, mine.Status);
        Assert.All([his.Status, ofHisClient.Status, ofHisLogin.StatusCode], status =>
            Assert.Equal(HttpStatusCode.InternalServerError, status)
        );
    }

    [Fact]
    public async Task Fault_WithSkip_LetsThatManyPass()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.List, 500) with { Skip = 1 });

        HttpStatusCode[] statuses =
        [
            (await laptop.PostManageAsync(List)).Status,
            (await laptop.PostManageAsync(List)).Status,
            (await laptop.PostManageAsync(List)).Status,
        ];

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.InternalServerError, HttpStatusCode.OK], statuses);
    }

    [Fact]
    public async Task Fault_WithDuration_EndsByItself()
    {
        FakeTimeProvider clock = new();
        await using var laptop = await Laptop.StartAsync(new CartoEmulatorOptions { TimeProvider = clock });
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.List, 500, count: null) with { Duration = TimeSpan.FromMinutes(1) });

        Assert.Equal(HttpStatusCode.InternalServerError, (await laptop.PostManageAsync(List)).Status);
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.OK, (await laptop.PostManageAsync(List)).Status);
        Assert.Empty(laptop.Emulator.Faults.Current);
    }

    [Fact]
    public async Task Fault_WithShare_StrikesSome()
    {
        await using var laptop = await Laptop.StartAsync();
        laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.List, 500, count: null) with { Share = 0.5 });

        for (var i = 0; i < 100; i++)
        {
            await laptop.PostManageAsync(List);
        }

        Assert.InRange(laptop.Emulator.Calls.Counts[(Operation.List, "ok")], 20, 80);
    }

    [Fact]
    public async Task Fault_ThatIsNone_IsRefused()
    {
        await using var laptop = await Laptop.StartAsync();

        Assert.Throws<ArgumentException>(() => laptop.Emulator.Faults.Add(new Fault { Kind = FaultKind.Redirect }));
        Assert.Throws<ArgumentException>(() => laptop.Emulator.Faults.Add(Fault.HttpStatus(Operation.Any, 200)));
        Assert.Empty(laptop.Emulator.Faults.Current);
    }

    private const string ListCall =
        $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"manage_oauth_clients","arguments":{{{List}}}}}""";
}
