using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Operator.Carto.Tests.Stubs;

namespace Operator.Carto.Tests.Http;

/// <summary>A call on its way through HTTP: what is sent, and what becomes of answers that are no good.</summary>
public sealed class CallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.MethodNotAllowed)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.OK)]
    public async Task Connect_ServerWithoutDiscovery_FallsBackToTheHandshake(HttpStatusCode discovery)
    {
        var server = new StubMcp { Discovery = discovery };
        if (discovery == HttpStatusCode.OK)
        {
            server.Instead = (_, name) =>
                name == "server/discover"
                    ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("hello") })
                    : null;
        }

        await using var account = server.Account();
        var info = await account.ConnectAsync(Token);
        await account.Clients.ListAsync(Token);

        Assert.Equal(("stub 1", "ac 1"), (info.Server, info.AccountId));
        Assert.Equal(["token", "server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call"], server.Asked);
    }

    [Fact]
    public async Task Request_ToTheApi_BearsTokenAndNameAndGoesToTheAccountsAddress()
    {
        var server = new StubMcp();
        await using var account = server.Account();

        await account.Clients.ListAsync(Token);

        var (token, call) = (server.Server.Requests[0], server.Server.Requests[^1]);
        Assert.Equal("https://api.example.com/api/mcp/ac%201", call.Url.AbsoluteUri);
        Assert.Contains("Authorization: Bearer e30.", call.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", token.Headers, StringComparison.Ordinal);
        Assert.All(server.Server.Requests, request =>
            Assert.Contains("User-Agent: carto-operator/", request.Headers, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Call_SessionEnded_IsMadeOnceMoreInANewOne()
    {
        var server = new StubMcp();
        await using var account = server.Account();
        await account.ConnectAsync(Token);
        server.Tool = _ => """{"clientId":"a","clientSecret":"s"}""";
        server.Instead = (request, name) =>
            name == "tools/call" && request.Headers.Contains("session-1", StringComparison.Ordinal)
                ? Task.FromResult(StubHandler.Json("{}", HttpStatusCode.NotFound))
                : null;

        var client = await account.Clients.CreateAsync("etl", Token);

        Assert.Equal("a", client.Id);
        Assert.Equal(2, server.Sessions);
    }

    [Fact]
    public async Task Call_SessionsThatEndAtOnce_FailsWithoutEffect()
    {
        var server = new StubMcp
        {
            Instead = (_, name) => name == "tools/call" ? Task.FromResult(StubHandler.Json("{}", HttpStatusCode.NotFound)) : null,
        };
        await using var account = server.Account();

        var error = await FailAsync(() => account.Clients.CreateAsync("etl", Token));

        Assert.Equal((CartoErrorKind.Transient, false, 2), (error.Kind, error.MayHaveTakenEffect, server.Sessions));
    }

    [Fact]
    public async Task Call_RefusedTwice_RenewsTheTokenOnce()
    {
        var server = new StubMcp();
        await using var account = server.Account();
        await account.ConnectAsync(Token);
        server.Instead = (_, name) =>
            name == "tools/call" ? Task.FromResult(StubHandler.Json("""{"error":"no"}""", HttpStatusCode.Unauthorized)) : null;

        var error = await FailAsync(() => account.Clients.DeleteAsync("a", Token));

        Assert.Equal((CartoErrorKind.Unauthorized, CartoStage.Api, false), (error.Kind, error.Stage, error.MayHaveTakenEffect));
        Assert.Equal(["tools/call", "token", "tools/call"], server.Asked.TakeLast(3));
        Assert.Equal(2, server.Server.Requests[^1].Headers.Split("carto-operator").Length);
    }

    [Fact]
    public async Task Delete_TwoIds_IsMadeWithTheOneThatTheToolMeans()
    {
        var live = new HashSet<string> { "own-1" };
        var server = new StubMcp
        {
            Tool = arguments =>
                (string?)arguments["method"] switch
                {
                    "list" => new JsonArray([
                        new JsonObject { ["clientId"] = "id" },
                        .. live.Select(id => new JsonObject { ["id"] = id, ["clientId"] = $"client-{id}" }),
                    ]).ToJsonString(),
                    _ => live.Remove((string)arguments["id"]!) ? "{}" : """{"success":false,"error":"OAuth client not found"}""",
                },
        };
        await using var account = server.Account();

        // Not known yet to have two: CARTO finds none under the client ID, and lists it.
        await account.Clients.DeleteAsync("client-own-1", Token);

        Assert.Empty(live);
        var error = await FailAsync(() => account.Clients.DeleteAsync("client-own-1", Token));
        Assert.Equal(CartoErrorKind.NotFound, error.Kind);
    }

    [Theory]
    [InlineData("""{"success":false,"error":"OAuth client not found"}""")]
    [InlineData("No client with that id")]
    [InlineData("""{"error":"client not found","status":500}""")]
    public async Task DeleteAndGet_SaidToBeGone_AreHintsThatCostNoList(string words)
    {
        var server = new StubMcp
        {
            Tool = arguments => (string?)arguments["method"] == "list" ? """[{"clientId":"a"},{"clientId":"id"}]""" : words,
        };
        await using var account = server.Account();
        await account.Clients.ListAsync(Token);

        Assert.Equal(CartoErrorKind.NotFound, (await FailAsync(() => account.Clients.DeleteAsync("a", Token))).Kind);
        Assert.Null(await account.Clients.GetAsync("a", Token));
        Assert.Equal(3, server.Asked.Count(name => name == "tools/call"));
    }

    [Fact]
    public async Task Delete_GoneByTheWrongOfTwoIds_IsRepeatedWithTheRightOne()
    {
        List<string?> deleted = [];
        var server = new StubMcp
        {
            Tool = arguments =>
            {
                if ((string?)arguments["method"] == "list")
                {
                    return """[{"id":"7","clientId":"a"},{"clientId":"id"}]""";
                }

                deleted.Add((string?)arguments["id"]);
                return deleted[^1] == "7" ? """{"deleted":true}""" : "No client with that id";
            },
        };
        await using var account = server.Account();

        await account.Clients.DeleteAsync("a", Token);

        Assert.Equal(["a", "7"], deleted);
        Assert.Equal(CartoErrorKind.NotFound, (await FailAsync(() => account.Clients.DeleteAsync("b", Token))).Kind);
    }

    [Fact]
    public async Task Connect_ProtocolOfAnotherVersion_SaysSo()
    {
        var server = new StubMcp
        {
            Instead = (request, name) =>
                name == "initialize"
                    ? Task.FromResult(
                        StubMcp.Result(
                            request,
                            System.Text.Json.Nodes.JsonNode.Parse(
                                """{"protocolVersion":"2031-01-01","capabilities":{"tools":{}},"serverInfo":{"name":"stub","version":"1"}}"""
                            )!
                        )
                    )
                    : null,
        };
        await using var account = server.Account();

        var error = await FailAsync(() => account.ConnectAsync(Token));

        Assert.Equal(CartoErrorKind.Unsupported, error.Kind);
        Assert.Contains("version of the protocol", error.Message, StringComparison.Ordinal);
        Assert.Contains("2031-01-01", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("text/plain", "ok")]
    public async Task Connect_NotificationAnsweredWithAnything_Works(string? type, string body)
    {
        var server = new StubMcp
        {
            Instead = (_, name) =>
                name == "notifications/initialized"
                    ? Task.FromResult(
                        new HttpResponseMessage(HttpStatusCode.OK)
                        {
                            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body))
                            {
                                Headers = { ContentType = type is null ? null : new(type) },
                            },
                        }
                    )
                    : null,
        };
        await using var account = server.Account();

        Assert.Equal("MCP", (await account.ConnectAsync(Token)).ApiKind);
        Assert.Contains("notifications/initialized", server.Asked);
    }

    [Fact]
    public async Task Call_AnswersThatBeginWithAByteOrderMark_AreRead()
    {
        var server = new StubMcp { Tool = _ => "\uFEFF[{\"clientId\":\"id\"}]" };
        server.Instead = (request, name) =>
            name == "tools/list"
                ? Task.FromResult(
                    Marked(
                        StubMcp.Result(
                            request,
                            new System.Text.Json.Nodes.JsonObject { ["tools"] = System.Text.Json.Nodes.JsonNode.Parse(StubMcp.Tools) }
                        )
                    )
                )
                : null;
        await using var account = server.Account();

        Assert.Equal("id", Assert.Single((await account.Clients.ListAsync(Token)).Clients).Id);

        static HttpResponseMessage Marked(HttpResponseMessage response)
        {
            var body = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            response.Content = new ByteArrayContent([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(body)])
            {
                Headers = { ContentType = new("application/json") },
            };
            return response;
        }
    }

    [Theory]
    [InlineData("""{"clientId":"b","clientSecret":"s"}""")]
    [InlineData("""[{"clientId":"b","clientSecret":"s"}]""")]
    public async Task Get_AnsweredWithAnotherClient_IsNotTheOneAskedFor(string answer)
    {
        var server = new StubMcp { Tool = _ => answer };
        await using var account = server.Account();

        var error = await FailAsync(() => account.Clients.GetAsync("a", Token));

        Assert.Equal((CartoErrorKind.Transient, false), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("another client", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_OddEntry_HidesNoOther()
    {
        var server = new StubMcp
        {
            Tool = _ => """{"oauth_clients":[{"clientId":"a"},{"title":"odd"},{"clientId":"b","secret":"****"}]}""",
        };
        await using var account = server.Account();

        var list = await account.Clients.ListAsync(Token);

        Assert.Equal(["a", "b"], list.Clients.Select(client => client.Id));
        Assert.Null(list.Clients[1].Secret);
        Assert.Equal("1 of 3 entries of the list of clients hold no client ID.", list.Gap);
    }

    [Fact]
    public async Task Call_BodyThatStalls_EndsAtTheLimit()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var body = new ScriptedStream("event: message\ndata: {"u8.ToArray());
        var error = await FailWithBodyAsync(body, time, async () =>
        {
            await body.Reached.Soon();
            time.Advance(TimeSpan.FromSeconds(31));
        });

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("did not answer within", error.Message, StringComparison.Ordinal);
        Assert.True(body.IsDisposed);
    }

    [Fact]
    public async Task Call_EventsWithoutEnd_EndAtTheLimitOfSize()
    {
        var body = new ScriptedStream(Encoding.UTF8.GetBytes($": {new string('x', 60_000)}\n\n"));

        var error = await FailWithBodyAsync(body);

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("larger than 50000 bytes", error.Message, StringComparison.Ordinal);
        Assert.True(body.IsDisposed);
    }

    [Fact]
    public async Task Call_ConnectionResetInTheBody_MayHaveTakenEffect()
    {
        var body = new ScriptedStream("event: message\ndata: {"u8.ToArray(), new IOException("reset"));

        var error = await FailWithBodyAsync(body);

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains("broke before the answer was complete", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", "<html>", "text/html instead of JSON")]
    [InlineData("application/json", "", "not one of an MCP server")]
    [InlineData("application/json", "{}", "not one of an MCP server")]
    [InlineData("application/json", """{"jsonrpc":"2.0","id":987654,"result":{}}""", "not one of an MCP server")]
    [InlineData("text/event-stream", "event: message\n\n", "not one of an MCP server")]
    public async Task Create_AnswerThatIsNone_MayHaveTakenEffect(string type, string body, string words)
    {
        var server = new StubMcp
        {
            Instead = (_, name) =>
                name == "tools/call"
                    ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, type) })
                    : null,
        };
        await using var account = server.Account();

        var error = await FailAsync(() => account.Clients.CreateAsync("etl", Token));

        Assert.Equal((CartoErrorKind.Transient, true), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Exception, bool, string> NetworkFailures =>
        new()
        {
            { "reset while connecting", new SocketException((int)SocketError.NotConnected), true, "broke before the answer was complete" },
            { "dns", new HttpRequestException(HttpRequestError.NameResolutionError), false, "cannot be resolved" },
            {
                "refused",
                new HttpRequestException(HttpRequestError.ConnectionError, null, new SocketException((int)SocketError.ConnectionRefused)),
                false,
                "refuses connections"
            },
            {
                "no route",
                new HttpRequestException(HttpRequestError.ConnectionError, null, new SocketException((int)SocketError.NetworkUnreachable)),
                false,
                "no route"
            },
            { "connect timeout", new TaskCanceledException("x", new TimeoutException()), false, "does not answer" },
            { "proxy", new HttpRequestException(HttpRequestError.ProxyTunnelError), false, "proxy" },
            { "handshake", new HttpRequestException(HttpRequestError.SecureConnectionError, null, new IOException()), false, "TLS" },
            { "ended", new HttpRequestException(HttpRequestError.ResponseEnded), true, "broke" },
            { "protocol", new HttpRequestException(HttpRequestError.HttpProtocolError), true, "broke" },
            { "unknown", new HttpRequestException("x", new IOException()), true, "broke" },
            { "io", new IOException(), true, "broke" },
        };

    [Theory]
    [MemberData(nameof(NetworkFailures))]
    public async Task Create_NetworkFails_SaysWhetherItWasSent(string name, Exception failure, bool mayHaveTakenEffect, string words)
    {
        var server = new StubMcp();
        server.Instead = (_, method) => method == "tools/call" ? Task.FromException<HttpResponseMessage>(failure) : null;
        await using var account = server.Account();

        var error = await FailAsync(() => account.Clients.CreateAsync(name, Token));

        Assert.Equal((CartoErrorKind.Transient, mayHaveTakenEffect), (error.Kind, error.MayHaveTakenEffect));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("api.example.com", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ErrorOfTheProgram_IsNotDressedUp()
    {
        var server = new StubMcp();
        server.Instead = (_, name) =>
            name == "tools/call" ? Task.FromException<HttpResponseMessage>(new NotSupportedException("a bug")) : null;
        await using var account = server.Account();

        await Assert.ThrowsAsync<NotSupportedException>(() => account.Clients.ListAsync(Token));
    }

    private static async Task<CartoError> FailWithBodyAsync(ScriptedStream body, TimeProvider? time = null, Func<Task>? meanwhile = null)
    {
        var server = new StubMcp();
        server.Instead = (_, name) =>
        {
            if (name != "tools/call")
            {
                return null;
            }

            var content = new StreamContent(body);
            content.Headers.ContentType = new("text/event-stream");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        };
        await using var account = server.Account(time, options => options with { MaxResponseBytes = 50_000 });
        var call = account.Clients.CreateAsync("etl", Token);
        await (meanwhile?.Invoke() ?? Task.CompletedTask);
        return await FailAsync(() => call);
    }

    private static async Task<CartoError> FailAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<CartoException>(() => call().Soon())).Error;

    /// <summary>A body that gives some bytes, and then fails, or nothing more.</summary>
    private sealed class ScriptedStream(byte[] bytes, Exception? then = null) : Stream
    {
        private readonly TaskCompletionSource _reached = new();
        private int _at;

        public Task Reached => _reached.Task;

        public bool IsDisposed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _at;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, bytes.Length - _at);
            if (count > 0)
            {
                bytes.AsMemory(_at, count).CopyTo(buffer);
                _at += count;
                return count;
            }

            _reached.TrySetResult();
            if (then is not null)
            {
                throw then;
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
