using System.Net;
using System.Threading.Channels;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

public sealed class ControllerTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestLog _log = new();
    private readonly ILogger _logger;
    private readonly ScriptedApi _script = new();
    private readonly Script _reconciler = new();
    private readonly List<Task> _running = [];
    private Informer<Widget> _informer = null!;
    private Controller<Widget> _controller = null!;
    private int _version = 100;

    public ControllerTests() => _logger = _log.CreateFactory().CreateLogger("test");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ReconcileResult Done { get; } = new Settled(RequeueAfter: null);

    private ControllerOptions Options { get; set; } = new() { MaxConcurrentReconciles = 1 };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await AdvanceUntilStoppedAsync(TimeSpan.FromSeconds(1));
        _controller.Dispose();
        _script.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_ObjectsThatExist_AreAllReconciledOnce()
    {
        await StartAsync(ScriptedApi.Widget("one", 1), ScriptedApi.Widget("two", 2));

        var seen = new[] { await NextAsync(), await NextAsync() };

        Assert.Equal(["one", "two"], seen.Order());
        await AssertQuietAsync();
    }

    [Fact]
    public async Task Run_OneOfTheInformersHasNotSynced_WaitsForIt()
    {
        using var script = new ScriptedApi();
        script.List("not a list").List(5);
        var others = InformerOf(script);
        _running.Add(others.RunAsync(_stop.Token));
        _script.List(5, ScriptedApi.Widget("one", 1));
        Start(controller => controller.Watch(others, _ => []));
        await Eventually.TrueAsync(() => _informer.HasSynced && script.Requests.Count == 1, "the first lists", Cancel);
        Assert.False(Started);

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return others.HasSynced;
            },
            "the second list",
            Cancel
        );

        Assert.Equal("one", await NextAsync());
    }

    [Theory]
    [InlineData("generation")]
    [InlineData("label")]
    [InlineData("annotation")]
    [InlineData("owner")]
    [InlineData("deletion")]
    [InlineData("finalizer removed")]
    [InlineData("uid")]
    public async Task Change_OfWhatSomebodyElseDecides_Triggers(string what)
    {
        await StartWithOneAsync(""","finalizers":["a","b"]""");

        Edit(metadata =>
        {
            metadata.Finalizers = what == "finalizer removed" ? ["a"] : ["a", "b"];
            switch (what)
            {
                case "generation":
                    metadata.Generation = 2;
                    break;
                case "label":
                    metadata.Labels = new Dictionary<string, string> { ["a"] = "b" };
                    break;
                case "annotation":
                    metadata.Annotations = new Dictionary<string, string> { ["a"] = "b" };
                    break;
                case "owner":
                    metadata.OwnerReferences = [new V1OwnerReference { Name = "boss" }];
                    break;
                case "deletion":
                    metadata.DeletionTimestamp = _time.GetUtcNow().UtcDateTime;
                    break;
                case "uid":
                    metadata.Uid = "another";
                    break;
            }
        });

        Assert.Equal("one", await NextAsync());
    }

    [Fact]
    public async Task Change_OfStatusOrOfAnAddedFinalizer_DoesNotTrigger()
    {
        await StartWithOneAsync();

        Edit(_ => { }, new WidgetStatus { Phase = "Ready" });
        Edit(metadata => metadata.Finalizers = ["a"], new WidgetStatus { Phase = "Ready" });

        await AssertQuietAsync();
    }

    [Fact]
    public async Task Change_IsWhatWasWrittenHere_DoesNotTrigger()
    {
        await StartWithOneAsync();

        _informer.Observe(Edited(metadata => metadata.Annotations = new Dictionary<string, string> { ["a"] = "b" }));

        await AssertQuietAsync();
    }

    [Fact]
    public async Task Change_BySomebodyElseAfterAWriteOfOurs_Triggers()
    {
        await StartWithOneAsync();
        _informer.Observe(Edited(metadata => metadata.Annotations = new Dictionary<string, string> { ["a"] = "b" }));

        Edit(metadata => metadata.Annotations = new Dictionary<string, string> { ["a"] = "c" });

        Assert.Equal("one", await NextAsync());
    }

    [Fact]
    public async Task Change_ObjectIsDeleted_Triggers()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        var watch = _script.Watch();
        await StartAndSyncAsync();
        await NextAsync();

        await watch.SayAsync(ScriptedApi.Event("DELETED", ScriptedApi.Widget("one", 6)));

        Assert.Equal("one", await NextAsync());
        Assert.Equal(0, _informer.Store.Count);
    }

    [Fact]
    public async Task Change_WhileTheObjectIsReconciled_TriggersOnceMore()
    {
        var release = new TaskCompletionSource();
        _reconciler.Answer = async _ =>
        {
            await release.Task;
            return new Settled(null);
        };
        await StartAsync(ScriptedApi.Widget("one", 1));
        await NextAsync();

        Edit(metadata => metadata.Generation = 2);
        Edit(metadata => metadata.Generation = 3);
        release.SetResult();

        Assert.Equal("one", await NextAsync());
        await AssertQuietAsync();
    }

    [Fact]
    public async Task Settled_WithATime_IsRequeuedThen()
    {
        _reconciler.Answer = _ => Task.FromResult<ReconcileResult>(new Settled(TimeSpan.FromMinutes(10)));
        await StartWithOneAsync();

        _time.Advance(TimeSpan.FromMinutes(9));
        await AssertQuietAsync();
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("one", await NextAsync());
    }

    [Fact]
    public async Task Waiting_WithATime_IsRequeuedThen()
    {
        _reconciler.Answer = _ => Task.FromResult<ReconcileResult>(new Waiting("Later", TimeSpan.FromSeconds(3)));
        await StartWithOneAsync();

        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal("one", await NextAsync());
    }

    [Theory]
    [InlineData(WorkPriority.Background, "changed meanwhile", "waited")]
    [InlineData(WorkPriority.Fresh, "waited", "changed meanwhile")]
    public async Task Waiting_WithATime_ComesBackWithThePriorityThatItHad(WorkPriority priority, string first, string second)
    {
        await StartAsync();
        _reconciler.Answer = _ => Task.FromResult<ReconcileResult>(new Waiting("Later", TimeSpan.FromSeconds(3)));
        _controller.Enqueue(new ObjectKey("ns", "waited"), priority);
        await NextAsync();
        await IdleAsync();
        var busy = new TaskCompletionSource<ReconcileResult>();
        _reconciler.Answer = _ => busy.Task;
        _controller.Enqueue(new ObjectKey("ns", "busy"), WorkPriority.Fresh);
        await NextAsync();

        _time.Advance(TimeSpan.FromSeconds(3));
        _controller.Enqueue(new ObjectKey("ns", "changed meanwhile"), WorkPriority.Fresh);
        _reconciler.Answer = _ => Task.FromResult(Done);
        busy.SetResult(Done);

        Assert.Equal([first, second], [await NextAsync(), await NextAsync()]);
    }

    [Fact]
    public async Task Stalled_IsRequeuedAfterTheIntervalOfTheOptions()
    {
        Options = Options with { StalledInterval = TimeSpan.FromMinutes(30) };
        _reconciler.Answer = _ => Task.FromResult<ReconcileResult>(new Stalled("Broken", "Mend it."));
        await StartWithOneAsync();

        _time.Advance(TimeSpan.FromMinutes(29));
        await AssertQuietAsync();
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("one", await NextAsync());
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("waiting, asked for no pause")]
    [InlineData("error")]
    public async Task Failure_OverAndOver_IsRetriedForEverMoreAndMoreSlowly(string how)
    {
        _reconciler.Answer = _ =>
            how == "error"
                ? throw new InvalidOperationException("boom")
                : Task.FromResult<ReconcileResult>(new Waiting("Someone", how == "waiting" ? null : TimeSpan.Zero));
        await StartWithOneAsync();
        var failures = 1;
        while (_time.GetUtcNow() - _time.Start < TimeSpan.FromHours(1))
        {
            await IdleAsync();
            _time.Advance(TimeSpan.FromSeconds(10));
            await IdleAsync();
            while (_reconciler.Calls.TryRead(out _))
            {
                failures++;
            }
        }

        // Doubling from 0.2 s to the cap of 5 min, and then at least once in 5 min; jitter makes it up to twice as many.
        Assert.InRange(failures, 12, 36);
    }

    [Fact]
    public async Task Failure_ThenSuccess_ForgetsTheBackoff()
    {
        var failing = true;
        _reconciler.Answer = _ => failing ? throw new InvalidOperationException("boom") : Task.FromResult(Done);
        await StartWithOneAsync();
        for (var i = 0; i < 6; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            await NextAsync();
            await IdleAsync();
        }

        failing = false;
        _time.Advance(TimeSpan.FromMinutes(5));
        await NextAsync();
        await IdleAsync();
        failing = true;
        _controller.Enqueue(new ObjectKey("ns", "one"), WorkPriority.Fresh);
        await NextAsync();
        await IdleAsync();

        _time.Advance(TimeSpan.FromMilliseconds(201));
        Assert.Equal("one", await NextAsync());
    }

    [Fact]
    public async Task Failure_Unexpected_IsLoggedWithTheObject()
    {
        _reconciler.Answer = _ => throw new InvalidOperationException("boom");
        await StartWithOneAsync();

        Assert.Contains(Logged, line => Says(line, "Error") && Says(line, "widgets ns/one") && Says(line, "boom"));
    }

    [Fact]
    public async Task Conflict_IsRetriedSoonAndIsNoNews()
    {
        _reconciler.Answer = _ => throw new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "stale", retryAfter: null);
        await StartWithOneAsync();

        _time.Advance(TimeSpan.FromMilliseconds(201));

        Assert.Equal("one", await NextAsync());
        Assert.DoesNotContain(Logged, line => Says(line, "Warning") || Says(line, "Error"));
    }

    [Fact]
    public async Task Throttled_WaitsForAsLongAsTheServerAsks()
    {
        _reconciler.Answer = _ =>
            throw new KubernetesApiException(HttpStatusCode.TooManyRequests, "TooManyRequests", "slow down", TimeSpan.FromSeconds(20));
        await StartWithOneAsync();

        _time.Advance(TimeSpan.FromSeconds(19));
        await AssertQuietAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("one", await NextAsync());
    }

    [Fact]
    public async Task Reconcile_Hangs_IsCancelledAndRetried()
    {
        _reconciler.Answer = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            throw new InvalidOperationException("unreachable");
        };
        await StartAsync(ScriptedApi.Widget("one", 1));
        await NextAsync();

        _time.Advance(Options.ReconcileTimeout);
        await IdleAsync();
        _time.Advance(TimeSpan.FromMilliseconds(201));

        Assert.Equal("one", await NextAsync());
    }

    [Fact]
    public async Task Idle_LogsNothingAboveDebug()
    {
        await StartWithOneAsync();
        await IdleAsync();
        var position = _log.Lines.Position;

        _controller.Enqueue(new ObjectKey("ns", "one"), WorkPriority.Background);
        await NextAsync();
        await IdleAsync();

        Assert.DoesNotContain(_log.Lines.Since(position), line => !Says(line, "Debug"));
    }

    [Fact]
    public async Task Stop_ReconcileIsRunning_MayFinish()
    {
        var release = new TaskCompletionSource();
        var cancelled = false;
        _reconciler.Answer = async token =>
        {
            await release.Task;
            cancelled = token.IsCancellationRequested;
            return new Settled(null);
        };
        await StartAsync(ScriptedApi.Widget("one", 1));
        await NextAsync();

        await _stop.CancelAsync();
        release.SetResult();
        await Task.WhenAll(_running);

        Assert.False(cancelled);
    }

    [Fact]
    public async Task Stop_ReconcileOutlivesTheGracePeriod_IsCancelledAndThatIsNoFailure()
    {
        _reconciler.Answer = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            return new Settled(null);
        };
        await StartAsync(ScriptedApi.Widget("one", 1));
        await NextAsync();

        await _stop.CancelAsync();
        await AdvanceUntilStoppedAsync(TimeSpan.FromSeconds(1));

        Assert.DoesNotContain(Logged, line => Says(line, "Error"));
        Assert.InRange(_time.GetUtcNow() - _time.Start, Options.GracePeriod, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Stop_ReconcileIgnoresItsCancellation_IsLeftBehindWithinTenSeconds()
    {
        var release = new TaskCompletionSource();
        _reconciler.Answer = async _ =>
        {
            await release.Task;
            return new Settled(null);
        };
        await StartAsync(ScriptedApi.Widget("one", 1));
        await NextAsync();

        await _stop.CancelAsync();
        await AdvanceUntilStoppedAsync(TimeSpan.FromSeconds(0.5));

        Assert.InRange(_time.GetUtcNow() - _time.Start, Options.GracePeriod, TimeSpan.FromSeconds(10));
        release.SetResult();
        await IdleAsync();
    }

    [Fact]
    public async Task Run_ObjectsOfOneGroupHang_ThoseOfAnotherAreReconciled()
    {
        Options = Options with { MaxConcurrentReconciles = 4, GroupOf = key => key.Name.Split(' ')[0] };
        _reconciler.Answer = async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            return Done;
        };
        await StartAsync([.. Enumerable.Range(1, 9).Select(number => ScriptedApi.Widget($"slow {number}", number))]);
        Assert.All([await NextAsync(), await NextAsync()], name => Assert.StartsWith("slow", name, StringComparison.Ordinal));

        _controller.Enqueue(new ObjectKey("ns", "other"), WorkPriority.Background);

        Assert.Equal("other", await NextAsync());
    }

    [Fact]
    public async Task Owns_ChangeOfWhatAnObjectControls_TriggersTheObject()
    {
        using var script = new ScriptedApi();
        script.List(5);
        var parts = InformerOf(script);
        _running.Add(parts.RunAsync(_stop.Token));
        _script.List(5);
        Start(controller => controller.Owns(parts));
        await Eventually.TrueAsync(() => Started, "the controller to start", Cancel);

        parts.Put(Part("uncontrolled", Owner("testing.example.com/v2", "Widget", "wrong", controller: false)), force: false);
        parts.Put(Part("of another kind", Owner("testing.example.com/v1", "Gadget", "wrong")), force: false);
        parts.Put(Part("of another group", Owner("other.example.com/v1", "Widget", "wrong")), force: false);
        parts.Put(Part("controlled", Owner("testing.example.com/v2", "Widget", "boss")), force: false);

        Assert.Equal("boss", await NextAsync());
        await AssertQuietAsync();
    }

    [Fact]
    public async Task OwnsAndWatch_WhatWasWrittenHere_TriggersWhereItIsWatched()
    {
        using var script = new ScriptedApi();
        script.List(5);
        var parts = InformerOf(script);
        _running.Add(parts.RunAsync(_stop.Token));
        _script.List(5);
        Start(controller => controller.Owns(parts).Watch(parts, _ => [new ObjectKey("ns", "watching")]));
        await Eventually.TrueAsync(() => Started, "the controller to start", Cancel);

        parts.Observe(Part("controlled", Owner("testing.example.com/v2", "Widget", "boss")));

        Assert.Equal("watching", await NextAsync());
        await AssertQuietAsync();
    }

    [Fact]
    public async Task Watch_ChangeOfAnotherKind_TriggersWhatItIsMappedTo()
    {
        using var script = new ScriptedApi();
        script.List(5);
        var others = InformerOf(script);
        _running.Add(others.RunAsync(_stop.Token));
        _script.List(5);
        Start(controller => controller.Watch(others, change => [new ObjectKey("ns", $"for-{change.Key.Name}")]));
        await Eventually.TrueAsync(() => Started, "the controller to start", Cancel);

        others.Put(Part("x"), force: false);

        Assert.Equal("for-x", await NextAsync());
    }

    private IReadOnlyList<string> Logged => _log.Lines.Since(0);

    private bool Started => Logged.Any(line => Says(line, "started with"));

    private static bool Says(string line, string words) => line.Contains(words, StringComparison.Ordinal);

    private static V1OwnerReference Owner(string apiVersion, string kind, string name, bool controller = true) =>
        new()
        {
            ApiVersion = apiVersion,
            Kind = kind,
            Name = name,
            Controller = controller,
        };

    private Informer<Widget> InformerOf(ScriptedApi script) =>
        new(script.Connect(_time).For(Widget.Definition), new InformerOptions(), _time, _logger);

    private void Start(Action<Controller<Widget>>? configure = null)
    {
        _informer = InformerOf(_script);
        _controller = new Controller<Widget>("widgets", _reconciler, _informer, Options, _time, _logger);
        configure?.Invoke(_controller);
        _running.Add(_informer.RunAsync(_stop.Token));
        _running.Add(_controller.RunAsync(_stop.Token));
    }

    private async Task StartAndSyncAsync()
    {
        Start();
        await Eventually.TrueAsync(() => _informer.HasSynced, "the informer to sync", Cancel);
    }

    private async Task StartAsync(params string[] widgets)
    {
        _script.List(5, widgets);
        await StartAndSyncAsync();
    }

    /// <summary>Starts with one object, whose first look is over.</summary>
    private async Task StartWithOneAsync(string metadata = "")
    {
        await StartAsync(ScriptedApi.Widget("one", 1, metadata: metadata));
        Assert.Equal("one", await NextAsync());
        await IdleAsync();
    }

    /// <summary>Somebody else edits the object.</summary>
    private void Edit(Action<V1ObjectMeta> change, WidgetStatus? status = null) => _informer.Put(Edited(change, status), force: false);

    private Widget Edited(Action<V1ObjectMeta> change, WidgetStatus? status = null)
    {
        var widget = Widget.Named("ns", "one") with { Status = status };
        widget.Metadata.Uid = "uid-one";
        widget.Metadata.Generation = 1;
        widget.Metadata.ResourceVersion = $"{++_version}";
        change(widget.Metadata);
        return widget;
    }

    private Widget Part(string name, params V1OwnerReference[] owners)
    {
        var widget = Widget.Named("ns", name);
        widget.Metadata.ResourceVersion = $"{++_version}";
        widget.Metadata.OwnerReferences = owners;
        return widget;
    }

    private async Task<string> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        return (await _reconciler.Calls.ReadAsync(limit.Token)).Name;
    }

    private Task IdleAsync() =>
        Eventually.TrueAsync(() => _controller is { Running: 0, QueueLength: 0 }, "the controller to be idle", Cancel);

    /// <summary>Nothing is reconciled now. Whatever is in the queue would come before the probe.</summary>
    private async Task AssertQuietAsync()
    {
        await IdleAsync();
        _reconciler.Answer = _ => Task.FromResult(Done);
        _controller.Enqueue(new ObjectKey("ns", "probe"), WorkPriority.Background);
        Assert.Equal("probe", await NextAsync());
    }

    private async Task AdvanceUntilStoppedAsync(TimeSpan step)
    {
        var stopped = Task.WhenAll(_running);
        await Eventually.TrueAsync(
            () =>
            {
                if (stopped.IsCompleted)
                {
                    return true;
                }

                _time.Advance(step);
                return false;
            },
            "the controller to stop",
            Cancel
        );
    }

    private sealed class Script : IReconciler<Widget>
    {
        private readonly Channel<ObjectKey> _calls = Channel.CreateUnbounded<ObjectKey>();

        public ChannelReader<ObjectKey> Calls => _calls.Reader;

        public Func<CancellationToken, Task<ReconcileResult>> Answer { get; set; } = _ => Task.FromResult(Done);

        public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            _calls.Writer.TryWrite(key);
            return Answer(cancellationToken);
        }
    }
}
