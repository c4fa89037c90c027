using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Benchmarks.Floors;
using Operator.Benchmarks.Measures;
using Operator.Benchmarks.World;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// All scenarios, one after the other on the same cluster. Each begins and ends with an operator at rest, or with none, and checks that
/// what it made is right: a fast wrong answer is none.
/// </summary>
/// <param name="world">What it plays on.</param>
/// <param name="tell">Told each result.</param>
internal sealed class Bench(BenchWorld world, Action<Figures> tell) : IAsyncDisposable
{
    private readonly Population _population = new(world);
    private readonly List<Figures> _results = [];
    private MeasuredOperator? _operator;
    private FloorOutcome? _createFloor;
    private FloorOutcome? _deleteFloor;
    private FloorOutcome? _singleFloor;
    private int _leftByFloors;

    /// <summary>What was measured so far.</summary>
    public IReadOnlyList<Figures> Results => _results;

    /// <summary>The operator's last lines; empty when it does not run.</summary>
    public string OperatorLogTail => _operator?.LogTail ?? "";

    private int Count => world.Options.Resources;

    private TimeSpan Limit => world.Options.Limit;

    private MeasuredOperator Operator => _operator ?? throw new InvalidOperationException("The operator does not run.");

    /// <summary>All of it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await FloorsAsync(cancellationToken);
        await CreateAsync(cancellationToken);
        await LatencyAsync(cancellationToken);
        await CheckAsync(cancellationToken);
        await RestartAsync(cancellationToken);
        await IdleAsync(cancellationToken);
        await RenameAsync(cancellationToken);
        await DriftAsync(cancellationToken);
        if (world.Options.Outage > TimeSpan.Zero)
        {
            await OutageAsync(cancellationToken);
        }

        await DeleteAsync(cancellationToken);
        await RotateAsync(cancellationToken);
    }

    /// <summary>The bare loops, on resources that are gone again at their end. The first scenario: the servers are warm after it.</summary>
    public async Task FloorsAsync(CancellationToken cancellationToken)
    {
        await _population.CreateAsync(0, Count, cancellationToken);
        _createFloor = await FloorProcess.RunAsync(world, FloorWork.Create, cancellationToken);
        await world.Audience.SeeAsync(Count, IsReady, Limit, cancellationToken);
        await _population.DeleteAsync(0, Count, cancellationToken);
        _deleteFloor = await FloorProcess.RunAsync(world, FloorWork.Delete, cancellationToken);
        if (world.Options.Samples > 0)
        {
            _singleFloor = await FloorProcess.RunAsync(world, FloorWork.Single, cancellationToken);
            await DeleteSinglesAsync(removeFinalizer: true, cancellationToken);
        }

        await world.Audience.SeeAsync(0, _ => true, Limit, cancellationToken);
        _leftByFloors = await world.Carto.CountClientsAsync(cancellationToken);
    }

    /// <summary>N resources that nobody has looked at yet, and then the operator.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await _population.CreateAsync(0, Count, cancellationToken);
        using var ready = world.Audience.Expect(Count, IsReady);
        (var gauge, _operator) = await Gauge.StartOperatorAsync(world, cancellationToken);
        var arrivals = await ready.AllAsync(Limit, cancellationToken);
        Keep(WithFloor(await gauge.EndAsync("create", Count, Count, arrivals, cancellationToken), _createFloor));
        await CheckClientsAsync(Count, cancellationToken);
    }

    /// <summary>One resource at a time, until its Secret is there.</summary>
    public async Task LatencyAsync(CancellationToken cancellationToken)
    {
        var secrets = new Informer<MetadataOf<V1Secret>>(
            world.Api.For(BuiltIn.SecretMetadata),
            new InformerOptions { Namespaces = [BenchWorld.SingleNamespace] },
            TimeProvider.System,
            NullLogger<Informer<MetadataOf<V1Secret>>>.Instance);
        using var stop = new CancellationTokenSource();
        var watching = secrets.RunAsync(stop.Token);
        await secrets.WaitForSyncAsync(cancellationToken);

        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        var milliseconds = new List<double>();
        for (var i = 0; i < world.Options.Samples; i++)
        {
            var key = new ObjectKey(BenchWorld.SingleNamespace, $"single-{i:000000}");
            var seen = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var ready = world.Audience.Expect(1, client => ObjectKey.Of(client) == key && IsReady(client));
            using var subscription = secrets.Subscribe(change =>
            {
                if (change.Key == key)
                {
                    seen.TrySetResult(TimeProvider.System.GetTimestamp());
                }
            });
            var applied = TimeProvider.System.GetTimestamp();
            await _population.CreateAsync(key, cancellationToken);
            milliseconds.Add(TimeProvider.System.GetElapsedTime(applied, await seen.Task.WaitAsync(Limit, TimeProvider.System, cancellationToken)).TotalMilliseconds);
            await ready.AllAsync(Limit, cancellationToken);
        }

        var figures = await gauge.EndAsync("latency", world.Options.Samples, world.Options.Samples, arrivals: null, cancellationToken);
        Keep(figures with
        {
            Latency = Spread.Of(milliseconds),
            FloorLatency = _singleFloor is { } floor ? Spread.Of(floor.Milliseconds) : null,
        });
        await stop.CancelAsync();
        await watching;
        await DeleteSinglesAsync(removeFinalizer: false, cancellationToken);
        await world.Audience.SeeAsync(Count, _ => true, Limit, cancellationToken);
        await Operator.SettleAsync(0, Limit, cancellationToken);
    }

    /// <summary>A comparison with CARTO that finds nothing.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        await _population.CheckAccountsAsync("check", cancellationToken);
        Keep(await gauge.EndAsync("drift check", Count, 0, arrivals: null, cancellationToken));
    }

    /// <summary>Another operator, when everything is settled.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        (var gauge, _operator) = await Gauge.StartOperatorAsync(world, cancellationToken);
        Keep(await gauge.EndAsync("restart", Count, Count, arrivals: null, cancellationToken));
    }

    /// <summary>Another display name for each.</summary>
    public async Task RenameAsync(CancellationToken cancellationToken)
    {
        using var renamed = world.Audience.Expect(
            Count, client => client.Status?.DisplayName?.Contains(" renamed [", StringComparison.Ordinal) == true && IsReady(client));
        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        await _population.RenameAsync(Count, "renamed", cancellationToken);
        Keep(await gauge.EndAsync("rename", Count, Count, await renamed.AllAsync(Limit, cancellationToken), cancellationToken));
    }

    /// <summary>One in a hundred clients deleted behind the operator's back.</summary>
    public async Task DriftAsync(CancellationToken cancellationToken)
    {
        var missing = Math.Max(1, Count / 100);
        var lost = world.Audience.Clients.OrderBy(client => client.Metadata.Name, StringComparer.Ordinal).Take(missing)
            .Select(client => client.Status!.ClientId!).ToHashSet(StringComparer.Ordinal);
        foreach (var id in lost)
        {
            await world.Carto.DeleteClientAsync(id, cancellationToken);
        }

        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        await _population.CheckAccountsAsync("drift", cancellationToken);
        await world.Audience.SeeAsync(Count, client => IsReady(client) && !lost.Contains(client.Status!.ClientId!), Limit, cancellationToken);
        Keep(await gauge.EndAsync("1 % missing", missing, missing, arrivals: null, cancellationToken));
        await CheckClientsAsync(Count, cancellationToken);
    }

    /// <summary>CARTO away while people go on, and back.</summary>
    public async Task OutageAsync(CancellationToken cancellationToken)
    {
        var more = Math.Max(1, Count / 10);
        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        await world.Carto.BreakDownAsync(cancellationToken);
        using var ready = world.Audience.Expect(
            more, client => IsReady(client) && string.CompareOrdinal(client.Metadata.Name, world.KeyOf(Count).Name) >= 0);
        await _population.CreateAsync(Count, more, cancellationToken);
        await Task.Delay(world.Options.Outage, TimeProvider.System, cancellationToken);
        await world.Carto.RecoverAsync(cancellationToken);
        Keep(await gauge.EndAsync("outage", more, more, await ready.AllAsync(Limit, cancellationToken), cancellationToken) with { PerSecond = null });
        await CheckClientsAsync(Count + more, cancellationToken);
        using var gone = world.Audience.ExpectGone(more);
        await _population.DeleteAsync(Count, more, cancellationToken);
        await gone.AllAsync(Limit, cancellationToken);
        await Operator.SettleAsync(0, Limit, cancellationToken);
    }

    /// <summary>Nothing at all.</summary>
    public async Task IdleAsync(CancellationToken cancellationToken)
    {
        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        await Task.Delay(world.Options.Idle, TimeProvider.System, cancellationToken);
        Keep(await gauge.EndAsync("idle", Count, 0, arrivals: null, cancellationToken));
    }

    /// <summary>N resources that are to go, and then the operator.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        await _population.DeleteAsync(0, Count, cancellationToken);
        using var gone = world.Audience.ExpectGone(Count);
        (var gauge, _operator) = await Gauge.StartOperatorAsync(world, cancellationToken);
        var arrivals = await gone.AllAsync(Limit, cancellationToken);
        Keep(WithFloor(await gauge.EndAsync("delete", Count, Count, arrivals, cancellationToken), _deleteFloor));
        await CheckClientsAsync(0, cancellationToken);
    }

    /// <summary>Another pair for each; the old clients go on working for a day. Last, because they stay.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        using (var ready = world.Audience.Expect(Count, IsReady))
        {
            await _population.CreateAsync(0, Count, cancellationToken);
            await ready.AllAsync(Limit, cancellationToken);
            await Operator.SettleAsync(0, Limit, cancellationToken);
        }

        using var rotated = world.Audience.Expect(
            Count, client => client.Status is { LastHandledRotateAt: "bench", Pending: null, Current.Serial: > 1 } && IsReady(client));
        var gauge = await Gauge.StartAsync(world, Operator, cancellationToken);
        await _population.RotateAsync(Count, "bench", cancellationToken);
        Keep(await gauge.EndAsync("rotate", Count, Count, await rotated.AllAsync(Limit, cancellationToken), cancellationToken));
        await CheckClientsAsync(2 * Count, cancellationToken);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    internal static bool IsReady(M2MOAuthClient client) =>
        client.Status is { } status
        && status.ObservedGeneration == client.Metadata.Generation
        && status.Conditions?.Any(condition => condition is { Type: ConditionTypes.Ready, Status: "True" }) == true;

    private static Figures WithFloor(Figures figures, FloorOutcome? floor) => floor is null ? figures : figures with
    {
        FloorPerSecond = Gauge.Pace(floor.Seconds),
        FloorCpuSeconds = floor.CpuSeconds,
        FloorAllocatedBytes = floor.AllocatedBytes,
    };

    private void Keep(Figures figures)
    {
        _results.Add(figures);
        tell(figures);
    }

    private async Task StopAsync()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
            _operator = null;
        }
    }

    private Task DeleteSinglesAsync(bool removeFinalizer, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        world.Audience.Clients.Where(client => client.Metadata.NamespaceProperty == BenchWorld.SingleNamespace),
        cancellationToken,
        async (client, token) => await _population.DeleteAsync(client, removeFinalizer, token));

    private async Task CheckClientsAsync(int expected, CancellationToken cancellationToken)
    {
        var found = await world.Carto.CountClientsAsync(cancellationToken) - _leftByFloors;
        if (found != expected)
        {
            throw new InvalidOperationException($"CARTO has {found} clients where there should be {expected}.");
        }
    }
}
