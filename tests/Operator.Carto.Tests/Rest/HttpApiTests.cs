using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Carto.Tests.Stubs;

namespace Operator.Carto.Tests.Rest;

public sealed class HttpApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_AreTheRequestsThatTheSpecDescribes()
    {
        var server = Server(request =>
            request switch
            {
                { Method.Method: "POST" } => """{"data":{"client_id":"c1","client_secret":"s1"}}""",
                { Method.Method: "GET", Url.AbsolutePath: "/accounts-api/oauth-clients/c%2F1" } => """{"client_id":"c/1","title":"x"}""",
                { Method.Method: "GET" } => """{"clients":[{"client_id":"login"}],"total":1}""",
                _ => "{}",
            }
        );
        await using var account = Account(server);

        var created = await account.Clients.CreateAsync("ETL \"ü\" ${id}", Token);
        await account.Clients.ListAsync(Token);
        await account.Clients.GetAsync("c/1", Token);
        await account.Clients.RenameAsync("c/1", "new", Token);
        await account.Clients.DeleteAsync("c/1", Token);

        // The first creation reads the list before, to see the account's own client.
        Assert.Equal(("c1", "s1"), (created.Id, created.Secret!.Reveal()));
        Assert.Equal(
            [
                "GET /accounts-api/oauth-clients?type=m2m ",
                """POST /accounts-api/oauth-clients {"title":"ETL \u0022\u00FC\u0022 ${id}","type":"m2m"}""",
                "GET /accounts-api/oauth-clients?type=m2m ",
                "GET /accounts-api/oauth-clients/c%2F1 ",
                """PATCH /accounts-api/oauth-clients/c%2F1 {"title":"new"}""",
                "DELETE /accounts-api/oauth-clients/c%2F1 ",
            ],
            server.Requests.Where(IsApi).Select(request => $"{request.Method} {request.Url.PathAndQuery} {request.Body}")
        );
        Assert.All(server.Requests.Where(IsApi), request =>
            Assert.Contains("Authorization: Bearer e30.", request.Headers, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(HttpPagingKind.Page, new[] { "", "page=2", "page=3" })]
    [InlineData(HttpPagingKind.Cursor, new[] { "", "page=n1", "page=n2" })]
    [InlineData(HttpPagingKind.Offset, new[] { "", "page=1", "page=2" })]
    public async Task List_WithPages_IsReadToItsEnd(HttpPagingKind kind, string[] queries)
    {
        var page = 0;
        var server = Server(_ =>
        {
            page++;
            return $$"""{"items":[{"clientId":"{{(page == 1 ? "login" : $"c{page}")}}"}],"total":3,"nextCursor":{{(page == 3 ? "null" : $"\"n{page}\"")}}}""";
        });
        await using var account = Account(server, api =>
            api with
            {
                List = new HttpCall("GET", "/oauth-clients"),
                Paging = new HttpPaging("page", kind),
            }
        );

        var list = await account.Clients.ListAsync(Token);

        Assert.Equal((3, null), (list.Clients.Count, list.Gap));
        Assert.Equal(queries, server.Requests.Where(IsApi).Select(request => request.Url.Query.TrimStart('?')));
    }

    [Theory]
    [InlineData(401, "{}", CartoErrorKind.Unauthorized, false)]
    [InlineData(403, """{"error":"plan"}""", CartoErrorKind.Forbidden, false)]
    [InlineData(404, """{"error":"OAuth client not found","status":404}""", CartoErrorKind.NotFound, false)]
    [InlineData(404, "{}", CartoErrorKind.NotFound, false)]
    [InlineData(404, """{"error":"User not found"}""", CartoErrorKind.Rejected, false)]
    [InlineData(422, """{"message":"client does not exist"}""", CartoErrorKind.NotFound, false)]
    [InlineData(400, """{"error":"no"}""", CartoErrorKind.Rejected, false)]
    [InlineData(429, "{}", CartoErrorKind.Throttled, false)]
    [InlineData(500, """{"error":"Global limit has been reached"}""", CartoErrorKind.Throttled, true)]
    [InlineData(500, "{}", CartoErrorKind.Transient, true)]
    [InlineData(302, "", CartoErrorKind.Transient, true)]
    public async Task Delete_ThatFails_IsClassified(int status, string body, CartoErrorKind kind, bool mayHaveTakenEffect)
    {
        var server = new StubHandler(request =>
            Task.FromResult(
                !IsApi(request) ? TokenAnswer()
                : request.Method == HttpMethod.Get ? StubHandler.Json("""[{"client_id":"login"}]""")
                : StubHandler.Json(body, (HttpStatusCode)status)
            )
        );
        await using var account = Account(server);

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.Clients.DeleteAsync("c1", Token))).Error;

        Assert.Equal((kind, CartoStage.Api, mayHaveTakenEffect), (error.Kind, error.Stage, error.MayHaveTakenEffect));
        Assert.Equal(kind == CartoErrorKind.Throttled, error.RetryAfter > TimeSpan.Zero);
    }

    [Fact]
    public async Task Create_AnsweredWithAPage_MayHaveTakenEffect()
    {
        var server = new StubHandler(request =>
            Task.FromResult(
                request.Method == HttpMethod.Get ? StubHandler.Json("""[{"client_id":"login"}]""")
                : IsApi(request) ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>", null, "text/html") }
                : TokenAnswer()
            )
        );
        await using var account = Account(server);

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.Clients.CreateAsync("etl", Token))).Error;

        Assert.True(error.MayHaveTakenEffect);
        Assert.Contains("text/html instead of JSON", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"clients":[]}""")]
    [InlineData("""{"clients":[{"client_id":"other"}]}""")]
    public async Task Connect_OwnClientNotListed_Fails(string list)
    {
        await using var account = Account(Server(_ => list));

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.ConnectAsync(Token))).Error;

        Assert.Equal(CartoErrorKind.OwnClientNotListed, error.Kind);
        Assert.Contains("lacks the client login", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(404, """{"error":"Not found"}""")]
    [InlineData(405, "{}")]
    public async Task Connect_NothingAtThePathOfTheList_SaysWhichPath(int status, string body)
    {
        var server = new StubHandler(request =>
            Task.FromResult(IsApi(request) ? StubHandler.Json(body, (HttpStatusCode)status) : TokenAnswer())
        );
        await using var account = Account(server);

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.ConnectAsync(Token))).Error;

        Assert.Equal(CartoErrorKind.Unsupported, error.Kind);
        Assert.Contains("spec.http.operations.list", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_UserNotFound_IsAnAccountThatDoesNotSeeItsClients()
    {
        var server = new StubHandler(request =>
            Task.FromResult(IsApi(request) ? StubHandler.Json("""{"error":"User not found"}""", HttpStatusCode.NotFound) : TokenAnswer())
        );
        await using var account = Account(server);

        var error = (await Assert.ThrowsAsync<CartoException>(() => account.ConnectAsync(Token))).Error;

        Assert.Contains("User not found", error.Message, StringComparison.Ordinal);
        Assert.Equal(CartoErrorKind.OwnClientNotListed, error.Kind);
    }

    [Fact]
    public async Task Connect_Works_SaysWhatIsInUse()
    {
        await using var account = Account(Server(_ => """[{"client_id":"login"}]"""), api => api with { Rename = null });

        var info = await account.ConnectAsync(Token);

        Assert.Equal(("HTTP", "https://accounts.example.com/accounts-api", false), (info.ApiKind, info.Address, info.CanRename));
        Assert.Equal("create: POST /oauth-clients(name)", info.Operations[0]);
        Assert.Contains("spec.http.operations.rename", Assert.Single(info.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_OfOtherNames_AreReadAsTheSpecSays()
    {
        await using var account = Account(
            Server(_ => """{"payload":{"apps":[{"key":"login","caption":"me","what":"machine"},{"key":"c2","what":"page"}]}}"""),
            answers: new GivenAnswers
            {
                List = "apps",
                Id = "key",
                Name = "caption",
                Type = "what",
                M2MType = "machine",
            }
        );

        var list = await account.Clients.ListAsync(Token);

        Assert.Equal([("login", "me", false), ("c2", null, true)], list.Clients.Select(client => (client.Id, client.Name, client.IsOther)));
    }

    private static bool IsApi(StubRequest request) => request.Url.Host == "accounts.example.com";

    private static HttpResponseMessage TokenAnswer() =>
        StubHandler.Json(
            $$"""{"access_token":"{{Jwt.Of("""{"sub":"login@clients","http://app.carto.com/account_id":"ac_1"}""")}}","expires_in":86400}"""
        );

    private static StubHandler Server(Func<StubRequest, string> answer) =>
        new(request => Task.FromResult(IsApi(request) ? StubHandler.Json(answer(request)) : TokenAnswer()));

    private static ICartoApi Account(
        StubHandler server,
        Func<HttpApiOptions, HttpApiOptions>? configure = null,
        GivenAnswers? answers = null
    )
    {
        var api = new HttpApiOptions
        {
            BaseUrl = new("https://accounts.example.com/accounts-api"),
            Create = new HttpCall("POST", "/oauth-clients", """{"title":"${name}","type":"m2m"}"""),
            List = new HttpCall("GET", "/oauth-clients?type=m2m"),
            Get = new HttpCall("GET", "/oauth-clients/${id}"),
            Rename = new HttpCall("PATCH", "/oauth-clients/${id}", """{"title":"${name}"}"""),
            Delete = new HttpCall("DELETE", "/oauth-clients/${id}"),
        };
        return new CartoApiFactory(TimeProvider.System, NullLoggerFactory.Instance, network =>
        {
            network.Dispose();
            return server;
        }).Create(
            new CartoApiOptions
            {
                ApiBaseUrl = new("https://api.example.com"),
                TokenUrl = new("https://auth.example.com/oauth/token"),
                Audience = "aud",
                Credentials = new CartoCredentials.ClientCredentials("login", new Sensitive("secret")),
                RequestsPerSecond = 1000,
                HttpApi = configure?.Invoke(api) ?? api,
                Answers = answers,
            }
        );
    }
}
