using Microsoft.Diagnostics.NETCore.Client;
using Operator.Benchmarks.Measures;
using Operator.Benchmarks.World;
using Operator.TestKit;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// The memory of an operator that was just started, leads and has nothing to do, for some numbers of resources. Nobody reads its meters
/// until its
/// memory was taken: what it would need for that is not its own.
/// </summary>
/// <param name="world">What has the resources.</param>
/// <param name="settled">How many there are already, all settled.</param>
internal sealed class MemoryAtRest(BenchWorld world, int settled = 0)
{
    private const string BeginsToReconcile = "Controller m2moauthclient started";

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan HeldUp = TimeSpan.FromMilliseconds(700);

    private readonly Population _population = new(world);
    private int _count = settled;

    /// <summary>Makes resources until there are so many, and all are settled.</summary>
    public async Task FillAsync(int count, CancellationToken cancellationToken)
    {
        var more = count - _count;
        if (more <= 0)
        {
            return;
        }

        using var ready = world.Audience.Expect(more, client =>
            Stage.IsReady(client) && string.CompareOrdinal(client.Metadata.Name, world.KeyOf(_count).Name) >= 0
        );
        await _population.CreateAsync(_count, more, cancellationToken);
        await using var process = await MeasuredOperator.StartAsync(world, cancellationToken);
        await ready.AllAsync(world.Options.Limit, cancellationToken);
        await process.SettleAsync(more, world.Options.Limit, cancellationToken);
        _count = count;
    }

    /// <summary>As the other one, of an operator that serves its metrics and has no options or variables beside.</summary>
    public Task<MemoryFigures> MeasureAsync(CancellationToken cancellationToken) =>
        MeasureAsync(new Dictionary<string, string>(), ["--metrics-port", "127.0.0.1:0"], cancellationToken);

    /// <summary>Starts an operator, waits until it is at rest, and measures it.</summary>
    /// <param name="environment">Variables for it alone.</param>
    /// <param name="arguments">Options for it, beside those that tell it the cluster and where its health is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<MemoryFigures> MeasureAsync(
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string> arguments,
        CancellationToken cancellationToken
    )
    {
        var started = TimeProvider.System.GetTimestamp();
        var leads = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var process = OperatorProcess.Start(
            ["run", "--kubeconfig", world.OperatorKubeconfig, "--health-port", "127.0.0.1:0", .. arguments],
            new Dictionary<string, string>(environment) { ["CARTO_OPERATOR_LOG_FORMAT"] = "console" },
            line =>
            {
                if (line.Contains(BeginsToReconcile, StringComparison.Ordinal))
                {
                    leads.TrySetResult();
                }
            }
        );
        await process.WaitUntilReadyAsync(cancellationToken);
        var ready = TimeProvider.System.GetElapsedTime(started);

        // One that does not lead is ready as well, and has less to keep.
        await leads.Task.WaitAsync(world.Options.Limit, TimeProvider.System, cancellationToken);
        var sample = await RestAsync(process.Id, cancellationToken);

        await using var meters = await Meters.AttachAsync(new DiagnosticsClient(process.Id), Step, cancellationToken);
        var reading = await meters.ReadAsync(cancellationToken);
        var peak = ProcessSample.Of(process.Id).PeakBytes;

        // Killed, it would leave its lease behind for as long as that lasts.
        await process.StopAsync();
        return new MemoryFigures(
            _count,
            ready.TotalSeconds,
            sample.Ran.TotalSeconds,
            sample.ResidentBytes,
            sample.AnonymousBytes,
            peak,
            (long)reading.Sum("dotnet.gc.last_collection.heap.size"),
            (long)reading.Sum("dotnet.gc.last_collection.memory.committed_size"),
            (long)reading.Sum("dotnet.gc.heap.total_allocated"),
            [
                .. ((string[])["gen0", "gen1", "gen2"]).Select(generation =>
                    (long)reading.Sum("dotnet.gc.collections", series => series["gc.heap.generation"] == generation)
                ),
            ],
            (int)reading.Sum("dotnet.assembly.count"),
            (long)reading.Sum("dotnet.jit.compiled_methods")
        );
    }

    private async Task<MemorySample> RestAsync(int id, CancellationToken cancellationToken)
    {
        var last = MemorySample.Of(id);
        for (var quiet = TimeSpan.Zero; quiet < world.Options.Rest; )
        {
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
            var now = MemorySample.Of(id);
            quiet = now.Ran - last.Ran < Busy && now.Waited - last.Waited < HeldUp ? quiet + Step : TimeSpan.Zero;
            last = now;
        }

        return last;
    }
}

/// <summary>The memory of an operator at rest.</summary>
/// <param name="Resources">How many resources there are.</param>
/// <param name="ReadySeconds">From the start of its process until it said that it is ready.</param>
/// <param name="CpuSeconds">Time on a processor until it was at rest.</param>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="AnonymousBytes">Of that, what is not from a file.</param>
/// <param name="PeakBytes">The most since its start.</param>
/// <param name="HeapBytes">What the heap held after its last collection.</param>
/// <param name="CommittedBytes">What the heap had from Linux then.</param>
/// <param name="AllocatedBytes">All that it ever allocated.</param>
/// <param name="Collections">Collections, by generation.</param>
/// <param name="Assemblies">Assemblies that were loaded.</param>
/// <param name="CompiledMethods">Methods that were compiled.</param>
internal sealed record MemoryFigures(
    int Resources,
    double ReadySeconds,
    double CpuSeconds,
    long ResidentBytes,
    long AnonymousBytes,
    long PeakBytes,
    long HeapBytes,
    long CommittedBytes,
    long AllocatedBytes,
    IReadOnlyList<long> Collections,
    int Assemblies,
    long CompiledMethods
);
