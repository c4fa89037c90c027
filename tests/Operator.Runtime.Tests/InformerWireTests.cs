using Microsoft.Extensions.Time.Testing;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

/// <summary>What an informer makes of answers that no healthy server gives, and of its own writes.</summary>
public sealed class InformerWireTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestLog _log = new();
    private readonly ScriptedApi _script = new();
    private readonly List<Change<Widget>> _changes = [];
    private Informer<Widget> _informer = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _script.Dispose();
    }

    [Fact]
    public async Task List_ObjectThatCannotBeDecoded_IsSkippedAndTheOthersAreThere()
    {
        _script.List(5, ScriptedApi.Widget("good", 1), ScriptedApi.Widget("bad", 2, """{"size":"large"}"""), ScriptedApi.Widget("late", 3));

        await StartAsync();

        Assert.Equal(["good", "late"], Names());
        Assert.Contains(_log.Lines.Since(0), line => line.Contains("ns/bad", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Relist_KnownObjectThatCannotBeDecodedNow_IsNotTakenForDeleted()
    {
        _script
            .List(5, ScriptedApi.Widget("one", 1), ScriptedApi.Widget("gone", 2))
            .List(9, ScriptedApi.Widget("one", 8, """{"size":"large"}"""));
        var watch = _script.Watch();
        await StartAsync();

        await watch.SayAsync(ScriptedApi.Event("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}"""));
        await AdvanceUntilAsync(() => !Has("gone"));

        Assert.True(Has("one"));
    }

    [Fact]
    public async Task Deletion_ThatWasNotSeen_IsToldAsInferred()
    {
        _script.List(5, ScriptedApi.Widget("one", 1), ScriptedApi.Widget("two", 2)).List(9);
        var watch = _script.Watch();
        await StartAsync();

        await watch.SayAsync(ScriptedApi.Event("DELETED", ScriptedApi.Widget("one", 6)));
        await watch.SayAsync(ScriptedApi.Event("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}"""));
        await AdvanceUntilAsync(() => !Has("two"));

        Assert.Equal(
            [("one", false), ("two", true)],
            Changes().Where(change => change.Kind == ChangeKind.Deleted).Select(change => (change.Key.Name, change.IsInferred))
        );
    }

    [Fact]
    public async Task Watch_ObjectThatCannotBeDecoded_IsSkippedAndTheWatchGoesOn()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        var watch = _script.Watch();
        await StartAsync();

        await watch.SayAsync(ScriptedApi.Event("MODIFIED", ScriptedApi.Widget("one", 6, """{"size":"large"}""")));
        await watch.SayAsync("this is not JSON\n");
        await watch.SayAsync(ScriptedApi.Event("SURPRISE", ScriptedApi.Widget("two", 7)));
        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("three", 8)));

        await Eventually.TrueAsync(() => Has("three"), "the object behind the bad ones", Cancel);
        Assert.Equal(["one", "three"], Names());
        Assert.Single(_script.Requests, IsWatch);
    }

    [Fact]
    public async Task Watch_ObjectThatCannotBeDecodedIsDeleted_LeavesTheStore()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        var watch = _script.Watch();
        await StartAsync();

        await watch.SayAsync(ScriptedApi.Event("DELETED", ScriptedApi.Widget("one", 6, """{"size":"large"}""")));

        await Eventually.TrueAsync(() => !Has("one"), "the object to be gone", Cancel);
    }

    [Fact]
    public async Task Watch_LineThatIsTooLong_IsSkippedAndTheWatchGoesOn()
    {
        _script.List(5);
        var watch = _script.Watch();
        await StartAsync();

        var padding = new string('x', WatchStream<Widget>.MaxLineBytes);
        await watch.SayAsync(
            ScriptedApi.Event("ADDED", ScriptedApi.Widget("huge", 6, metadata: $$$""","annotations":{"a":"{{{padding}}}"}"""))
        );
        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("small", 7)));

        await Eventually.TrueAsync(() => Has("small"), "the object behind the large one", Cancel);
        Assert.Equal(["small"], Names());
        Assert.Single(_script.Requests, IsWatch);
    }

    [Fact]
    public async Task Watch_LineInManyPieces_IsOneEvent()
    {
        _script.List(5);
        var watch = _script.Watch();
        await StartAsync();

        var widget = ScriptedApi.Widget("one", 6, metadata: $$$""","annotations":{"a":"{{{new string('x', 40_000)}}}"}""");
        foreach (var piece in ScriptedApi.Event("ADDED", widget).Chunk(1000))
        {
            await watch.SayAsync(new string(piece));
        }

        await Eventually.TrueAsync(() => Has("one"), "the object", Cancel);
    }

    [Fact]
    public async Task Watch_Bookmark_IsWhereTheNextWatchGoesOn()
    {
        _script.List(5);
        var first = _script.Watch();
        await StartAsync();

        await first.SayAsync("""{"type":"BOOKMARK","object":{"kind":"Widget","metadata":{"resourceVersion":"77"}}}""" + "\n");
        await first.CompleteAsync();
        await AdvanceUntilAsync(() => _script.Requests.Count(IsWatch) == 2);

        Assert.Contains("resourceVersion=77", _script.Requests.Last(IsWatch), StringComparison.Ordinal);
        Assert.Single(_script.Requests, request => !IsWatch(request));
    }

    [Fact]
    public async Task Watch_SilentForTooLong_IsOpenedAnewWhereItWas()
    {
        _script.List(5);
        await StartAsync(new InformerOptions { SilenceTimeout = TimeSpan.FromSeconds(60) });
        await Eventually.TrueAsync(() => _script.Requests.Any(IsWatch), "a watch", Cancel);

        await AdvanceUntilAsync(() => _script.Requests.Count(IsWatch) == 2, TimeSpan.FromSeconds(10));

        Assert.Contains("resourceVersion=5", _script.Requests.Last(IsWatch), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_BytesKeepComing_IsNotTakenForSilent()
    {
        _script.List(5);
        var watch = _script.Watch();
        await StartAsync(new InformerOptions { SilenceTimeout = TimeSpan.FromSeconds(60) });

        for (var i = 0; i < 6; i++)
        {
            await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget($"w{i}", 6 + i)));
            await Eventually.TrueAsync(() => Has($"w{i}"), "the object", Cancel);
            _time.Advance(TimeSpan.FromSeconds(40));
        }

        Assert.Single(_script.Requests, IsWatch);
    }

    [Fact]
    public async Task Watch_EndsAtOnceOverAndOver_IsOpenedWithLongerAndLongerPauses()
    {
        _script.List(5);
        for (var i = 0; i < 100; i++)
        {
            await _script.Watch().CompleteAsync();
        }

        await StartAsync();
        var start = _time.GetUtcNow();
        await AdvanceUntilAsync(() => _script.Requests.Count(IsWatch) >= 8, TimeSpan.FromMilliseconds(100));

        // Pauses of at least 0.25, 0.5, 1, 2, 4, 8 and 15 s lie between eight watches.
        Assert.InRange(_time.GetUtcNow() - start, TimeSpan.FromSeconds(30), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task Watch_SaidNothingForAsLongAsItWasAskedTo_IsFollowedByAList()
    {
        _script.List(5).List(6);
        var watch = _script.Watch();
        await StartAsync(new InformerOptions { WatchTimeout = TimeSpan.FromSeconds(60) });
        await Eventually.TrueAsync(() => _script.Requests.Any(IsWatch), "a watch", Cancel);

        _time.Advance(TimeSpan.FromSeconds(120));
        await watch.CompleteAsync();

        await AdvanceUntilAsync(() => _script.Requests.Count(IsWatch) == 2);
        Assert.Contains("resourceVersion=6", _script.Requests.Last(IsWatch), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_FailsOverAndOver_IsFollowedByAList()
    {
        _script.List(5).List(6);
        for (var i = 0; i < 8; i++)
        {
            await _script.Watch().CompleteAsync(new IOException("cut"));
        }

        await StartAsync();

        await AdvanceUntilAsync(() => _script.Requests.Any(request => request.Contains("resourceVersion=6", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task List_ServerWasRestoredFromABackup_IsBelieved()
    {
        _script.List(50, ScriptedApi.Widget("kept", 40), ScriptedApi.Widget("lost", 45)).List(20, ScriptedApi.Widget("kept", 10));
        var watch = _script.Watch();
        await StartAsync();

        await watch.SayAsync(ScriptedApi.Event("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}"""));
        await AdvanceUntilAsync(() => !Has("lost"));

        Assert.Equal("10", Version("kept"));
    }

    [Fact]
    public async Task List_BreaksOffAsIfItWereComplete_IsNotBelieved()
    {
        _script
            .List("""{"kind":"WidgetList","metadata":{"resourceVersion":"5"},"items":[""" + ScriptedApi.Widget("one", 1))
            .List(6, ScriptedApi.Widget("one", 1), ScriptedApi.Widget("two", 2));

        Start(new InformerOptions());
        await AdvanceUntilAsync(() => _informer.HasSynced);

        Assert.Equal(["one", "two"], Names());
    }

    [Fact]
    public async Task Observe_AnswerToOurOwnWrite_IsInTheStoreAtOnceAndToldOnce()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        var watch = _script.Watch();
        await StartAsync();
        Assert.True(_informer.Store.TryGet(new ObjectKey("ns", "one"), out var before));

        _informer.Observe(Written("one", 7));
        Assert.Equal("7", Version("one"));
        await watch.SayAsync(ScriptedApi.Event("MODIFIED", ScriptedApi.Widget("one", 6)));
        await watch.SayAsync(ScriptedApi.Event("MODIFIED", ScriptedApi.Widget("one", 7)));
        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("two", 8)));
        await Eventually.TrueAsync(() => Has("two"), "what came after", Cancel);

        Assert.Equal("7", Version("one"));
        var change = Assert.Single(Changes(), change => change.Kind == ChangeKind.Updated);
        Assert.Same(before, change.Old);
        Assert.True(change.IsOwn);
        Assert.False(Assert.Single(Changes(), change => change.Key.Name == "two").IsOwn);
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public async Task Observe_NewObjectThatMayNotBeSelected_IsOwnWhenTheWatchTellsOfThisVeryVersion(int version, bool isOwn)
    {
        _script.List(5);
        var watch = _script.Watch();
        await StartAsync(new InformerOptions { LabelSelector = "ours=yes" });

        _informer.Observe(Written("one", 7));
        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("one", version)));
        await watch.SayAsync(ScriptedApi.Event("MODIFIED", ScriptedApi.Widget("one", 9)));
        await Eventually.TrueAsync(() => Has("one") && Version("one") == "9", "both events", Cancel);

        Assert.Equal([isOwn, false], Changes().Select(change => change.IsOwn));
    }

    [Fact]
    public async Task Observe_OlderThanTheStore_IsIgnored()
    {
        _script.List(5, ScriptedApi.Widget("one", 4));
        await StartAsync();

        _informer.Observe(Written("one", 3));

        Assert.Equal("4", Version("one"));
    }

    [Fact]
    public async Task Observe_ObjectThatTheWatchSawGoing_StaysGone()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        var watch = _script.Watch();
        await StartAsync();
        await watch.SayAsync(ScriptedApi.Event("DELETED", ScriptedApi.Widget("one", 8)));
        await Eventually.TrueAsync(() => !Has("one"), "the object to be gone", Cancel);

        _informer.Observe(Written("one", 7));

        Assert.False(Has("one"));
    }

    [Fact]
    public async Task Observe_NewObject_IsThereUntilTheWatchSaysOtherwise()
    {
        _script.List(5).List(6);
        var watch = _script.Watch();
        await StartAsync();

        _informer.Observe(Written("one", 7));
        Assert.True(Has("one"));

        // A list from before the object existed must not take it away.
        await watch.SayAsync(ScriptedApi.Event("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}"""));
        await AdvanceUntilAsync(() => _script.Requests.Count(request => !IsWatch(request)) == 2 && _script.Requests.Count(IsWatch) == 2);
        Assert.True(Has("one"));
    }

    [Theory]
    [InlineData("ours=yes", null)]
    [InlineData(null, "elsewhere")]
    public async Task Observe_NewObjectThatMayNotBeSelected_IsLeftToTheWatch(string? labelSelector, string? @namespace)
    {
        _script.List(5);
        await StartAsync(new InformerOptions { LabelSelector = labelSelector, Namespaces = @namespace is null ? [] : [@namespace] });

        _informer.Observe(Written("one", 7));

        Assert.False(Has("one"));
    }

    [Fact]
    public async Task Observe_VersionThatIsNoNumber_IsLeftToTheWatch()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        await StartAsync();
        var written = Written("one", 7);
        written.Metadata.ResourceVersion = "opaque";

        _informer.Observe(written);

        Assert.Equal("1", Version("one"));
    }

    [Fact]
    public async Task Observe_LastFinalizerWasRemoved_IsLeftToTheWatch()
    {
        _script.List(5, ScriptedApi.Widget("one", 1));
        await StartAsync();
        var written = Written("one", 7);
        written.Metadata.DeletionTimestamp = _time.GetUtcNow().UtcDateTime;

        _informer.Observe(written);

        Assert.Equal("1", Version("one"));
    }

    [Fact]
    public async Task Subscribe_CallbackThatThrows_DisturbsNobodyElse()
    {
        _script.List(5);
        var watch = _script.Watch();
        await StartAsync();
        var told = 0;
        using var bad = _informer.Subscribe(_ => throw new InvalidOperationException("boom"));
        using var good = _informer.Subscribe(_ => told++);

        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("one", 6)));

        await Eventually.TrueAsync(() => told == 1, "the other subscriber to hear of it", Cancel);
    }

    [Fact]
    public async Task Subscribe_Disposed_HearsNoMore()
    {
        _script.List(5);
        await StartAsync();
        var told = 0;
        var subscription = _informer.Subscribe(_ => told++);
        _informer.Observe(Written("one", 7));

        subscription.Dispose();
        _informer.Observe(Written("one", 8));

        Assert.Equal(1, told);
    }

    [Fact]
    public async Task CatchUp_StoreIsBehind_WaitsForTheWatchToComeToWhatTheServerHas()
    {
        _script.List(5).List(7, ScriptedApi.Widget("one", 7));
        var watch = _script.Watch();
        await StartAsync();

        var caughtUp = _informer.CatchUpAsync(TimeSpan.FromHours(1), Cancel);
        await Eventually.TrueAsync(
            () => _script.Requests.Any(request => request.EndsWith("limit=1", StringComparison.Ordinal)),
            "the question",
            Cancel
        );
        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("two", 6)));
        await AdvanceUntilAsync(() => Has("two"));
        Assert.False(caughtUp.IsCompleted);
        await watch.SayAsync(ScriptedApi.Event("ADDED", ScriptedApi.Widget("one", 7)));
        await AdvanceUntilAsync(() => caughtUp.IsCompleted);

        Assert.True(await caughtUp);
        Assert.True(Has("one"));
    }

    [Fact]
    public async Task CatchUp_WatchSaysNothing_GivesUp()
    {
        _script.List(5).List(7);
        await StartAsync();

        var caughtUp = _informer.CatchUpAsync(TimeSpan.FromSeconds(1), Cancel);
        await AdvanceUntilAsync(() => caughtUp.IsCompleted);

        Assert.False(await caughtUp);
    }

    [Fact]
    public async Task CatchUp_ServerIsBehindTheStore_IsNotBelieved()
    {
        _script.List(5).List(3);
        await StartAsync();

        Assert.False(await _informer.CatchUpAsync(TimeSpan.FromSeconds(1), Cancel));
    }

    [Fact]
    public async Task CatchUp_StoreLacksWhatCannotBeDecoded_IsNotBelieved()
    {
        _script.List(5, """{"metadata":{"namespace":"ns","name":"bad"},"spec":7}""").List(5);
        await StartAsync();

        Assert.False(await _informer.CatchUpAsync(TimeSpan.FromSeconds(1), Cancel));
    }

    [Fact]
    public async Task Transform_DropsWhatNobodyReads()
    {
        _script.List(5, ScriptedApi.Widget("one", 1, metadata: ""","labels":{"a":"b"}"""));
        Start(new InformerOptions(), item => item.Metadata.Labels = null);
        await Eventually.TrueAsync(() => _informer.HasSynced, "the informer to sync", Cancel);

        Assert.True(_informer.Store.TryGet(new ObjectKey("ns", "one"), out var widget));
        Assert.Null(widget.Metadata.Labels);
    }

    private static bool IsWatch(string request) => request.Contains("watch=true", StringComparison.Ordinal);

    private static Widget Written(string name, int version)
    {
        var widget = Widget.Named("ns", name);
        widget.Metadata.Uid = "uid-" + name;
        widget.Metadata.Generation = 1;
        widget.Metadata.ResourceVersion = $"{version}";
        return widget;
    }

    private void Start(InformerOptions options, Action<Widget>? transform = null)
    {
        var client = _script.Connect(_time).For(Widget.Definition);
        _informer = new Informer<Widget>(client, options, _time, _log.CreateFactory().CreateLogger("test")) { Transform = transform };
        _informer.Subscribe(change =>
        {
            lock (_changes)
            {
                _changes.Add(change);
            }
        });
        _running = _informer.RunAsync(_stop.Token);
    }

    private Task StartAsync(InformerOptions? options = null)
    {
        Start(options ?? new InformerOptions());
        return Eventually.TrueAsync(() => _informer.HasSynced, "the informer to sync", Cancel);
    }

    private IReadOnlyList<Change<Widget>> Changes()
    {
        lock (_changes)
        {
            return [.. _changes];
        }
    }

    private IEnumerable<string> Names() => _informer.Store.Items.Select(item => item.Metadata.Name).Order();

    private bool Has(string name) => _informer.Store.TryGet(new ObjectKey("ns", name), out _);

    private string? Version(string name) =>
        _informer.Store.TryGet(new ObjectKey("ns", name), out var item) ? item.Metadata.ResourceVersion : null;

    /// <summary>Lets time pass, a little at a time, until something has come true.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition, TimeSpan? step = null) =>
        Eventually.TrueAsync(
            () =>
            {
                if (condition())
                {
                    return true;
                }

                _time.Advance(step ?? TimeSpan.FromSeconds(1));
                return false;
            },
            "what the passing of time should bring",
            Cancel
        );
}
