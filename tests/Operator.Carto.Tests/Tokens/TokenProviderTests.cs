using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Operator.Carto.Tests.Stubs;
using Operator.Carto.Tokens;

namespace Operator.Carto.Tests.Tokens;

public sealed class TokenProviderTests : IDisposable
{
    private readonly SetClock _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly StubHandler _server;
    private readonly HttpMessageInvoker _invoker;
    private readonly AccountGate _gate;
    private int _issued;
    private Func<StubRequest, Task<HttpResponseMessage>> _answer;

    public TokenProviderTests()
    {
        _answer = _ => Task.FromResult(Issue(3600));
        _server = new StubHandler(request => _answer(request));
        _invoker = new HttpMessageInvoker(_server);
        _gate = new AccountGate(100, _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _invoker.Dispose();

    [Fact]
    public async Task Get_ClientCredentials_AsksAsOAuthSays()
    {
        using var tokens = Pair();

        await tokens.GetAsync(Token);

        Assert.Equal(
            "grant_type=client_credentials&client_id=id&client_secret=s%26cret&audience=aud",
            Assert.Single(_server.Requests).Body
        );
    }

    [Fact]
    public async Task Get_RefreshToken_AsksAsOAuthSays()
    {
        using var tokens = Provider(new CartoCredentials.RefreshToken("app", new Sensitive("r1")));

        await tokens.GetAsync(Token);

        Assert.Equal("grant_type=refresh_token&client_id=app&refresh_token=r1", Assert.Single(_server.Requests).Body);
    }

    [Fact]
    public async Task Get_Again_TakesTheSameUntilShortlyBeforeItsEnd()
    {
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);

        _time.Advance(TimeSpan.FromSeconds(3600 - 541));
        Assert.Same(first, await tokens.GetAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(182));
        Assert.NotSame(first, await tokens.GetAsync(Token));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Get_LongLivedToken_IsRenewedAQuarterOfAnHourBeforeItsEndAtMost()
    {
        _answer = _ => Task.FromResult(Issue(86400));
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);

        _time.Advance(TimeSpan.FromSeconds(86400 - 901));

        Assert.Same(first, await tokens.GetAsync(Token));
    }

    [Fact]
    public async Task Get_ManyAtOnce_AskOnceAndOneThatGivesUpTakesNothingFromTheOthers()
    {
        var release = new TaskCompletionSource<HttpResponseMessage>();
        _answer = _ => release.Task;
        using var tokens = Pair();
        using var impatient = new CancellationTokenSource();

        var first = tokens.GetAsync(impatient.Token);
        var others = Enumerable.Range(0, 10).Select(_ => tokens.GetAsync(Token)).ToArray();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        release.SetResult(Issue(3600));

        Assert.Single((await Task.WhenAll(others)).Distinct());
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Get_RenewalFailsWhileTheOldTokenWorks_GoesOnWithIt()
    {
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);
        _answer = _ => Task.FromResult(StubHandler.Json("{}", HttpStatusCode.ServiceUnavailable));

        _time.Advance(TimeSpan.FromSeconds(3300));
        Assert.Same(first, await tokens.GetAsync(Token));
        Assert.Same(first, await tokens.GetAsync(Token));
        Assert.Equal(2, _server.Requests.Count);

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Same(first, await tokens.GetAsync(Token));
        Assert.Equal(3, _server.Requests.Count);

        // At its end there is nothing to go on with.
        _time.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal(CartoErrorKind.Transient, (await FailAsync(() => tokens.GetAsync(Token))).Kind);
    }

    [Fact]
    public async Task Get_Refused_IsNotAskedAgainAtOnceUnlessReconsidered()
    {
        _answer = _ => Task.FromResult(StubHandler.Json("""{"error":"access_denied"}""", HttpStatusCode.Unauthorized));
        using var tokens = Pair();

        Assert.Equal(CartoErrorKind.Unauthorized, (await FailAsync(() => tokens.GetAsync(Token))).Kind);
        Assert.Equal(CartoErrorKind.Unauthorized, (await FailAsync(() => tokens.GetAsync(Token))).Kind);
        Assert.Single(_server.Requests);

        tokens.Reconsider();
        await FailAsync(() => tokens.GetAsync(Token));
        Assert.Equal(2, _server.Requests.Count);

        _time.Advance(TimeSpan.FromSeconds(15));
        _answer = _ => Task.FromResult(Issue(3600));
        await tokens.GetAsync(Token);
    }

    [Fact]
    public async Task Get_TransientFailure_IsAskedAgainByTheNextCaller()
    {
        _answer = _ => Task.FromResult(StubHandler.Json("{}", HttpStatusCode.BadGateway));
        using var tokens = Pair();

        await FailAsync(() => tokens.GetAsync(Token));
        _answer = _ => Task.FromResult(Issue(3600));

        await tokens.GetAsync(Token);
    }

    [Fact]
    public async Task Replace_ByManyRefusedWithTheSame_RenewsOnce()
    {
        using var tokens = Pair();
        var refused = await tokens.GetAsync(Token);

        var replaced = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => tokens.ReplaceAsync(refused, Token)));

        Assert.NotSame(refused, Assert.Single(replaced.Distinct()));
        Assert.Same(replaced[0], await tokens.ReplaceAsync(refused, Token));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Doubt_OfAnOldToken_RenewsItAndOfANewOneDoesNot()
    {
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);

        tokens.Doubt();
        Assert.Same(first, await tokens.GetAsync(Token));
        _time.Advance(TimeSpan.FromMinutes(2));
        tokens.Doubt();
        Assert.NotSame(first, await tokens.GetAsync(Token));
    }

    [Fact]
    public async Task Get_GivenAccessToken_WorksUntilItsEndAndThenSaysWhoMustActs()
    {
        var end = _time.GetUtcNow().AddMinutes(5);
        using var tokens = Provider(new CartoCredentials.AccessToken(new Sensitive(Jwt.Of($$"""{"exp":{{end.ToUnixTimeSeconds()}}}"""))));

        var token = await tokens.GetAsync(Token);
        Assert.Equal(end, token.ExpiresAt);
        Assert.Equal(CartoErrorKind.Unauthorized, (await FailAsync(() => tokens.ReplaceAsync(token, Token))).Kind);

        _time.Advance(TimeSpan.FromMinutes(5));
        var error = await FailAsync(() => tokens.GetAsync(Token));
        Assert.Equal((CartoErrorKind.Unauthorized, CartoStage.Token), (error.Kind, error.Stage));
        Assert.Contains("expired", error.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Get_RefreshTokenReplaced_IsUsedFromThenOnAndWarnedOf()
    {
        _answer = _ => Task.FromResult(Issue(3600, "r2"));
        using var tokens = Provider(new CartoCredentials.RefreshToken("app", new Sensitive("r1")));
        Assert.Empty(tokens.Warnings);

        await tokens.ReplaceAsync(await tokens.GetAsync(Token), Token);

        Assert.EndsWith("refresh_token=r2", _server.Requests[1].Body, StringComparison.Ordinal);
        Assert.Contains("in memory only", Assert.Single(tokens.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("r2", tokens.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_TokenWithoutALifetime_IsUsedForAnHour()
    {
        _answer = _ => Task.FromResult(StubHandler.Json($$"""{"access_token":"t{{++_issued}}"}"""));
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);

        Assert.Null(first.ExpiresAt);
        _time.Advance(TimeSpan.FromMinutes(40));
        Assert.Same(first, await tokens.GetAsync(Token));
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.NotSame(first, await tokens.GetAsync(Token));
    }

    [Theory]
    [InlineData(-7200)]
    [InlineData(-1)]
    [InlineData(30)]
    [InlineData(200_000)]
    public async Task Get_TokenOfAnotherClock_IsUsedForAsLongAsTheAnswerSays(int endsIn)
    {
        _answer = _ => Task.FromResult(IssueEndingIn(endsIn, ",\"expires_in\":3600"));
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);

        _time.Advance(TimeSpan.FromSeconds(3600 - 541));
        Assert.Same(first, await tokens.GetAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(182));
        await tokens.GetAsync(Token);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Get_TokenThatSeemsExpiredAndSaysNothingElse_IsNotReplacedWithEachCall()
    {
        _answer = _ => Task.FromResult(IssueEndingIn(-60, ""));
        using var tokens = Pair();
        var first = await tokens.GetAsync(Token);

        _time.Advance(TimeSpan.FromMinutes(30));

        Assert.Same(first, await tokens.GetAsync(Token));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Get_ClockOnTheWallSetBack_DoesNotProlongTheToken()
    {
        using var tokens = Pair();
        await tokens.GetAsync(Token);

        _time.SetBackBy = TimeSpan.FromHours(5);
        _time.Advance(TimeSpan.FromSeconds(3600));
        await tokens.GetAsync(Token);

        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Get_LimitOfTheWholeTenant_SlowsDownAllCalls()
    {
        _answer = _ =>
            Task.FromResult(
                StubHandler.Json(
                    """{"error":"access_denied","error_description":"Global limit has been reached"}""",
                    HttpStatusCode.InternalServerError
                )
            );
        using var tokens = Pair();

        for (var occasion = 0; occasion < 4; occasion++)
        {
            var error = await FailAsync(() => tokens.GetAsync(Token));
            Assert.Equal(CartoErrorKind.Throttled, error.Kind);
            Assert.InRange(error.RetryAfter!.Value.TotalSeconds, 0.75 * (1 << occasion), 1.25 * (1 << occasion));
            _time.Advance(error.RetryAfter.Value);
        }
    }

    [Fact]
    public async Task Get_AnswerThatBeginsWithAByteOrderMark_IsRead()
    {
        await using var account = new StubMcp
        {
            Instead = (request, name) => name == "token" ? Task.FromResult(WithMark("""{"access_token":"t","expires_in":3600}""")) : null,
        }.Account(_time);

        Assert.Equal("t", (await account.ObtainTokenAsync(Token)).Value.Reveal());
    }

    [Fact]
    public async Task Get_AfterDisposal_IsATransientFailure()
    {
        _answer = _ => new TaskCompletionSource<HttpResponseMessage>().Task;
        var tokens = Pair();
        var waiting = tokens.GetAsync(Token);

        tokens.Dispose();

        Assert.Equal(CartoErrorKind.Transient, (await FailAsync(() => waiting)).Kind);
        Assert.Equal(CartoErrorKind.Transient, (await FailAsync(() => tokens.GetAsync(Token))).Kind);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_request","error_description":"Missing audience"}""", CartoErrorKind.Rejected, "Missing audience")]
    [InlineData(400, """{"error":"invalid_grant"}""", CartoErrorKind.Unauthorized, "invalid_grant")]
    [InlineData(
        401,
        """{"error":"access_denied","error_description":"Unauthorized"}""",
        CartoErrorKind.Unauthorized,
        "access_denied, Unauthorized"
    )]
    [InlineData(401, "<html>", CartoErrorKind.Unauthorized, "refuses the credentials")]
    [InlineData(
        403,
        """{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}""",
        CartoErrorKind.Unauthorized,
        "Unknown"
    )]
    [InlineData(403, """{"error":"access_denied"}""", CartoErrorKind.Forbidden, "audience")]
    [InlineData(403, """{"error":"unauthorized_client"}""", CartoErrorKind.Forbidden, "unauthorized_client")]
    [InlineData(404, "", CartoErrorKind.Unsupported, "tokenUrl")]
    [InlineData(302, "", CartoErrorKind.Transient, "redirects")]
    [InlineData(429, """{"error":"too_many_attempts"}""", CartoErrorKind.Throttled, "slow down")]
    [InlineData(500, "", CartoErrorKind.Transient, "HTTP 500")]
    [InlineData(
        500,
        """{"error":"access_denied","error_description":"Global limit has been reached"}""",
        CartoErrorKind.Throttled,
        "Global limit"
    )]
    [InlineData(500, """{"error":"access_denied","error_description":"Something odd"}""", CartoErrorKind.Transient, "HTTP 500")]
    [InlineData(
        200,
        """{"error":"access_denied","error_description":"Service not enabled"}""",
        CartoErrorKind.Forbidden,
        "access_denied, Service not enabled"
    )]
    [InlineData(200, """{"error":"invalid_request","error_description":"Missing audience"}""", CartoErrorKind.Rejected, "Missing audience")]
    [InlineData(200, "", CartoErrorKind.Transient, "nothing")]
    [InlineData(200, "<html>", CartoErrorKind.Transient, "broken")]
    [InlineData(200, "{}", CartoErrorKind.Transient, "no access_token")]
    [InlineData(200, """{"access_token":7}""", CartoErrorKind.Transient, "no access_token")]
    public async Task Get_AnswersOfTheEndpoint_AreClassified(int status, string body, CartoErrorKind kind, string words)
    {
        _answer = _ => Task.FromResult(StubHandler.Json(body, (HttpStatusCode)status));
        using var tokens = Pair();

        var error = await FailAsync(() => tokens.GetAsync(Token));

        Assert.Equal((kind, CartoStage.Token, false), (error.Kind, error.Stage, error.MayHaveTakenEffect));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private static async Task<CartoError> FailAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<CartoException>(() => call().Soon())).Error;

    private HttpResponseMessage Issue(int seconds, string? refreshToken = null) =>
        StubHandler.Json(
            $$"""{"access_token":"t{{Interlocked.Increment(ref _issued)}}","expires_in":{{seconds}},"refresh_token":{{(refreshToken is null ? "null" : $"\"{refreshToken}\"")}}}"""
        );

    private HttpResponseMessage IssueEndingIn(int seconds, string more) =>
        StubHandler.Json(
            $$"""{"access_token":"{{Jwt.Of($$"""{"n":{{Interlocked.Increment(ref _issued)}},"exp":{{_time.GetUtcNow().ToUnixTimeSeconds() + seconds}}}""")}}"{{more}}}"""
        );

    private static HttpResponseMessage WithMark(string json) =>
        new(HttpStatusCode.OK)
        {
            Content = new ByteArrayContent([0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(json)])
            {
                Headers = { ContentType = new("application/json") },
            },
        };

    private TokenProvider Pair() => Provider(new CartoCredentials.ClientCredentials("id", new Sensitive("s&cret")));

    /// <summary>A clock that somebody sets, while time goes on.</summary>
    private sealed class SetClock(DateTimeOffset start) : FakeTimeProvider(start)
    {
        public TimeSpan SetBackBy { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - SetBackBy;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }

    private TokenProvider Provider(CartoCredentials credentials)
    {
        var options = new CartoApiOptions
        {
            ApiBaseUrl = new("https://api.example.com"),
            TokenUrl = new("https://auth.example.com/oauth/token"),
            Audience = "aud",
            Credentials = credentials,
        };
        return new TokenProvider(
            credentials,
            new TokenEndpoint(options, _invoker, _gate, _time),
            _time,
            NullLogger<TokenProvider>.Instance
        );
    }
}
