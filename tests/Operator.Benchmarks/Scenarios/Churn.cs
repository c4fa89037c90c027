using Operator.Benchmarks.Measures;
using Operator.Benchmarks.World;
using Operator.Hosting;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// An operator that is kept busy for long, over a population that stays the same: whatever grows with the reconciles, and not with the
/// resources,
/// is a leak. Three times in four each resource gets a request to reconcile, the fourth time it gets another display name.
/// </summary>
internal sealed class Churn(Stage stage)
{
    private const int RoundsPerRename = 4;

    // As long as the operator takes to notice that it is at rest, and gives memory back.
    private static readonly TimeSpan Rest = RestCollector.Interval + TimeSpan.FromSeconds(1);

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private int _rounds;

    /// <summary>Goes on until there were so many reconciles, and takes samples on the way at times when there is nothing to do.</summary>
    /// <param name="reconciles">How many looks.</param>
    /// <param name="samples">How many samples.</param>
    /// <param name="tell">Told each of them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<ChurnSample>> RunAsync(
        int reconciles,
        int samples,
        Action<ChurnSample> tell,
        CancellationToken cancellationToken
    )
    {
        using (var ready = stage.World.Audience.Expect(stage.Count, Stage.IsReady))
        {
            await stage.Population.CreateAsync(0, stage.Count, cancellationToken);
            await stage.StartOperatorAsync(cancellationToken);
            await ready.AllAsync(stage.Limit, cancellationToken);
        }

        var before = await stage.Operator.SettleAsync(stage.Count, stage.Limit, cancellationToken);
        var taken = new List<ChurnSample>();
        while (taken.Count < samples)
        {
            while ((long)_rounds * stage.Count * samples < (long)reconciles * (taken.Count + 1))
            {
                await RoundAsync(cancellationToken);
            }

            var sample = await SampleAsync(before, cancellationToken);
            taken.Add(sample);
            tell(sample);
        }

        await stage.CheckClientsAsync(stage.Count, cancellationToken);
        return taken;
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var round = $"round {++_rounds}";
        if (_rounds % RoundsPerRename == 0)
        {
            using var renamed = stage.World.Audience.Expect(stage.Count, client =>
                client.Status?.DisplayName?.Contains($" {round} [", StringComparison.Ordinal) == true
            );
            await stage.Population.RenameAsync(stage.Count, round, cancellationToken);
            await renamed.AllAsync(stage.Limit, cancellationToken);
        }
        else
        {
            using var looked = stage.World.Audience.Expect(stage.Count, client => client.Status?.LastHandledReconcileAt == round);
            await stage.Population.RequestReconcilesAsync(stage.Count, round, cancellationToken);
            await looked.AllAsync(stage.Limit, cancellationToken);
        }
    }

    private async Task<ChurnSample> SampleAsync(MeterReading before, CancellationToken cancellationToken)
    {
        await stage.Operator.SettleAsync(0, stage.Limit, cancellationToken);
        await Task.Delay(Rest, TimeProvider.System, cancellationToken);
        var reading = await stage.Operator.ReadMetersAsync(cancellationToken);
        var process = stage.Operator.Sample();
        var added = reading.Since(before);
        return new ChurnSample(
            (long)MeasuredOperator.ReconcilesOf(added),
            TimeProvider.System.GetElapsedTime(_start).TotalSeconds,
            process.ResidentBytes,
            (long)reading.Sum("dotnet.gc.last_collection.heap.size"),
            process.Handles,
            process.Threads,
            (long)added.Sum("operator.kubernetes.calls", series => series["resource"] != Figures.Leases),
            (long)(added.Sum("carto.calls") + added.Sum("carto.token.requests"))
        );
    }
}

/// <summary>How an operator is after so many looks.</summary>
/// <param name="Reconciles">Reconciles since all were settled.</param>
/// <param name="Seconds">Since the start.</param>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="HeapBytes">What the heap held after its last collection.</param>
/// <param name="Handles">Open files, sockets and the like.</param>
/// <param name="Threads">Threads.</param>
/// <param name="KubernetesCalls">Calls to Kubernetes, without those of the lease.</param>
/// <param name="CartoCalls">Calls to CARTO.</param>
internal sealed record ChurnSample(
    long Reconciles,
    double Seconds,
    long ResidentBytes,
    long HeapBytes,
    int Handles,
    int Threads,
    long KubernetesCalls,
    long CartoCalls
)
{
    /// <summary>
    /// What the last third of the samples has on average, for each that the third before has. The first third does not count: what the
    /// operator
    /// keeps for ten minutes, to count the repetitions of events, has to come together first.
    /// </summary>
    public static double Growth(IReadOnlyList<ChurnSample> samples, Func<ChurnSample, double> value)
    {
        if (samples.Count < 2)
        {
            return 1;
        }

        var third = Math.Max(1, samples.Count / 3);
        return samples.TakeLast(third).Average(value) / samples.SkipLast(third).TakeLast(third).Average(value);
    }
}
