using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Operator.TestKit.Faults;

namespace Operator.TestKit.Tests.Faults;

public sealed class FaultProxyTests(KubernetesServer server) : IAsyncLifetime
{
    private FaultProxy _proxy = null!;
    private TestNamespace _ns = null!;
    private Kubernetes _client = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Collection => $"api/v1/namespaces/{_ns.Name}/configmaps";

    public async ValueTask InitializeAsync()
    {
        _ns = await TestNamespace.CreateAsync(server, Token);
        _proxy = await FaultProxy.StartAsync(server, Token);
        var configuration = _proxy.CreateConfiguration();
        _client = new Kubernetes(configuration);
        _http = new HttpClient { BaseAddress = _proxy.Address };
        _http.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse($"Bearer {configuration.AccessToken}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _ns.DisposeAsync();
    }

    [Fact]
    public async Task Requests_WithoutRules_PassAndAreRecorded()
    {
        await CreateAsync("a");
        await _client.CoreV1.ReadNamespacedConfigMapAsync("a", _ns.Name, cancellationToken: Token);
        await _client.CoreV1.ListNamespacedConfigMapAsync(_ns.Name, limit: 5, cancellationToken: Token);
        await _client.CoreV1.DeleteNamespacedConfigMapAsync("a", _ns.Name, cancellationToken: Token);

        Assert.Equal(["create", "get", "list", "delete"], _proxy.Requests.Select(r => r.Verb));
        Assert.All(_proxy.Requests, r => Assert.Equal(("", _ns.Name, "configmaps"), (r.Group, r.Namespace, r.Resource)));
        Assert.Equal([201, 200, 200, 200], _proxy.Requests.Select(r => r.Status));
        Assert.Contains("limit=5", _proxy.Requests[2].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_OfAServiceAccount_KeepItsIdentity()
    {
        var account = await _ns.CreateServiceAccountAsync("nobody", Token);
        using var client = new Kubernetes(_proxy.CreateConfiguration(account));

        var refused = await Assert.ThrowsAsync<HttpOperationException>(() =>
            client.CoreV1.ListNamespacedSecretAsync(_ns.Name, cancellationToken: Token)
        );

        Assert.Contains($"system:serviceaccount:{_ns.Name}:nobody", refused.Response.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_WithEscapesInTheirPath_ArriveAsTheyWereSent()
    {
        await _client.RbacAuthorizationV1.CreateNamespacedRoleAsync(
            new V1Role
            {
                Metadata = new V1ObjectMeta { Name = "a:b" },
                Rules = [],
            },
            _ns.Name,
            cancellationToken: Token
        );

        using var answer = await _http.GetAsync($"apis/rbac.authorization.k8s.io/v1/namespaces/{_ns.Name}/roles/a%3Ab?pretty=a%26b", Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            ("roles", "a:b", "?pretty=a%26b"),
            (_proxy.Requests[^1].Resource, _proxy.Requests[^1].Name, _proxy.Requests[^1].Query)
        );
    }

    [Fact]
    public async Task Answer_TooManyRequestsOnce_IsAnsweredOnceAndThenNoMore()
    {
        using var rule = _proxy.Once(
            r => r is { Verb: "list", Resource: "configmaps" },
            Fail.Answer(HttpStatusCode.TooManyRequests, "TooManyRequests", retryAfter: TimeSpan.FromSeconds(3))
        );

        using var first = await _http.GetAsync(Collection, Token);
        using var second = await _http.GetAsync(Collection, Token);

        Assert.Equal(HttpStatusCode.TooManyRequests, first.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), first.Headers.RetryAfter?.Delta);
        var status = KubernetesJson.Deserialize<V1Status>(await first.Content.ReadAsStringAsync(Token));
        Assert.Equal(("Failure", "TooManyRequests", 429), (status.Status, status.Reason, status.Code));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task Answer_GoneOnPageTwo_LeavesPageOneAlone()
    {
        await CreateAsync("a");
        await CreateAsync("b");
        _proxy.On(r => r.Query.Contains("continue=", StringComparison.Ordinal), Fail.Answer(HttpStatusCode.Gone, "Expired"));

        var page = await _client.CoreV1.ListNamespacedConfigMapAsync(_ns.Name, limit: 1, cancellationToken: Token);
        var gone = await Assert.ThrowsAsync<HttpOperationException>(() =>
            _client.CoreV1.ListNamespacedConfigMapAsync(
                _ns.Name,
                limit: 1,
                continueParameter: page.Metadata.ContinueProperty,
                cancellationToken: Token
            )
        );

        Assert.Equal(HttpStatusCode.Gone, gone.Response.StatusCode);
    }

    [Fact]
    public async Task Rules_InOrder_TheFirstThatIsNotUsedUpIsApplied()
    {
        _proxy.Once(r => r.Verb == "list", Fail.Answer(HttpStatusCode.InternalServerError, "InternalError"));
        var second = _proxy.On(r => r.Verb == "list", Fail.Answer(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"));

        var statuses = new List<HttpStatusCode> { await StatusAsync(), await StatusAsync() };
        second.Dispose();
        statuses.Add(await StatusAsync());

        Assert.Equal([HttpStatusCode.InternalServerError, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK], statuses);

        async Task<HttpStatusCode> StatusAsync()
        {
            using var answer = await _http.GetAsync(Collection, Token);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task CutBeforeEffect_Create_FailsAndNothingExists()
    {
        _proxy.Once(r => r.Verb == "create", Fail.CutBeforeEffect());

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => CreateAsync("a"));

        Assert.DoesNotContain("a", await NamesOnTheServerAsync());
        Assert.Equal(0, _proxy.Requests[0].Status);
    }

    [Fact]
    public async Task CutAfterEffect_Create_FailsAndTheObjectExists()
    {
        _proxy.Once(r => r.Verb == "create", Fail.CutAfterEffect());

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => CreateAsync("a"));

        Assert.Contains("a", await NamesOnTheServerAsync());
    }

    [Fact]
    public async Task Hold_Create_HasNoEffectUntilReleased()
    {
        _proxy.Once(r => r.Verb == "create", Fail.Hold(out var hold));

        var create = CreateAsync("a");
        await hold.Arrived.WaitAsync(Token);
        var before = await NamesOnTheServerAsync();
        hold.Release();
        await create;

        Assert.DoesNotContain("a", before);
        Assert.Contains("a", await NamesOnTheServerAsync());
    }

    [Fact]
    public async Task HoldAnswer_Create_HasItsEffectBeforeTheAnswer()
    {
        _proxy.Once(r => r.Verb == "create", Fail.HoldAnswer(out var hold));

        var create = CreateAsync("a");
        await hold.Arrived.WaitAsync(Token);

        Assert.Contains("a", await NamesOnTheServerAsync());
        Assert.False(create.IsCompleted);
        hold.Release();
        await create;
    }

    [Fact]
    public async Task Rewrite_OneItemOfAList_ReachesTheClientAsChanged()
    {
        await CreateAsync("a");
        _proxy.Once(r => r.Verb == "list", Fail.Rewrite(list => list["items"]![0]!["data"] = "no map"));

        var spoilt = await _http.GetStringAsync(Collection, Token);

        Assert.Contains("\"data\":\"no map\"", spoilt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_WithoutRules_DeliversEachEventWhenItHappens()
    {
        using var watch = await WatchAsync();

        await CreateAsync("a");
        var first = await watch.ReadLineAsync(Token);
        await CreateAsync("b");
        var second = await watch.ReadLineAsync(Token);

        Assert.Contains("\"name\":\"a\"", first, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"b\"", second, StringComparison.Ordinal);
        Assert.Equal("watch", _proxy.Requests.First(r => r.Resource == "configmaps" && r.Verb != "list").Verb);
    }

    [Fact]
    public async Task CutWatchMidLine_AfterTwoEvents_DeliversTwoWholeLinesAndBreaks()
    {
        _proxy.Once(r => r.Verb == "watch", Fail.CutWatchMidLine(afterEvents: 2));
        using var watch = await WatchAsync();

        foreach (var name in new[] { "a", "b", "c" })
        {
            await CreateAsync(name);
        }

        Assert.Contains("\"name\":\"a\"", await watch.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Contains("\"name\":\"b\"", await watch.ReadLineAsync(Token), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => watch.ReadLineAsync(Token).AsTask());
    }

    [Fact]
    public async Task CutWatchAfterBytes_DeliversSoManyAndBreaks()
    {
        _proxy.Once(r => r.Verb == "watch", Fail.CutWatchAfterBytes(10));
        using var watch = await WatchAsync();
        await CreateAsync("a");

        var received = new char[10];
        await watch.ReadBlockAsync(received, Token);

        Assert.Equal("{\"type\":\"A", new string(received));
        await Assert.ThrowsAnyAsync<IOException>(() => watch.ReadAsync(new char[1], Token).AsTask());
    }

    [Fact]
    public async Task SilenceWatch_AfterOneEvent_DeliversNoOtherAndStaysOpen()
    {
        _proxy.Once(r => r.Verb == "watch", Fail.SilenceWatch(afterEvents: 1));
        using var silent = await WatchAsync();
        using var other = await WatchAsync();
        await CreateAsync("a");
        await silent.ReadLineAsync(Token);

        await CreateAsync("b");
        await other.ReadLineAsync(Token);
        await other.ReadLineAsync(Token); // the other watch has the second event: the silent one has missed it
        var next = silent.ReadLineAsync(Token).AsTask();
        var early = await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token));

        Assert.NotSame(next, early);
        _proxy.DropConnections();
        await Assert.ThrowsAnyAsync<IOException>(() => next);
    }

    [Fact]
    public async Task InjectIntoWatch_ExpiredEvent_ComesBetweenTheServersOwn()
    {
        _proxy.Once(r => r.Verb == "watch", Fail.InjectIntoWatch(afterEvents: 1, Fail.ExpiredEvent()));
        using var watch = await WatchAsync();
        await CreateAsync("a");
        await CreateAsync("b");

        Assert.Contains("\"name\":\"a\"", await watch.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Contains("\"code\":410", await watch.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Contains("\"name\":\"b\"", await watch.ReadLineAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DropConnections_OpenWatch_BreaksAndTheNextRequestWorks()
    {
        using var watch = await WatchAsync();

        _proxy.DropConnections();

        await Assert.ThrowsAnyAsync<IOException>(() => watch.ReadLineAsync(Token).AsTask());
        await CreateAsync("a");
    }

    [Fact]
    public async Task IsDown_RequestsFailUntilItIsUpAgain()
    {
        await CreateAsync("a");

        _proxy.IsDown = true;
        // .NET lets the exception of a socket through that is closed while it connects.
        Assert.True(await Record.ExceptionAsync(() => CreateAsync("b")) is HttpRequestException or SocketException);
        _proxy.IsDown = false;

        // The client may still hold a connection that was cut without having noticed.
        await Eventually.AssertAsync(token => _http.GetStringAsync(Collection, token), Token);
        Assert.DoesNotContain("b", await NamesOnTheServerAsync());
    }

    private Task<V1ConfigMap> CreateAsync(string name) =>
        _client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = new V1ObjectMeta { Name = name } },
            _ns.Name,
            cancellationToken: Token
        );

    private async Task<IEnumerable<string>> NamesOnTheServerAsync() =>
        (await server.Client.CoreV1.ListNamespacedConfigMapAsync(_ns.Name, cancellationToken: Token)).Items.Select(m => m.Name());

    /// <summary>Opens a watch through the proxy that begins now.</summary>
    private async Task<StreamReader> WatchAsync()
    {
        var now = await server.Client.CoreV1.ListNamespacedConfigMapAsync(_ns.Name, cancellationToken: Token);
        var answer = await _http.GetAsync(
            $"{Collection}?watch=true&resourceVersion={now.Metadata.ResourceVersion}",
            HttpCompletionOption.ResponseHeadersRead,
            Token
        );
        return new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Token));
    }
}
