using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s;
using Operator.TestKit;
using Operator.TestKit.Faults;

namespace Operator.Runtime.Tests;

/// <summary>
/// Faults between the informer and the real API server. In each, nothing is lost and nothing spins: what the store holds in the end is
/// what the server holds, and the number of requests stays small.
/// </summary>
public sealed class FaultTests(KubernetesServer server) : ClusterTests(server)
{
    private static readonly InformerOptions Quick = new()
    {
        MinBackoff = TimeSpan.FromMilliseconds(100),
        MaxBackoff = TimeSpan.FromSeconds(1),
    };

    private FaultProxy _proxy = null!;
    private KubernetesApi _faulty = null!;
    private ResourceClient<Widget> _client = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _proxy = await FaultProxy.StartAsync(Server, Cancel);
        _faulty = new KubernetesApi(_proxy.CreateConfiguration());
        _client = _faulty.For(Widget.Definition);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _faulty.Dispose();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Watch_IsCutInTheMiddleOfALine_GoesOnWhereItWasWithoutAList()
    {
        _proxy.Once(IsWatch, Fail.CutWatchMidLine(1));
        var informer = await StartInformerAsync(_client, Quick);

        await CreateAsync("one", "two", "three");

        await AssertStoreIsTrueAsync(informer, 3);
        Assert.Equal(1, Count(IsList));
        Assert.InRange(Count(IsWatch), 2, 3);
    }

    [Fact]
    public async Task Watch_GoesSilentWithItsConnectionOpen_IsReplaced()
    {
        _proxy.Once(IsWatch, Fail.SilenceWatch(1));
        var informer = await StartInformerAsync(_client, Quick with { SilenceTimeout = TimeSpan.FromSeconds(2) });

        await CreateAsync("one", "two", "three");

        await AssertStoreIsTrueAsync(informer, 3);
        Assert.Equal(1, Count(IsList));
    }

    [Fact]
    public async Task Watch_HistoryIsGoneInTheStream_ListsAnew()
    {
        await CreateAsync("one");
        _proxy.Once(IsWatch, Fail.InjectIntoWatch(1, Fail.ExpiredEvent()));
        var informer = await StartInformerAsync(_client, Quick);

        await CreateAsync("two");

        await AssertStoreIsTrueAsync(informer, 2);
        await Eventually.TrueAsync(() => Count(IsList) == 2, "a second list", Cancel);
    }

    [Fact]
    public async Task List_HistoryIsGoneOnPageTwo_StartsOver()
    {
        await CreateAsync("one", "two", "three", "four", "five");
        using var rule = _proxy.Once(request => IsList(request) && IsLaterPage(request), Fail.Answer(HttpStatusCode.Gone, "Expired"));

        var informer = await StartInformerAsync(_client, Quick with { PageSize = 2 });

        await AssertStoreIsTrueAsync(informer, 5);
        Assert.Equal(1, rule.Hits);
        Assert.Equal(5, Count(IsList));
    }

    [Fact]
    public async Task Disconnected_ObjectsAreDeletedChangedAndCreated_AllIsMadeUpFor()
    {
        await CreateAsync("kept", "deleted", "changed");
        var informer = await StartInformerAsync(_client, Quick);
        var changes = new ConcurrentQueue<(ChangeKind, string)>();
        using var subscription = informer.Subscribe(change => changes.Enqueue((change.Kind, change.Key.Name)));
        await Eventually.TrueAsync(() => Count(IsWatch) == 1, "a watch", Cancel);

        using (_proxy.On(IsWatch, Fail.Answer(HttpStatusCode.Gone, "Expired")))
        {
            _proxy.IsDown = true;
            await Widgets.DeleteAsync(Key("deleted"), uid: null, Cancel);
            await Widgets.PatchAsync(Key("changed"), """{"spec":{"size":9}}"""u8.ToArray(), subresource: null, Cancel);
            await CreateAsync("created");
            _proxy.IsDown = false;
            await Eventually.TrueAsync(() => Count(IsList) >= 2, "a second list", Cancel);
        }

        await AssertStoreIsTrueAsync(informer, 3);
        await Eventually.TrueAsync(() => changes.Count >= 3, "three changes", Cancel);
        Assert.Equal(
            [(ChangeKind.Added, "created"), (ChangeKind.Deleted, "deleted"), (ChangeKind.Updated, "changed")],
            changes.OrderBy(change => change.Item2 == "changed").ThenBy(change => change.Item2)
        );
    }

    [Fact]
    public async Task OneOfTwoNamespaces_IsDisconnected_MakesUpForItsOwnAlone()
    {
        await using var other = await TestNamespace.CreateAsync(Server, Cancel);
        await using var third = await TestNamespace.CreateAsync(Server, Cancel);
        await CreateAsync("kept", "deleted");
        await Widgets.CreateAsync(Widget.Named(other.Name, "there"), Cancel);
        await Widgets.CreateAsync(Widget.Named(third.Name, "elsewhere"), Cancel);
        var informer = await StartInformerAsync(_client, Quick with { Namespaces = [Namespace, other.Name, Namespace] });
        Assert.Equal(["deleted", "kept", "there"], informer.Store.Items.Select(widget => widget.Metadata.Name).Order());
        await Eventually.TrueAsync(() => Count(IsWatch) == 2, "two watches", Cancel);

        using (
            _proxy.On(
                request => IsWatch(request) && request.Path.Contains(Namespace, StringComparison.Ordinal),
                Fail.Answer(HttpStatusCode.Gone, "Expired")
            )
        )
        {
            _proxy.IsDown = true;
            await Widgets.DeleteAsync(Key("deleted"), uid: null, Cancel);
            _proxy.IsDown = false;
            await Eventually.TrueAsync(() => Count(IsList) >= 3, "a list of the one namespace", Cancel);
        }

        await Eventually.TrueAsync(() => informer.Store.Count == 2, "the deletion", Cancel);
        await Widgets.DeleteAsync(new ObjectKey(other.Name, "there"), uid: null, Cancel);
        await Eventually.TrueAsync(() => informer.Store.Count == 1, "the deletion in the other one", Cancel);
        Assert.True(informer.Store.TryGet(Key("kept"), out _));
    }

    [Fact]
    public async Task OneOfTwoNamespaces_CannotBeListed_IsWaitedFor()
    {
        await using var other = await TestNamespace.CreateAsync(Server, Cancel);
        await Widgets.CreateAsync(Widget.Named(other.Name, "there"), Cancel);
        Task started;
        using (
            _proxy.On(
                request => request.Path.Contains(other.Name, StringComparison.Ordinal),
                Fail.Answer(HttpStatusCode.Forbidden, "Forbidden")
            )
        )
        {
            started = StartInformerAsync(_client, Quick with { Namespaces = [Namespace, other.Name] });
            await Eventually.TrueAsync(
                () => Count(request => IsList(request) && request.Path.Contains(other.Name, StringComparison.Ordinal)) > 1,
                "a second try",
                Cancel
            );
            Assert.False(started.IsCompleted);
        }

        await started;
        Assert.Contains(
            $"The server refuses to list or watch widgets in {other.Name}",
            Log.Lines.Tail(int.MaxValue),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task List_ServerAsksForAPause_IsLeftAloneForThatLong()
    {
        await CreateAsync("one");
        _proxy.Once(IsList, Fail.Answer(HttpStatusCode.TooManyRequests, "TooManyRequests", TimeSpan.FromSeconds(2)));

        var informer = await StartInformerAsync(_client, Quick);

        await AssertStoreIsTrueAsync(informer, 1);
        var lists = _proxy.Requests.Where(IsList).Select(request => request.At).ToList();
        Assert.Equal(2, lists.Count);

        // .NET's timers go by a clock that is some milliseconds coarse, and may end that much sooner.
        Assert.InRange(lists[1] - lists[0], TimeSpan.FromSeconds(1.9), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Server_FailsManyTimes_IsAskedAgainAtAPaceItCanBear()
    {
        await CreateAsync("one");
        _proxy.On(IsList, Fail.Answer(HttpStatusCode.InternalServerError, "InternalError"), times: 4);
        _proxy.On(IsWatch, Fail.Answer(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"), times: 4);

        var informer = await StartInformerAsync(_client, Quick);
        await CreateAsync("two");

        await AssertStoreIsTrueAsync(informer, 2);
        Assert.Equal(5, Count(IsList));
        Assert.Equal(5, Count(IsWatch));
        AssertPauses(_proxy.Requests.Where(IsList), 50, 100, 200, 400);
        AssertPauses(_proxy.Requests.Where(IsWatch), 50, 100, 200, 400);
    }

    [Fact]
    public async Task Object_ThatTheTypeCannotHold_IsSkippedAmongGoodOnes()
    {
        await CreateAsync("a-good");
        await CreateBadAsync("b-bad");
        await CreateAsync("c-good");
        var informer = await StartInformerAsync(_client, Quick);
        Assert.Equal(["a-good", "c-good"], Names(informer));

        await CreateBadAsync("d-bad");
        await CreateAsync("e-good");

        await Eventually.TrueAsync(() => Names(informer).SequenceEqual(["a-good", "c-good", "e-good"]), "the good ones", Cancel);
        Assert.Equal((1, 1), (Count(IsList), Count(IsWatch)));
    }

    [Fact]
    public async Task Object_MendedLater_Appears()
    {
        await CreateBadAsync("one");
        var informer = await StartInformerAsync(_client, Quick);

        await Widgets.PatchAsync(Key("one"), """{"spec":{"size":1}}"""u8.ToArray(), subresource: null, Cancel);

        await AssertStoreIsTrueAsync(informer, 1);
    }

    [Fact]
    public async Task Write_AnswerIsLost_ThrowsAndMayHaveTakenEffect()
    {
        _proxy.Once(request => request.Verb == "create", Fail.CutAfterEffect());

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => _client.CreateAsync(Widget.Named(Namespace, "one"), Cancel));

        Assert.True(exception is HttpRequestException or IOException, exception.ToString());
        Assert.NotNull(await Widgets.GetAsync(Key("one"), Cancel));
    }

    /// <summary>HttpClient lets this exception through if a connection is reset while it is made.</summary>
    [Fact]
    public async Task Call_SocketFailsWhileConnecting_IsAFailedRequest()
    {
        using var api = new KubernetesApi(_proxy.CreateConfiguration(), new Throwing(new SocketException((int)SocketError.NotConnected)));

        await Assert.ThrowsAsync<HttpRequestException>(() => api.For(Widget.Definition).GetAsync(Key("one"), Cancel));
    }

    [Fact]
    public async Task Call_NoAnswerInTime_IsATimeoutAndNotACancellation()
    {
        _proxy.Once(request => request.Verb == "get", Fail.Hold(out var hold));
        using var hasty = new KubernetesApi(
            _proxy.CreateConfiguration(),
            new KubernetesApiOptions { Timeout = TimeSpan.FromMilliseconds(300) },
            Time
        );

        await Assert.ThrowsAsync<TimeoutException>(() => hasty.For(Widget.Definition).GetAsync(Key("one"), Cancel));

        hold.Release();
    }

    [Fact]
    public async Task Refusal_FromSomethingThatIsNoKubernetes_SaysTheCodeAndNotTheBody()
    {
        _proxy.Once(request => request.Verb == "get", Fail.Answer(HttpStatusCode.BadGateway, "<html>internal-host-name</html>", []));

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() => _client.GetAsync(Key("one"), Cancel));

        Assert.Equal(HttpStatusCode.BadGateway, exception.StatusCode);
        Assert.DoesNotContain("internal-host-name", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconcile_CacheIsBehind_ConflictsAndThenSucceedsOnTheNewObject()
    {
        await CreateAsync("one");
        _proxy.Once(IsWatch, Fail.Hold(out var hold));
        var informer = await StartInformerAsync(_client, Quick);
        await Widgets.PatchAsync(Key("one"), """{"spec":{"size":7}}"""u8.ToArray(), subresource: null, Cancel);
        using var controller = new Controller<Widget>(
            "widgets",
            new SizeReporter(_client, informer),
            informer,
            new ControllerOptions(),
            Time,
            Logger
        );
        Run(controller.RunAsync);
        await Eventually.TrueAsync(() => _proxy.Requests.Any(request => request is { Verb: "patch", Status: 409 }), "a conflict", Cancel);

        hold.Release();

        await Eventually.GetAsync(
            token => Widgets.GetAsync(Key("one"), token),
            widget => widget?.Status?.Seen == 7,
            "the status of the new size",
            Cancel
        );
        Assert.DoesNotContain(Log.Lines.Since(0), line => line.Contains(" Error ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Storm_ConnectionsAreCutAllTheTime_TheStoreIsTrueInTheEnd()
    {
        var informer = await StartInformerAsync(_client, Quick with { PageSize = 7 });
        for (var round = 0; round < 12; round++)
        {
            for (var i = 0; i < 5; i++)
            {
                await CreateAsync($"r{round}-w{i}");
            }

            await Widgets.DeleteAsync(Key($"r{round}-w0"), uid: null, Cancel);
            switch (round % 4)
            {
                case 0:
                    _proxy.DropConnections();
                    break;
                case 1:
                    _proxy.Once(IsWatch, Fail.Answer(HttpStatusCode.Gone, "Expired"));
                    _proxy.DropConnections();
                    break;
                case 2:
                    _proxy.Once(IsWatch, Fail.CutWatchMidLine(2));
                    _proxy.DropConnections();
                    break;
                default:
                    // The informer catches up now and then, so that the next cut hits a watch that is at work.
                    await Eventually.TrueAsync(
                        () => informer.Store.TryGet(Key($"r{round}-w4"), out _),
                        "the last widget of the round",
                        Cancel
                    );
                    break;
            }
        }

        await AssertStoreIsTrueAsync(informer, 48);
        Assert.InRange(_proxy.Requests.Count, 3, 120);
    }

    private static bool IsWatch(ProxiedRequest request) => request is { Verb: "watch", Resource: "widgets" };

    private static bool IsList(ProxiedRequest request) => request is { Verb: "list", Resource: "widgets" };

    private static bool IsLaterPage(ProxiedRequest request) => request.Query.Contains("continue=", StringComparison.Ordinal);

    private static IEnumerable<string> Names(Informer<Widget> informer) =>
        informer.Store.Items.Select(widget => widget.Metadata.Name).Order();

    private static void AssertPauses(IEnumerable<ProxiedRequest> requests, params int[] atLeastMilliseconds)
    {
        var times = requests.Select(request => request.At).ToList();
        for (var i = 0; i < atLeastMilliseconds.Length; i++)
        {
            Assert.InRange((times[i + 1] - times[i]).TotalMilliseconds, atLeastMilliseconds[i], double.MaxValue);
        }
    }

    private int Count(Func<ProxiedRequest, bool> what) => _proxy.Requests.Count(what);

    private async Task CreateAsync(params string[] names)
    {
        foreach (var name in names)
        {
            await Widgets.CreateAsync(Widget.Named(Namespace, name), Cancel);
        }
    }

    private async Task CreateBadAsync(string name)
    {
        var bad = new JsonObject
        {
            ["apiVersion"] = "testing.example.com/v1",
            ["kind"] = "Widget",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
            ["spec"] = new JsonObject { ["size"] = "large" },
        };
        await Server.Client.CustomObjects.CreateNamespacedCustomObjectAsync(
            bad,
            "testing.example.com",
            "v1",
            Namespace,
            "widgets",
            cancellationToken: Cancel
        );
    }

    /// <summary>Waits until the store holds just what the server holds, in the same versions.</summary>
    private async Task AssertStoreIsTrueAsync(Informer<Widget> informer, int count)
    {
        var expected = (await Widgets.ListAsync(Namespace, labelSelector: null, Cancel)).Select(Describe).Order().ToList();
        Assert.Equal(count, expected.Count);
        await Eventually.GetAsync(
            _ => Task.FromResult(informer.Store.Items.Select(Describe).Order().ToList()),
            stored => stored.SequenceEqual(expected),
            $"the store to hold {string.Join(", ", expected)}",
            Cancel
        );
    }

    private static string Describe(Widget widget) => $"{widget.Metadata.Name}@{widget.Metadata.ResourceVersion}";

    private sealed class SizeReporter(ResourceClient<Widget> client, Informer<Widget> informer) : IReconciler<Widget>
    {
        private readonly StatusWriter<Widget, WidgetStatus> _status = new(
            client,
            informer,
            widget => widget.Status,
            WidgetJsonContext.Default.WidgetStatus
        );

        public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            if (informer.Store.TryGet(key, out var widget))
            {
                await _status.WriteAsync(widget, new WidgetStatus { Seen = widget.Spec.Size }, cancellationToken);
            }

            return new Settled(null);
        }
    }

    private sealed class Throwing(Exception exception) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(exception);
    }
}
