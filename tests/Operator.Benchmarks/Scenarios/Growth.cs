namespace Operator.Benchmarks.Scenarios;

/// <summary>How cost grows with the number of resources: steps on a cluster that has more with each.</summary>
internal sealed class Growth(Stage stage)
{
    private int _count;

    /// <summary>Goes on to so many resources. Those that are new wait for an operator, which then also has all the others.</summary>
    public async Task<GrowthPoint> StepAsync(int count, CancellationToken cancellationToken)
    {
        var more = Enumerable.Range(_count, count - _count).ToList();
        await stage.Population.CreateAsync(more, cancellationToken);
        using var ready = stage.ExpectReady(more);
        var gauge = await stage.StartOperatorAsync(cancellationToken);
        var arrivals = await ready.AllAsync(stage.Limit, cancellationToken);
        var created = await gauge.EndAsync("create", more.Count, more.Count, arrivals, cancellationToken);
        _count = count;
        await stage.CheckClientsAsync(count, cancellationToken);

        var milliseconds = await LatencyAsync(cancellationToken);
        await stage.StopOperatorAsync();
        gauge = await stage.StartOperatorAsync(cancellationToken);
        var restarted = await gauge.EndAsync("restart", count, count, arrivals: null, cancellationToken);
        await stage.StopOperatorAsync();
        var memory = await new MemoryAtRest(stage.World, count).MeasureAsync(cancellationToken);
        return new GrowthPoint(
            count,
            more.Count,
            created.Seconds,
            created.PerSecond!.Value,
            created.CpuSeconds,
            restarted.Seconds,
            restarted.CpuSeconds,
            memory.ResidentBytes,
            memory.HeapBytes,
            [.. milliseconds.Order()]
        );
    }

    private async Task<IReadOnlyList<double>> LatencyAsync(CancellationToken cancellationToken)
    {
        await using var singles = await Singles.StartAsync(stage, cancellationToken);
        var milliseconds = await singles.ManyAsync(stage.World.Options.Samples, cancellationToken);
        await Singles.RemoveAsync(stage, cancellationToken);
        return milliseconds;
    }
}

/// <summary>What so many resources cost.</summary>
/// <param name="Resources">How many there are.</param>
/// <param name="Created">How many of them are new.</param>
/// <param name="CreateSeconds">From the start of an operator until those are Ready.</param>
/// <param name="CreatedPerSecond">Their pace, without the first tenth.</param>
/// <param name="CreateCpuSeconds">Time on a processor for that.</param>
/// <param name="RestartSeconds">From the start of an operator, with all settled, until it has reconciled all of them.</param>
/// <param name="RestartCpuSeconds">Time on a processor for that.</param>
/// <param name="ResidentBytes">Resident memory of an operator at rest, whose meters nobody reads.</param>
/// <param name="HeapBytes">What its heap held after its last collection.</param>
/// <param name="LatencyMilliseconds">From single resources to their Secrets, with nothing else to do; in order.</param>
internal sealed record GrowthPoint(
    int Resources,
    int Created,
    double CreateSeconds,
    double CreatedPerSecond,
    double CreateCpuSeconds,
    double RestartSeconds,
    double RestartCpuSeconds,
    long ResidentBytes,
    long HeapBytes,
    IReadOnlyList<double> LatencyMilliseconds
);
