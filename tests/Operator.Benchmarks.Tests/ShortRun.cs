using Operator.Benchmarks.Measures;
using Operator.Benchmarks.Scenarios;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks.Tests;

/// <summary>The benchmark with few resources, run once for all tests: how many calls it takes does not depend on the machine.</summary>
public sealed class ShortRun : IAsyncLifetime
{
    internal const int Resources = 100;

    internal const int Accounts = 5;

    internal const int Samples = 5;

    internal const int More = 40;

    private Dictionary<string, Figures> _figures = [];

    public async ValueTask InitializeAsync()
    {
        var options = new BenchOptions
        {
            Resources = Resources,
            Accounts = Accounts,
            Namespaces = 10,
            Samples = Samples,
            More = More,
            Idle = TimeSpan.FromSeconds(1),
            Rest = TimeSpan.FromSeconds(5),
            Outage = TimeSpan.Zero,
            MeterInterval = TimeSpan.FromMilliseconds(250),
            Limit = TimeSpan.FromMinutes(5),
        };
        var cancelled = TestContext.Current.CancellationToken;
        await using var world = await BenchWorld.StartAsync(options, cancelled);
        await using var bench = new Bench(world, _ => { });
        try
        {
            await bench.RunAsync(cancelled);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"The run failed after {bench.Results.Count} scenarios. The operator's last lines:\n{bench.OperatorLogTail}",
                exception
            );
        }

        _figures = bench.Results.ToDictionary(figures => figures.Scenario, StringComparer.Ordinal);
    }

    /// <summary>What a scenario came to.</summary>
    internal Figures Of(string scenario) => _figures[scenario];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
