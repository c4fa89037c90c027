using System.Net;
using Microsoft.Extensions.Time.Testing;
using Operator.TestKit;
using Operator.TestKit.Faults;

namespace Operator.Runtime.Tests;

/// <summary>Faults between the event recorder and the real API server.</summary>
public sealed class EventFaultTests(KubernetesServer server) : EventTests(server)
{
    private FaultProxy _proxy = null!;
    private KubernetesApi _faulty = null!;
    private Widget _widget = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _proxy = await FaultProxy.StartAsync(Server, Cancel);
        _faulty = new KubernetesApi(_proxy.CreateConfiguration());
        _widget = await Widgets.CreateAsync(Widget.Named(Namespace, "one"), Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _faulty.Dispose();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Record_OneWriteHangs_OthersAreWrittenAllTheSame()
    {
        _proxy.Once(IsCreate, Fail.Hold(out var hold));
        var recorder = Start(_faulty, Options);
        Record(recorder, "Slow.");
        await hold.Arrived;

        Record(recorder, "Quick.");

        Assert.Equal("Quick.", Assert.Single(await EventsAsync(1)).Note);
        hold.Release();
        await EventsAsync(2);
    }

    [Fact]
    public async Task Record_RepeatedBeforeTheFirstIsWritten_IsCountedOnceItIs()
    {
        _proxy.Once(IsCreate, Fail.Hold(out var hold));
        var time = new FakeTimeProvider();
        var recorder = Start(_faulty, Options, time);
        Record(recorder, "Again.");
        await hold.Arrived;
        Record(recorder, "Again.");
        time.Advance(Options.SeriesInterval);
        Record(recorder, "Another one.");
        await EventsAsync(1);

        hold.Release();

        await Eventually.GetAsync(
            _ =>
            {
                time.Advance(Options.SeriesInterval);
                return EventsAsync(2);
            },
            events => events.Any(@event => @event is { Note: "Again.", Series.Count: 2 }),
            "a count of 2",
            Cancel
        );
        // The proxy notes the status of a response a little after the server has acted on the request.
        await Eventually.TrueAsync(
            () => _proxy.Requests.All(request => request.Status is >= 200 and <= 299),
            "all requests to succeed",
            Cancel
        );
    }

    [Fact]
    public async Task Record_CouldNotBeWritten_TheNextOneIsAnEventOfItsOwn()
    {
        _proxy.Once(IsCreate, Fail.Answer(HttpStatusCode.Forbidden, "Forbidden"));
        var recorder = Start(_faulty, Options);
        Record(recorder, "Again.");
        await Eventually.TrueAsync(
            () => Log.Lines.Since(0).Any(line => line.Contains("Dropped", StringComparison.Ordinal)),
            "the failure",
            Cancel
        );

        Record(recorder, "Again.");

        Assert.Null(Assert.Single(await EventsAsync(1)).Series);
    }

    [Fact]
    public async Task Record_WritesHangAtTheStop_EndsAllTheSame()
    {
        using var stop = new CancellationTokenSource();
        using var rule = _proxy.On(IsCreate, Fail.Hold(out var hold));
        var recorder = new EventRecorder(_faulty, Options with { FlushTimeout = TimeSpan.FromMilliseconds(50) }, Time, Logger);
        var running = recorder.RunAsync(stop.Token);
        for (var i = 0; i < 20; i++)
        {
            Record(recorder, $"Note {i}.");
        }

        await hold.Arrived;
        await stop.CancelAsync();

        await running.WaitAsync(TimeSpan.FromSeconds(8), Time, Cancel);
        Assert.Contains(Log.Lines.Since(0), line => line.Contains("Stopped with 20 events unwritten", StringComparison.Ordinal));
    }

    private static bool IsCreate(ProxiedRequest request) => request is { Verb: "create", Resource: "events" };

    private void Record(EventRecorder recorder, string note) => recorder.Record(_widget, EventType.Normal, "Done", "Doing", note);
}
