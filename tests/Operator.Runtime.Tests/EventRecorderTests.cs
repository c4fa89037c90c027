using System.Text;
using k8s;
using k8s.Models;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

public sealed class EventRecorderTests(KubernetesServer server) : EventTests(server)
{
    [Fact]
    public async Task Record_AnEvent_IsThereWithAllThatKubectlShows()
    {
        var recorder = Start(Api, Options);
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        recorder.Record(widget, EventType.Warning, "Broken", "Mending", "It is broken.");

        var found = Assert.Single(await EventsAsync(1));
        Assert.Equal(("Warning", "Broken", "Mending", "It is broken."), (found.Type, found.Reason, found.Action, found.Note));
        Assert.Equal(("example.com/test", "test-0"), (found.ReportingController, found.ReportingInstance));
        Assert.Equal(
            ("testing.example.com/v1", "Widget", "one", widget.Metadata.Uid),
            (found.Regarding.ApiVersion, found.Regarding.Kind, found.Regarding.Name, found.Regarding.Uid)
        );
    }

    [Fact]
    public async Task Record_TheSameOverAndOver_IsOneEventWithACount()
    {
        using var stop = new CancellationTokenSource();
        var recorder = new EventRecorder(Api, Options, Time, Logger);
        var running = recorder.RunAsync(stop.Token);
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        for (var i = 0; i < 5; i++)
        {
            recorder.Record(widget, EventType.Normal, "Done", "Doing", "Again.");
        }

        await stop.CancelAsync();
        await running;
        Assert.Equal(5, Assert.Single(await EventsAsync(1)).Series.Count);
    }

    [Fact]
    public async Task Record_CountOfASeries_IsWrittenEachInterval()
    {
        var recorder = Start(Api, Options with { SeriesInterval = TimeSpan.FromMilliseconds(50) });
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        recorder.Record(widget, EventType.Normal, "Done", "Doing", "Again.");
        recorder.Record(widget, EventType.Normal, "Done", "Doing", "Again.");
        await CountAsync(2);

        recorder.Record(widget, EventType.Normal, "Done", "Doing", "Again.");

        await CountAsync(3);

        Task CountAsync(int count) =>
            Eventually.GetAsync(_ => EventsAsync(1), events => events.Single().Series?.Count == count, $"a count of {count}", Cancel);
    }

    [Fact]
    public async Task Record_LongNoteAndLongName_AreCutToWhatTheServerTakes()
    {
        var recorder = Start(Api, Options);
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, new string('n', 253)), Cancel);

        recorder.Record(widget, EventType.Normal, "Done", "Doing", new string('x', 1000) + string.Concat(Enumerable.Repeat("ü€😀", 500)));

        var note = Assert.Single(await EventsAsync(1)).Note;
        Assert.InRange(Encoding.UTF8.GetByteCount(note), 1015, 1024);
        Assert.EndsWith("…", note, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', note);
    }

    [Fact]
    public async Task Record_AboutSomethingClusterScoped_IsInTheDefaultNamespace()
    {
        var recorder = Start(Api, Options);
        var @namespace = (await Api.For(BuiltIn.Namespaces).GetAsync(new ObjectKey(null, Namespace), Cancel))!;

        recorder.Record(@namespace, EventType.Normal, "Done", "Doing", "Note.");

        await Eventually.GetAsync(
            async token => (await Server.Client.EventsV1.ListNamespacedEventAsync("default", cancellationToken: token)).Items,
            events => events.Any(e => e.Regarding.Name == Namespace),
            "the event",
            Cancel
        );
    }

    [Fact]
    public async Task Record_ServerRefuses_IsDroppedAndTheNextOneIsWritten()
    {
        var recorder = Start(Api, Options);
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        var elsewhere = Widget.Named("no-such-namespace", "one");

        recorder.Record(elsewhere, EventType.Normal, "Done", "Doing", "Lost.");
        recorder.Record(widget, EventType.Normal, "Done", "Doing", "Kept.");

        Assert.Equal("Kept.", Assert.Single(await EventsAsync(1)).Note);
        Assert.Contains(Log.Lines.Since(0), line => line.Contains("no-such-namespace/one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Record_ThenStop_WritesWhatIsLeft()
    {
        using var stop = new CancellationTokenSource();
        var recorder = new EventRecorder(Api, Options, Time, Logger);
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
        for (var i = 0; i < 10; i++)
        {
            recorder.Record(widget, EventType.Normal, "Done", "Doing", $"Note {i}.");
        }

        await stop.CancelAsync();
        await recorder.RunAsync(stop.Token);

        await EventsAsync(10);
    }

    [Fact]
    public async Task Record_ServerIsNotThere_StopsInTimeAllTheSame()
    {
        var configuration = Server.CreateConfiguration();
        configuration.Host = "https://127.0.0.1:1";
        using var nowhere = new KubernetesApi(configuration);
        using var stop = new CancellationTokenSource();
        var recorder = new EventRecorder(nowhere, Options, Time, Logger);
        var running = recorder.RunAsync(stop.Token);
        for (var i = 0; i < 10; i++)
        {
            recorder.Record(Widget.Named(Namespace, "one"), EventType.Normal, "Done", "Doing", $"Note {i}.");
        }

        await stop.CancelAsync();

        await running.WaitAsync(TimeSpan.FromSeconds(8), Time, Cancel);
    }

    [Fact]
    public async Task Record_QueueIsFull_NeitherWaitsNorFails()
    {
        var recorder = new EventRecorder(Api, Options with { Capacity = 2 }, Time, Logger);
        var widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);

        for (var i = 0; i < 5; i++)
        {
            recorder.Record(widget, EventType.Normal, "Done", "Doing", $"Note {i}.");
        }

        Run(recorder.RunAsync);
        Assert.Equal(["Note 0.", "Note 1."], (await EventsAsync(2)).Select(e => e.Note).Order());
    }
}
