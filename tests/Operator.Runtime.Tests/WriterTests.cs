using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

/// <summary>Status and finalizers, written to the real server.</summary>
public sealed class WriterTests(KubernetesServer server) : ClusterTests(server)
{
    private readonly RecordingHandler _recorder = new();
    private KubernetesApi _recorded = null!;
    private Informer<Widget> _informer = null!;
    private StatusWriter<Widget, WidgetStatus> _status = null!;
    private Finalizers<Widget> _finalizers = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _recorded = new KubernetesApi(Server.CreateConfiguration(), _recorder);
        var client = _recorded.For(Widget.Definition);
        _informer = await StartInformerAsync(client);
        _status = new StatusWriter<Widget, WidgetStatus>(
            client,
            _informer,
            widget => widget.Status,
            WidgetJsonContext.Default.WidgetStatus
        );
        _finalizers = new Finalizers<Widget>(client, _informer);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _recorded.Dispose();
    }

    [Fact]
    public async Task Status_First_IsWrittenAndSeenInTheStoreAtOnce()
    {
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        var written = await _status.WriteAsync(widget, new WidgetStatus { Phase = "Ready" }, Cancel);

        Assert.Equal("Ready", written.Status!.Phase);
        Assert.True(_informer.Store.TryGet(Key("one"), out var stored));
        Assert.Equal("Ready", stored.Status!.Phase);
    }

    [Fact]
    public async Task Status_NothingNew_IsNoCall()
    {
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        var desired = new WidgetStatus
        {
            Phase = "Ready",
            Parts = ["a"],
            Nested = new WidgetNested { Left = "l" },
        };
        var written = await _status.WriteAsync(widget, desired, Cancel);

        var again = await _status.WriteAsync(written, desired with { Parts = ["a"] }, Cancel);

        Assert.Same(written, again);
        Assert.Single(_recorder.Sent);
    }

    [Fact]
    public async Task Status_SomeMembersDiffer_SendsOnlyThoseForThisVersion()
    {
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        var written = await _status.WriteAsync(
            widget,
            new WidgetStatus
            {
                Phase = "Ready",
                Seen = 1,
                Nested = new WidgetNested { Left = "l", Right = "r" },
            },
            Cancel
        );

        var result = await _status.WriteAsync(
            written,
            new WidgetStatus
            {
                Phase = "Ready",
                Seen = 2,
                Nested = new WidgetNested { Left = "l" },
            },
            Cancel
        );

        Assert.Equal(
            new WidgetStatus
            {
                Phase = "Ready",
                Seen = 2,
                Nested = new WidgetNested { Left = "l" },
            },
            result.Status
        );
        var sent = _recorder.Sent[^1];
        Assert.EndsWith("/widgets/one/status", sent.Path, StringComparison.Ordinal);
        Assert.Equal(
            $$$"""{"status":{"seen":2,"nested":{"right":null}},"metadata":{"uid":"{{{widget.Metadata.Uid}}}","resourceVersion":"{{{written.Metadata.ResourceVersion}}}"}}""",
            JsonNode.Parse(sent.Body)!.ToJsonString()
        );
    }

    [Fact]
    public async Task Status_ObjectHasChangedSince_IsAConflictAndNothingIsWritten()
    {
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        await Widgets.ReplaceAsync(widget with { Spec = new WidgetSpec { Size = 2 } }, Cancel);

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() =>
            _status.WriteAsync(widget, new WidgetStatus { Phase = "Ready" }, Cancel)
        );

        Assert.True(exception.IsConflict);
        Assert.Null((await Widgets.GetAsync(Key("one"), Cancel))!.Status);
    }

    [Fact]
    public async Task Finalizer_Added_IsThereOnceAndKeepsOthers()
    {
        var widget = await CreateWithFinalizersAsync("example.com/other");

        var added = await _finalizers.AddAsync(widget, "example.com/ours", annotations: null, Cancel);
        var again = await _finalizers.AddAsync(added, "example.com/ours", annotations: null, Cancel);

        Assert.Same(added, again);
        Assert.Equal(["example.com/other", "example.com/ours"], (await Widgets.GetAsync(Key("one"), Cancel))!.Metadata.Finalizers);
        await _finalizers.RemoveAsync(again, "example.com/ours", Cancel);
        await Widgets.PatchAsync(Key("one"), """{"metadata":{"finalizers":null}}"""u8.ToArray(), subresource: null, Cancel);
    }

    [Fact]
    public async Task Finalizer_AddedFromAStaleCache_IsAConflict()
    {
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        await Widgets.ReplaceAsync(widget with { Spec = new WidgetSpec { Size = 2 } }, Cancel);

        var exception = await Assert.ThrowsAsync<KubernetesApiException>(() =>
            _finalizers.AddAsync(widget, "example.com/ours", annotations: null, Cancel)
        );

        Assert.True(exception.IsConflict);
    }

    [Fact]
    public async Task Finalizer_LastOneRemovedFromADeletedObject_ObjectIsGone()
    {
        await CreateWithFinalizersAsync("example.com/ours");
        await Widgets.DeleteAsync(Key("one"), uid: null, Cancel);
        var deleted = (await Widgets.GetAsync(Key("one"), Cancel))!;

        var result = await _finalizers.RemoveAsync(deleted, "example.com/ours", Cancel);

        Assert.Null(result);
        Assert.Null(await Widgets.GetAsync(Key("one"), Cancel));
        await Eventually.TrueAsync(() => _informer.Store.Count == 0, "the store to be empty", Cancel);
    }

    [Fact]
    public async Task Finalizer_OneOfTwoRemovedFromADeletedObject_ObjectIsReturned()
    {
        await CreateWithFinalizersAsync("example.com/ours", "example.com/other");
        await Widgets.DeleteAsync(Key("one"), uid: null, Cancel);
        var deleted = (await Widgets.GetAsync(Key("one"), Cancel))!;

        var result = await _finalizers.RemoveAsync(deleted, "example.com/ours", Cancel);

        Assert.Equal(["example.com/other"], result!.Metadata.Finalizers);
        Assert.Null(await _finalizers.RemoveAsync(result, "example.com/other", Cancel));
    }

    [Fact]
    public async Task Finalizer_RemovedFromAnObjectThatIsGone_IsDone()
    {
        var widget = await CreateWithFinalizersAsync("example.com/ours");
        await Widgets.PatchAsync(Key("one"), """{"metadata":{"finalizers":null}}"""u8.ToArray(), subresource: null, Cancel);
        await Widgets.DeleteAsync(Key("one"), uid: null, Cancel);

        Assert.Null(await _finalizers.RemoveAsync(widget, "example.com/ours", Cancel));
    }

    [Fact]
    public async Task LabelledFinalizer_AddedAndRemoved_LeavesTheObjectAsItWas()
    {
        var widget = Widget.Named(Namespace, "one");
        widget.Metadata.Labels = new Dictionary<string, string> { ["team"] = "maps" };
        widget = await Widgets.CreateAsync(widget, Cancel);

        var added = await _finalizers.AddLabelledAsync(widget, "example.com/ours", KeyValuePair.Create("example.com/mark", "true"), Cancel);
        var again = await _finalizers.AddLabelledAsync(added, "example.com/ours", KeyValuePair.Create("example.com/mark", "true"), Cancel);

        Assert.Same(added, again);
        var seen = (await Widgets.GetAsync(Key("one"), Cancel))!.Metadata;
        Assert.Equal(["example.com/ours"], seen.Finalizers);
        Assert.Equal(
            ["example.com/mark=true", "team=maps"],
            seen.Labels.Select(label => $"{label.Key}={label.Value}").Order(StringComparer.Ordinal)
        );

        await _finalizers.RemoveLabelledAsync(again, "example.com/ours", "example.com/mark", Cancel);

        seen = (await Widgets.GetAsync(Key("one"), Cancel))!.Metadata;
        Assert.Null(seen.Finalizers);
        Assert.Equal(["team"], seen.Labels.Keys);
    }

    [Theory]
    [InlineData("""{"metadata":{"finalizers":null}}""")]
    [InlineData("""{"metadata":{"labels":null}}""")]
    public async Task LabelledFinalizer_OneOfBothIsGone_IsMadeWholeAndTakenOffAltogether(string patch)
    {
        var mark = KeyValuePair.Create("example.com/mark", "true");
        await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        await HalveAsync();

        var whole = await _finalizers.AddLabelledAsync(await HalveAsync(), "example.com/ours", mark, Cancel);
        Assert.Equal((1, "true"), (whole.Metadata.Finalizers.Count, whole.Metadata.Labels["example.com/mark"]));

        var bare = await _finalizers.RemoveLabelledAsync(await HalveAsync(), "example.com/ours", "example.com/mark", Cancel);
        Assert.Equal((null, null), (bare!.Metadata.Finalizers, bare.Metadata.Labels));

        async Task<Widget> HalveAsync()
        {
            await _finalizers.AddLabelledAsync((await Widgets.GetAsync(Key("one"), Cancel))!, "example.com/ours", mark, Cancel);
            return await Widgets.PatchAsync(Key("one"), System.Text.Encoding.UTF8.GetBytes(patch), subresource: null, Cancel);
        }
    }

    private Task<Widget> CreateWithFinalizersAsync(params string[] finalizers)
    {
        var widget = Widget.Named(Namespace, "one");
        widget.Metadata.Finalizers = finalizers;
        return Widgets.CreateAsync(widget, Cancel);
    }
}
