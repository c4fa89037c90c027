using Operator.Benchmarks.Measures;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// All scenarios, one after the other on the same cluster. Each begins and ends with an operator at rest, or with none, and checks that
/// what it made is right: a fast wrong answer is none.
/// </summary>
/// <param name="world">What it plays on.</param>
/// <param name="tell">Told each result.</param>
internal sealed class Bench(BenchWorld world, Action<Figures> tell) : IAsyncDisposable
{
    private readonly Stage _stage = new(world, tell);
    private Spread? _unloaded;
    private FloorRuns? _floors;

    /// <summary>What was measured so far.</summary>
    public IReadOnlyList<Figures> Results => _floors is { } floors ? [.. _stage.Results.Select(floors.Beside)] : _stage.Results;

    /// <summary>The memory of an operator that has nothing to do, and whose meters nobody reads; null until it was measured.</summary>
    public MemoryFigures? AtRest { get; private set; }

    /// <summary>The operator's last lines; empty when it does not run.</summary>
    public string OperatorLogTail => _stage.OperatorLogTail;

    private int Count => _stage.Count;

    private TimeSpan Limit => _stage.Limit;

    private Population Population => _stage.Population;

    /// <summary>All of it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _floors = new FloorRuns(_stage);
        await _floors.RunAsync(Count - (Count / 2), cancellationToken);
        await CreateAsync(cancellationToken);
        await LatencyAsync(cancellationToken);
        await CheckAsync(cancellationToken);
        await RestartAsync(cancellationToken);
        await IdleAsync(cancellationToken);
        await RestAsync(cancellationToken);
        await RenameAsync(cancellationToken);
        await DriftAsync(cancellationToken);
        var troubled = new TroubledCarto(_stage);
        await troubled.SlowAsync(cancellationToken);
        await troubled.StrictAsync(cancellationToken);
        await troubled.SilentAsync(cancellationToken);
        if (world.Options.Outage > TimeSpan.Zero)
        {
            await OutageAsync(cancellationToken);
        }

        await DeleteAsync(cancellationToken);
        await _stage.StopOperatorAsync();
        await _floors.RunAsync(Count / 2, cancellationToken);
        await LatencyUnderLoadAsync(cancellationToken);
        await RotateAsync(cancellationToken);
    }

    /// <summary>N resources that no operator has reconciled yet, and then the operator.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await Population.CreateAsync(0, Count, cancellationToken);
        using var ready = world.Audience.Expect(Count, Stage.IsReady);
        var gauge = await _stage.StartOperatorAsync(cancellationToken);
        var arrivals = await ready.AllAsync(Limit, cancellationToken);
        _stage.Keep(await gauge.EndAsync("create", Count, Count, arrivals, cancellationToken));
        await _stage.CheckClientsAsync(Count, cancellationToken);
    }

    /// <summary>One resource at a time, until its Secret is there, and nothing else to do.</summary>
    public async Task LatencyAsync(CancellationToken cancellationToken)
    {
        var samples = world.Options.Samples;
        await using var singles = await Singles.StartAsync(_stage, cancellationToken);
        var gauge = await _stage.MeasureAsync(cancellationToken);
        _unloaded = Spread.Of(await singles.ManyAsync(samples, cancellationToken));
        var figures = await gauge.EndAsync("latency", samples, samples, arrivals: null, cancellationToken);
        _stage.Keep(figures with { Latency = _unloaded });
        await Singles.RemoveAsync(_stage, cancellationToken);
    }

    /// <summary>The same while the operator has N new resources to work off, which were there before it was.</summary>
    public async Task LatencyUnderLoadAsync(CancellationToken cancellationToken)
    {
        await Population.CreateAsync(0, Count, cancellationToken);
        await using var singles = await Singles.StartAsync(_stage, cancellationToken);
        using var ready = world.Audience.Expect(Count, client =>
            client.Metadata.NamespaceProperty != BenchWorld.SingleNamespace && Stage.IsReady(client)
        );
        var gauge = await _stage.StartOperatorAsync(cancellationToken);

        // What comes before their account works is the start of the operator.
        var account = world.AccountOf(BenchWorld.SingleNamespace);
        using var begun = world.Audience.Expect(1, client => client.Spec.AccountRef.Name == account && Stage.IsReady(client));
        await begun.AllAsync(Limit, cancellationToken);
        var all = ready.AllAsync(Limit, cancellationToken);
        var milliseconds = await singles.UntilAsync(all, cancellationToken);
        await all;
        var figures = await gauge.EndAsync("latency, N created", milliseconds.Count, Count, arrivals: null, cancellationToken);
        _stage.Keep(figures with { Latency = Spread.Of(milliseconds), Reference = "latency", ReferenceLatency = _unloaded });
        await Singles.RemoveAsync(_stage, cancellationToken);
        await _stage.CheckClientsAsync(Count, cancellationToken);
    }

    /// <summary>A comparison with CARTO that finds nothing.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var gauge = await _stage.MeasureAsync(cancellationToken);
        await Population.CheckAccountsAsync("check", cancellationToken);
        _stage.Keep(await gauge.EndAsync("drift check", Count, 0, arrivals: null, cancellationToken));
    }

    /// <summary>Another operator, when everything is settled.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _stage.StopOperatorAsync();
        var gauge = await _stage.StartOperatorAsync(cancellationToken);
        _stage.Keep(await gauge.EndAsync("restart", Count, Count, arrivals: null, cancellationToken));
    }

    /// <summary>Another display name for each, and then the operator.</summary>
    public async Task RenameAsync(CancellationToken cancellationToken)
    {
        await _stage.StopOperatorAsync();
        await Population.RenameAsync(Count, "renamed", cancellationToken);
        using var renamed = world.Audience.Expect(Count, client =>
            client.Status?.DisplayName?.Contains(" renamed [", StringComparison.Ordinal) == true && Stage.IsReady(client)
        );
        var gauge = await _stage.StartOperatorAsync(cancellationToken);
        var arrivals = await renamed.AllAsync(Limit, cancellationToken);
        _stage.Keep(await gauge.EndAsync("rename", Count, Count, arrivals, cancellationToken));
    }

    /// <summary>One in a hundred clients deleted behind the operator's back.</summary>
    public async Task DriftAsync(CancellationToken cancellationToken)
    {
        var missing = Math.Max(1, Count / 100);
        var lost = world
            .Audience.Clients.OrderBy(client => client.Metadata.Name, StringComparer.Ordinal)
            .Take(missing)
            .Select(client => client.Status!.ClientId!)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var id in lost)
        {
            await world.Carto.DeleteClientAsync(id, cancellationToken);
        }

        var gauge = await _stage.MeasureAsync(cancellationToken);
        await Population.CheckAccountsAsync("drift", cancellationToken);
        await world.Audience.SeeAsync(
            Count,
            client => Stage.IsReady(client) && !lost.Contains(client.Status!.ClientId!),
            Limit,
            cancellationToken
        );
        _stage.Keep(await gauge.EndAsync("1 % missing", missing, missing, arrivals: null, cancellationToken));
        await _stage.CheckClientsAsync(Count, cancellationToken);
    }

    /// <summary>CARTO away while people go on, and back.</summary>
    public async Task OutageAsync(CancellationToken cancellationToken)
    {
        var more = Enumerable.Range(Count, Math.Max(1, Count / 10)).ToList();
        var gauge = await _stage.MeasureAsync(cancellationToken);
        await world.Carto.BreakDownAsync(cancellationToken);
        using var ready = _stage.ExpectReady(more);
        await Population.CreateAsync(more, cancellationToken);
        await Task.Delay(world.Options.Outage, TimeProvider.System, cancellationToken);
        await world.Carto.RecoverAsync(cancellationToken);
        var arrivals = await ready.AllAsync(Limit, cancellationToken);
        _stage.Keep(await gauge.EndAsync("outage", more.Count, more.Count, arrivals, cancellationToken) with { PerSecond = null });
        await _stage.CheckClientsAsync(Count + more.Count, cancellationToken);
        await _stage.RemoveAsync(more, cancellationToken);
    }

    /// <summary>Nothing at all.</summary>
    public async Task IdleAsync(CancellationToken cancellationToken)
    {
        var gauge = await _stage.MeasureAsync(cancellationToken);
        await Task.Delay(world.Options.Idle, TimeProvider.System, cancellationToken);
        _stage.Keep(await gauge.EndAsync("idle", Count, 0, arrivals: null, cancellationToken));
    }

    /// <summary>The same, with nobody who measures it: only its memory is taken, when it has given back what it does not need.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        await _stage.StopOperatorAsync();
        AtRest = await new MemoryAtRest(world, Count).MeasureAsync(cancellationToken);
    }

    /// <summary>N resources that are to go, and then the operator.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await _stage.StopOperatorAsync();
        await Population.DeleteAsync(0, Count, cancellationToken);
        using var gone = world.Audience.ExpectGone(Count);
        var gauge = await _stage.StartOperatorAsync(cancellationToken);
        var arrivals = await gone.AllAsync(Limit, cancellationToken);
        _stage.Keep(await gauge.EndAsync("delete", Count, Count, arrivals, cancellationToken));
        await _stage.CheckClientsAsync(0, cancellationToken);
        await world.WaitForSecretsToGoAsync(cancellationToken);
    }

    /// <summary>Another pair for each, and then the operator; the old clients go on working for a day. Last, because they stay.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        await _stage.StopOperatorAsync();
        await Population.RotateAsync(Count, "bench", cancellationToken);
        using var rotated = world.Audience.Expect(Count, client =>
            client.Status is { LastHandledRotateAt: "bench", Pending: null, Current.Serial: > 1 } && Stage.IsReady(client)
        );
        var gauge = await _stage.StartOperatorAsync(cancellationToken);
        var arrivals = await rotated.AllAsync(Limit, cancellationToken);
        _stage.Keep(await gauge.EndAsync("rotate", Count, Count, arrivals, cancellationToken));
        await _stage.CheckClientsAsync(2 * Count, cancellationToken);
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();
}
