using Carto.Emulator;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Carto.Tests.Emulator;

/// <summary>What callers are told when calls fail, and what stays true of CARTO.</summary>
public sealed class FaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, CartoErrorKind, bool, string> CreateFaults =>
        new()
        {
            { "cut before", CartoErrorKind.Transient, true, "broke" },
            { "cut after", CartoErrorKind.Transient, true, "broke" },
            { "500", CartoErrorKind.Transient, true, "HTTP 500" },
            { "502 html", CartoErrorKind.Transient, true, "HTTP 502" },
            { "503 after", CartoErrorKind.Transient, true, "HTTP 503" },
            { "429", CartoErrorKind.Throttled, false, "slow down" },
            { "401 twice", CartoErrorKind.Unauthorized, false, "Invalid token" },
            { "403 quota", CartoErrorKind.Forbidden, false, "Quota exceeded" },
            { "403 plan", CartoErrorKind.Forbidden, false, "plan" },
            { "400", CartoErrorKind.Rejected, false, "HTTP 400" },
            { "404", CartoErrorKind.Unsupported, false, "no MCP server at this address" },
            { "405", CartoErrorKind.Unsupported, false, "no MCP server at this address" },
            { "redirect", CartoErrorKind.Transient, true, "redirects" },
            { "huge", CartoErrorKind.Transient, true, "larger than" },
            { "half a body", CartoErrorKind.Transient, true, "not one of an MCP server" },
            { "half a text", CartoErrorKind.Transient, true, "not JSON" },
            { "tool error, unknown", CartoErrorKind.Transient, true, "HTTP 500" },
            { "tool error after", CartoErrorKind.Transient, true, "HTTP 500" },
        };

    private static IEnumerable<Fault> Named(string name) =>
        name switch
        {
            "cut before" => [Fault.CutBefore(Operation.Create)],
            "cut after" => [Fault.CutAfter(Operation.Create)],
            "500" => [Fault.HttpStatus(Operation.Create, 500)],
            "502 html" => [Fault.HttpStatus(Operation.Create, 502) with { Html = true }],
            "503 after" => [Fault.HttpStatus(Operation.Create, 503) with { AfterEffect = true }],
            "429" => [Fault.TooManyRequests(Operation.Create)],
            "401 twice" => [Fault.TokenRefused(Operation.Create, 2)],
            "403 quota" => [Fault.QuotaExceeded(Operation.Create)],
            "403 plan" => [Fault.PlanInsufficient(Operation.Create)],
            "400" => [Fault.HttpStatus(Operation.Create, 400)],
            "404" => [Fault.HttpStatus(Operation.Create, 404)],
            "405" => [Fault.HttpStatus(Operation.Create, 405)],
            "redirect" => [Fault.Redirect(Operation.Create, new Uri("https://127.0.0.1:1/elsewhere"))],
            "huge" => [Fault.HugeAnswer(Operation.Create, 100_000)],
            "half a body" => [Fault.MalformedBody(Operation.Create)],
            "half a text" => [Fault.MalformedText(Operation.Create)],
            "tool error, unknown" => [Fault.ToolError(Operation.Create, "Something went wrong")],
            "tool error after" => [Fault.ToolError(Operation.Create, "Something went wrong") with { AfterEffect = true }],
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };

    [Theory]
    [MemberData(nameof(CreateFaults))]
    public async Task Create_ThatFails_SaysHowAndWhetherAClientMayExist(string fault, CartoErrorKind kind, bool mayExist, string words)
    {
        foreach (var format in Enum.GetValues<ResponseFormat>())
        {
            await using var carto = await Carto.StartAsync(new() { ResponseFormat = format }, (_, _, options) =>
                options with
                {
                    MaxResponseBytes = 50_000,
                }
            );
            await carto.Account.ConnectAsync(Token);
            foreach (var one in Named(fault))
            {
                carto.Emulator.Faults.Add(one);
            }

            var error = await FailAsync(() => carto.Clients.CreateAsync("etl", Token));

            Assert.Equal((kind, CartoStage.Api, mayExist), (error.Kind, error.Stage, error.MayHaveTakenEffect));
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(carto.Emulator.SecretsEverIssued, secret => error.Message.Contains(secret, StringComparison.Ordinal));

            // Whoever says that nothing has happened must be right.
            Assert.True(mayExist || carto.Emulator.Clients(carto.User).Count == 0);
        }
    }

    [Theory]
    [InlineData(401, CartoErrorKind.Unauthorized)]
    [InlineData(403, CartoErrorKind.Forbidden)]
    [InlineData(404, CartoErrorKind.Unsupported)]
    [InlineData(410, CartoErrorKind.Unsupported)]
    [InlineData(500, CartoErrorKind.Transient)]
    public async Task DeleteAndGet_StatusOfTheEndpoint_IsNeverNotFound(int status, CartoErrorKind kind)
    {
        await using var carto = await Carto.StartAsync();
        var client = await carto.Clients.CreateAsync("etl", Token);
        carto.Emulator.Faults.Add(Fault.HttpStatus(Operation.Delete, status, count: null));
        carto.Emulator.Faults.Add(Fault.HttpStatus(Operation.Get, status, count: null));

        Assert.Equal(kind, (await FailAsync(() => carto.Clients.DeleteAsync(client.Id, Token))).Kind);
        var read = await FailAsync(() => carto.Clients.GetAsync(client.Id, Token));
        Assert.Equal((kind, false), (read.Kind, read.MayHaveTakenEffect));
    }

    [Fact]
    public async Task Call_TokenRefusedOnce_IsRepeatedOnceWithAFreshToken()
    {
        await using var carto = await Carto.StartAsync();
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Calls.Reset();
        carto.Emulator.EndAllAccessTokens();

        await carto.Clients.CreateAsync("etl", Token);

        Assert.Equal(1, carto.Emulator.Calls.Count(Operation.Token));
        Assert.Equal(2, carto.Emulator.Calls.Count(Operation.Create));
        Assert.Single(carto.Emulator.Clients(carto.User));
    }

    [Fact]
    public async Task Call_ManyAtOnceWithNothingReady_ShareOneTokenAndOneSession()
    {
        await using var carto = await Carto.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(index => carto.Clients.CreateAsync($"client {index}", Token)));

        var calls = carto.Emulator.Calls;
        Assert.Equal(
            (1, 1, 1, 20),
            (
                calls.Count(Operation.Token),
                calls.Count(Operation.Initialize),
                calls.Count(Operation.ToolsList),
                calls.Count(Operation.Create)
            )
        );
    }

    [Fact]
    public async Task Call_ManyAtOnceRefused_ShareOneNewToken()
    {
        await using var carto = await Carto.StartAsync();
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Calls.Reset();
        carto.Emulator.EndAllAccessTokens();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(index => carto.Clients.CreateAsync($"client {index}", Token)));

        Assert.Equal(1, carto.Emulator.Calls.Count(Operation.Token));
        Assert.Equal(20, carto.Emulator.Clients(carto.User).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_AfterA429_FailsFastForAllCallersUntilThePauseEnds(bool asDate)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var carto = await Carto.StartAsync(time: time);
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.TooManyRequests(Operation.Create, TimeSpan.FromSeconds(90)) with { RetryAfterAsDate = asDate });

        var first = await FailAsync(() => carto.Clients.CreateAsync("etl", Token));
        carto.Emulator.Calls.Reset();
        var second = await FailAsync(() => carto.Clients.ListAsync(Token));

        Assert.Equal(CartoErrorKind.Throttled, first.Kind);
        Assert.InRange(first.RetryAfter!.Value.TotalSeconds, 85, 95);
        Assert.Equal((CartoErrorKind.Throttled, false), (second.Kind, second.MayHaveTakenEffect));
        Assert.InRange(second.RetryAfter!.Value.TotalSeconds, 85, 95);
        Assert.Equal(0, carto.Emulator.Calls.Count(Operation.List));

        time.Advance(second.RetryAfter.Value);
        Assert.Single((await carto.Clients.ListAsync(Token)).Clients);
    }

    [Theory]
    [InlineData("zero")]
    [InlineData("past")]
    public async Task Call_ServerThatAsksForNoPause_GetsPausesThatGrow(string form)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var carto = await Carto.StartAsync(time: time);
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(
            form == "zero"
                ? Fault.TooManyRequests(Operation.List, TimeSpan.Zero, count: null)
                : Fault.TooManyRequests(Operation.List, TimeSpan.FromMinutes(-5), count: null) with
                {
                    RetryAfterAsDate = true,
                }
        );
        carto.Emulator.Calls.Reset();

        for (var occasion = 0; occasion < 6; occasion++)
        {
            var error = await FailAsync(() => carto.Clients.ListAsync(Token));
            Assert.Equal(CartoErrorKind.Throttled, error.Kind);
            Assert.InRange(error.RetryAfter!.Value.TotalSeconds, 0.75 * (1 << occasion), 1.25 * (1 << occasion) + 1);
            time.Advance(error.RetryAfter.Value);
        }

        Assert.Equal(6, carto.Emulator.Calls.Count(Operation.List));
    }

    [Fact]
    public async Task Call_OnlyTheTimeOfTheResetIsSaid_WaitsForIt()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var carto = await Carto.StartAsync(time: time);
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.TooManyRequests(Operation.List) with { RateLimitReset = TimeSpan.FromSeconds(90) });
        carto.Emulator.Faults.Add(Fault.TooManyRequests(Operation.Token) with { RateLimitReset = TimeSpan.FromDays(3) });

        var error = await FailAsync(() => carto.Clients.ListAsync(Token));
        var refused = await FailAsync(() => carto.Account.VerifyAsync("a", new Sensitive("b"), Token));

        Assert.InRange(error.RetryAfter!.Value.TotalSeconds, 85, 95);
        Assert.Equal((CartoErrorKind.Throttled, AccountGate.LongestPause), (refused.Kind, refused.RetryAfter!.Value));
    }

    [Fact]
    public async Task Call_LimitOfTheWholeTenant_IsThrottled()
    {
        await using var carto = await Carto.StartAsync();
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.GlobalLimit());
        carto.Emulator.Faults.Add(Fault.ToolError(Operation.Create, "Global limit has been reached"));

        var token = await FailAsync(() => carto.Account.VerifyAsync("a", new Sensitive("b"), Token));
        var created = await FailAsync(() => carto.Clients.CreateAsync("etl", Token));

        Assert.Equal((CartoErrorKind.Throttled, CartoStage.Token), (token.Kind, token.Stage));
        Assert.NotNull(token.RetryAfter);

        // Behind CARTO a creation is two calls: the limit may have struck the second.
        Assert.Equal((CartoErrorKind.Throttled, true), (created.Kind, created.MayHaveTakenEffect));
        Assert.NotNull(created.RetryAfter);
    }

    [Fact]
    public async Task Call_TokensOfAClockThatIsBehind_AreNotReplacedWithEachCall()
    {
        await using var carto = await Carto.StartAsync(new() { TokenClockOffset = TimeSpan.FromDays(-2) });
        await carto.Account.ConnectAsync(Token);

        for (var index = 0; index < 5; index++)
        {
            await carto.Clients.ListAsync(Token);
        }

        Assert.Equal(1, carto.Emulator.Calls.Count(Operation.Token));
    }

    [Fact]
    public async Task Call_ThatHangs_EndsAtTheLimitAndMayHaveTakenEffect()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var sent = new TaskCompletionSource();
        await using var carto = await Carto.StartAsync(time: time, wrap: inner => new Announcing(inner, sent));
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.Hang(Operation.Create));

        var call = carto.Clients.CreateAsync("etl", Token);
        await sent.Task.Soon();
        time.Advance(carto.Options.CallTimeout + TimeSpan.FromSeconds(1));
        var error = await FailAsync(() => call);

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("did not answer within 30 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_CancelledByTheCaller_StaysACancellation()
    {
        var sent = new TaskCompletionSource();
        await using var carto = await Carto.StartAsync(wrap: inner => new Announcing(inner, sent));
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.Hang(Operation.Create));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var call = carto.Clients.CreateAsync("etl", cancellation.Token);
        await sent.Task.Soon();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
    }

    [Fact]
    public async Task Call_ServerGone_WasNeverSent()
    {
        await using var carto = await Carto.StartAsync();
        await carto.Account.ConnectAsync(Token);
        await carto.Emulator.DisposeAsync();

        // The first may still go out on a connection that has just died.
        await FailAsync(() => carto.Clients.ListAsync(Token));
        var error = await FailAsync(() => carto.Clients.CreateAsync("etl", Token));

        Assert.Equal((CartoErrorKind.Transient, false), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("it refuses connections", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_HostUnknown_WasNeverSent()
    {
        await using var carto = await Carto.StartAsync(
            configure: (_, _, options) => options with { ApiBaseUrl = new("https://nowhere.invalid") }
        );

        var error = await FailAsync(() => carto.Clients.CreateAsync("etl", Token));

        Assert.Equal((CartoErrorKind.Transient, false), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("nowhere.invalid", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_AccountDisposedMeanwhile_IsATransientFailure()
    {
        var sent = new TaskCompletionSource();
        await using var carto = await Carto.StartAsync(wrap: inner => new Announcing(inner, sent));
        await carto.Account.ConnectAsync(Token);
        carto.Emulator.Faults.Add(Fault.Hang(Operation.Create));

        var call = carto.Clients.CreateAsync("etl", Token);
        await sent.Task.Soon();
        await carto.Account.DisposeAsync();
        carto.Emulator.Faults.Clear();
        var error = await FailAsync(() => call);
        var later = await FailAsync(() => carto.Clients.ListAsync(Token));

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Equal(CartoErrorKind.Transient, later.Kind);
    }

    private static async Task<CartoError> FailAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<CartoException>(() => call().Soon())).Error;

    /// <summary>Tells when a creation is on its way.</summary>
    private sealed class Announcing(HttpMessageHandler inner, TaskCompletionSource sent) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var answer = base.SendAsync(request, cancellationToken);
            if (body.Contains("\"create\"", StringComparison.Ordinal))
            {
                sent.TrySetResult();
            }

            return await answer;
        }
    }
}
