using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Operator.Benchmarks.Measures;

/// <summary>
/// The meters of another process, as dotnet-counters reads them: those of .NET and the operator's own. Nothing in that process is there
/// for it.
/// </summary>
internal sealed class Meters : IAsyncDisposable
{
    // Of the gauges only two: the others go through all resources each time.
    private const string Names =
        @"System.Runtime,Operator.Runtime,Operator.Carto,Operator.State\operator.queue.length,Operator.State\operator.reconciles.running";

    // Every series of every counter: without a limit that a namespace more could reach.
    private const string MaxTimeSeries = "100000";
    private const long TimeSeriesValues = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EventPipeSession _session;
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private readonly Dictionary<Series, double> _values = [];
    private TaskCompletionSource _round = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Meters(EventPipeSession session)
    {
        _session = session;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Begins to read; what is counted before that is lost, so the process should not have begun.</summary>
    public static async Task<Meters> AttachAsync(DiagnosticsClient process, TimeSpan interval, CancellationToken cancellationToken)
    {
        // No histograms: to collect them would be half of what the operator allocates.
        var provider = new EventPipeProvider(
            "System.Diagnostics.Metrics",
            EventLevel.Informational,
            TimeSeriesValues,
            new Dictionary<string, string>
            {
                ["SessionId"] = Guid.NewGuid().ToString(),
                ["Metrics"] = Names,
                ["RefreshInterval"] = interval.TotalSeconds.ToString(CultureInfo.InvariantCulture),
                ["MaxTimeSeries"] = MaxTimeSeries,
                ["MaxHistograms"] = "0",
            }
        );
        return new Meters(
            await process.StartEventPipeSessionAsync([provider], requestRundown: false, circularBufferMB: 16, cancellationToken)
        );
    }

    /// <summary>Reads all meters as they are now: waits for a collection that began after the call.</summary>
    public async Task<MeterReading> ReadAsync(CancellationToken cancellationToken)
    {
        await NextRoundAsync(cancellationToken);
        await NextRoundAsync(cancellationToken);
        lock (_lock)
        {
            return new MeterReading(new Dictionary<Series, double>(_values));
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The process may be gone, and with it the other end of the session.
        _session.Dispose();
        await _reading;
    }

    private async Task NextRoundAsync(CancellationToken cancellationToken)
    {
        Task round;
        lock (_lock)
        {
            round = _round.Task;
        }

        await round.WaitAsync(Patience, TimeProvider.System, cancellationToken);
    }

    private void Read()
    {
        try
        {
            using var source = new EventPipeEventSource(_session.EventStream);
            source.Dynamic.All += Take;
            source.Process();
        }
        catch (Exception exception)
            when (exception is IOException or ObjectDisposedException or FormatException or InvalidOperationException)
        {
            // However a process ends, its stream ends with it.
        }
    }

    private void Take(TraceEvent data)
    {
        switch (data.EventName)
        {
            case "CounterRateValuePublished" or "UpDownCounterRateValuePublished":
                Keep(data, "value");
                break;
            case "GaugeValuePublished":
                Keep(data, "lastValue");
                break;
            case "TimeSeriesLimitReached":
                throw new InvalidOperationException("There are more series than can be read.");
            case "CollectionStop" or "Collection/Stop":
                lock (_lock)
                {
                    _round.TrySetResult();
                    _round = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                break;
        }
    }

    private void Keep(TraceEvent data, string value)
    {
        if (double.TryParse(data.PayloadByName(value) as string, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            lock (_lock)
            {
                _values[new Series((string)data.PayloadByName("instrumentName"), data.PayloadByName("tags") as string ?? "")] = number;
            }
        }
    }
}

/// <summary>One series of an instrument.</summary>
/// <param name="Instrument">Its name.</param>
/// <param name="Tags">As <c>name=value,name=value</c>.</param>
internal readonly record struct Series(string Instrument, string Tags)
{
    /// <summary>Value of a tag; empty without it.</summary>
    public string this[string tag] =>
        Tags.Split(',').Select(pair => pair.Split('=', 2)).FirstOrDefault(pair => pair[0] == tag) is [_, var value] ? value : "";
}

/// <summary>All meters of a process at one moment.</summary>
internal sealed record MeterReading(IReadOnlyDictionary<Series, double> Values)
{
    public static MeterReading Nothing { get; } = new(new Dictionary<Series, double>());

    /// <summary>What was added since an earlier reading.</summary>
    public MeterReading Since(MeterReading earlier) =>
        new(Values.ToDictionary(pair => pair.Key, pair => pair.Value - earlier.Values.GetValueOrDefault(pair.Key)));

    /// <summary>Sum of an instrument's series that fit.</summary>
    public double Sum(string instrument, Func<Series, bool>? fits = null) =>
        Values.Where(pair => pair.Key.Instrument == instrument && fits?.Invoke(pair.Key) != false).Sum(pair => pair.Value);

    /// <summary>Sums of an instrument's series, by what they are called; nothing of those that are 0.</summary>
    public IReadOnlyDictionary<string, long> By(string instrument, Func<Series, string> name) =>
        Values
            .Where(pair => pair.Key.Instrument == instrument && pair.Value != 0)
            .GroupBy(pair => name(pair.Key), pair => pair.Value)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (long)group.Sum());
}
