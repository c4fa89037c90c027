using Operator.Benchmarks.Measures;
using Operator.Benchmarks.World;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.Scenarios;

/// <summary>What all scenarios share: the cluster and its resources, the operator, and what was measured.</summary>
/// <param name="world">What they play on.</param>
/// <param name="tell">Told each result.</param>
internal sealed class Stage(BenchWorld world, Action<Figures> tell) : IAsyncDisposable
{
    private readonly List<Figures> _results = [];
    private MeasuredOperator? _operator;

    public BenchWorld World => world;

    public Population Population { get; } = new(world);

    public int Count => world.Options.Resources;

    public TimeSpan Limit => world.Options.Limit;

    /// <summary>What was measured so far.</summary>
    public IReadOnlyList<Figures> Results => _results;

    /// <summary>The operator that runs.</summary>
    public MeasuredOperator Operator => _operator ?? throw new InvalidOperationException("The operator does not run.");

    /// <summary>The operator's last lines; empty when it does not run.</summary>
    public string OperatorLogTail => _operator?.LogTail ?? "";

    /// <summary>Clients in CARTO that are nobody's: bare loops leave them.</summary>
    public int Strays { get; set; }

    public static bool IsReady(M2MOAuthClient client) =>
        client.Status is { } status
        && status.ObservedGeneration == client.Metadata.Generation
        && status.Conditions?.Any(condition => condition is { Type: ConditionTypes.Ready, Status: "True" }) == true;

    /// <summary>Keeps a result.</summary>
    public void Keep(Figures figures)
    {
        _results.Add(figures);
        tell(figures);
    }

    /// <summary>Measures from here on what the operator does that runs.</summary>
    public Task<Gauge> MeasureAsync(CancellationToken cancellationToken) => Gauge.StartAsync(world, Operator, cancellationToken);

    /// <summary>Starts an operator, and measures it from its start on.</summary>
    public async Task<Gauge> StartOperatorAsync(CancellationToken cancellationToken)
    {
        (var gauge, _operator) = await Gauge.StartOperatorAsync(world, cancellationToken);
        return gauge;
    }

    public async Task StopOperatorAsync()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
            _operator = null;
        }
    }

    /// <summary>Begins to wait until resources are Ready.</summary>
    public Arrivals ExpectReady(IReadOnlyCollection<int> numbers)
    {
        var keys = numbers.Select(world.KeyOf).ToHashSet();
        return world.Audience.Expect(keys.Count, client => keys.Contains(ObjectKey.Of(client)) && IsReady(client));
    }

    /// <summary>Deletes resources beside the N, and waits until they are gone and the operator is at rest.</summary>
    public async Task RemoveAsync(IReadOnlyCollection<int> numbers, CancellationToken cancellationToken)
    {
        using var gone = world.Audience.ExpectGone(numbers.Count);
        await Population.DeleteAsync(numbers, cancellationToken);
        await gone.AllAsync(Limit, cancellationToken);
        await Operator.SettleAsync(0, Limit, cancellationToken);
    }

    /// <summary>Fails unless CARTO has as many clients as there should be: none lost, none twice.</summary>
    public async Task CheckClientsAsync(int expected, CancellationToken cancellationToken)
    {
        var found = await world.Carto.CountClientsAsync(cancellationToken) - Strays;
        if (found != expected)
        {
            throw new InvalidOperationException($"CARTO has {found} clients where there should be {expected}.");
        }
    }

    public async ValueTask DisposeAsync() => await StopOperatorAsync();
}
