using Operator.Benchmarks.World;

namespace Operator.Benchmarks.Measures;

/// <summary>Measures what happens between its start and its end.</summary>
internal sealed class Gauge
{
    private readonly BenchWorld _world;
    private readonly MeasuredOperator _operator;
    private readonly MeterReading _before;
    private readonly double _cpuBefore;
    private readonly long _start;

    private Gauge(BenchWorld world, MeasuredOperator @operator, MeterReading before, double cpuBefore, long start) =>
        (_world, _operator, _before, _cpuBefore, _start) = (world, @operator, before, cpuBefore, start);

    /// <summary>Begins with the operator's process itself.</summary>
    public static async Task<(Gauge Gauge, MeasuredOperator Operator)> StartOperatorAsync(
        BenchWorld world,
        CancellationToken cancellationToken
    )
    {
        await world.Carto.ForgetCallsAsync(cancellationToken);
        var started = await MeasuredOperator.StartAsync(world, cancellationToken);
        return (new Gauge(world, started, MeterReading.Nothing, 0, started.Started), started);
    }

    /// <summary>Begins with an operator that runs and is at rest.</summary>
    public static async Task<Gauge> StartAsync(BenchWorld world, MeasuredOperator @operator, CancellationToken cancellationToken)
    {
        await world.Carto.ForgetCallsAsync(cancellationToken);
        var before = await @operator.ReadMetersAsync(cancellationToken);
        return new Gauge(world, @operator, before, @operator.Sample().CpuSeconds, TimeProvider.System.GetTimestamp());
    }

    /// <summary>Waits until the operator is at rest, and tells what it took.</summary>
    /// <param name="scenario">Name of the scenario.</param>
    /// <param name="resources">How many resources it was about.</param>
    /// <param name="reconciles">How many reconciles of resources there must have been.</param>
    /// <param name="arrivals">When each resource was done; null: when the operator was at rest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Figures> EndAsync(
        string scenario,
        int resources,
        int reconciles,
        IReadOnlyList<long>? arrivals,
        CancellationToken cancellationToken
    )
    {
        long? late = arrivals is null ? null : EventsWaiting((await _operator.ReadMetersAsync(cancellationToken)).Since(_before));
        var before = (int)MeasuredOperator.ReconcilesOf(_before);
        var after = await _operator.SettleAsync(before + reconciles, _world.Options.Limit, cancellationToken);
        var end = arrivals?[^1] ?? TimeProvider.System.GetTimestamp();
        var sample = _operator.Sample();
        var added = after.Since(_before);
        return new Figures
        {
            Scenario = scenario,
            Resources = resources,
            Seconds = TimeProvider.System.GetElapsedTime(_start, end).TotalSeconds,
            PerSecond = arrivals is null
                ? null
                : Pace([.. arrivals.Select(time => TimeProvider.System.GetElapsedTime(_start, time).TotalSeconds)]),
            KubernetesCalls = added.By("operator.kubernetes.calls", series => $"{series["verb"]} {series["resource"]}"),
            CartoCalls = await _world.Carto.GetCallsAsync(cancellationToken),
            EventsLate = late,
            EventsLost = (long)added.Sum("operator.events", series => series["result"] is "dropped" or "failed"),
            Reconciles = (long)MeasuredOperator.ReconcilesOf(added),
            CpuSeconds = sample.CpuSeconds - _cpuBefore,
            ResidentBytes = sample.ResidentBytes,
            PeakBytes = sample.PeakBytes,
            AllocatedBytes = (long)added.Sum("dotnet.gc.heap.total_allocated"),
            Collections =
            [
                .. ((string[])["gen0", "gen1", "gen2"]).Select(generation =>
                    (long)added.Sum("dotnet.gc.collections", series => series["gc.heap.generation"] == generation)
                ),
            ],
            PauseSeconds = added.Sum("dotnet.gc.pause.time"),
            Threads = sample.Threads,
        };
    }

    private static long EventsWaiting(MeterReading reading) => (long)(reading.Sum("operator.happenings") - reading.Sum("operator.events"));

    /// <summary>How many a second, without the first tenth.</summary>
    /// <param name="seconds">When each was done, in order.</param>
    public static double Pace(IReadOnlyList<double> seconds)
    {
        var skipped = Math.Max(1, seconds.Count / 10);
        return (seconds.Count - skipped) / (seconds[^1] - seconds[skipped - 1]);
    }
}
