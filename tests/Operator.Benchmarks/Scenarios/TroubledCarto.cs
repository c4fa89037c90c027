using Operator.Benchmarks.Measures;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// A CARTO that is slow, strict or silent, while resources are created beside those that are settled. Afterwards there is one client for
/// each,
/// as ever.
/// </summary>
internal sealed class TroubledCarto(Stage stage)
{
    /// <summary>How long a slow CARTO takes for each answer.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(150);

    /// <summary>How many answers a new resource waits for, one after the other: to its creation, and to the token that proves it.</summary>
    private const int Waits = 2;

    /// <summary>How many requests a second a strict CARTO takes from each user; the accounts are told that it takes many more.</summary>
    private const int Allowed = 3;

    /// <summary>How many a silent account is given to do, for each worker of the operator.</summary>
    private const int StuckPerWorker = 2;

    private int More => stage.World.Options.More ?? Math.Max(100, stage.Count / 10);

    /// <summary>Every answer takes long. What the workers could do at most is one resource in the time of the waits each.</summary>
    public async Task SlowAsync(CancellationToken cancellationToken)
    {
        var numbers = Numbers(_ => true);
        await stage.World.Carto.SlowDownAsync(Delay, cancellationToken);
        var figures = await CreateAsync("create, slow CARTO", numbers, cancellationToken);
        await stage.World.Carto.RecoverAsync(cancellationToken);
        stage.Keep(
            figures with
            {
                Reference = "all workers",
                ReferencePaces = [stage.World.Options.Concurrency / (Waits * Delay.TotalSeconds)],
            }
        );
        await stage.CheckClientsAsync(stage.Count + numbers.Count, cancellationToken);
        await stage.RemoveAsync(numbers, cancellationToken);
    }

    /// <summary>CARTO takes fewer requests than the accounts are told. What it allows at most is one resource for each.</summary>
    public async Task StrictAsync(CancellationToken cancellationToken)
    {
        var numbers = Numbers(_ => true);
        await stage.World.Carto.LimitAsync(Allowed, cancellationToken);
        var figures = await CreateAsync("create, strict CARTO", numbers, cancellationToken);
        await stage.World.Carto.RecoverAsync(cancellationToken);
        stage.Keep(figures with { Reference = "allowed", ReferencePaces = [Allowed * stage.World.Options.Accounts] });
        await stage.CheckClientsAsync(stage.Count + numbers.Count, cancellationToken);
        await stage.RemoveAsync(numbers, cancellationToken);
    }

    /// <summary>
    /// One account gets no answer at all, and has enough to do to keep all workers waiting; the others go on. First without it.
    /// </summary>
    public async Task SilentAsync(CancellationToken cancellationToken)
    {
        var world = stage.World;
        var silent = world.Users[0];
        var others = Numbers(account => account != silent.Name);
        var alone = await CreateAsync("create, all answer", others, cancellationToken);
        stage.Keep(alone);
        await stage.RemoveAsync(others, cancellationToken);

        var stuck = Enumerable
            .Range(stage.Count, int.MaxValue - stage.Count)
            .Where(number => AccountOf(number) == silent.Name)
            .Take(StuckPerWorker * world.Options.Concurrency)
            .ToList();
        await world.Carto.FallSilentAsync(silent, cancellationToken);
        using var stuckReady = stage.ExpectReady(stuck);
        using var ready = stage.ExpectReady(others);
        var gauge = await stage.MeasureAsync(cancellationToken);
        await stage.Population.CreateAsync(stuck, cancellationToken);
        var times = await stage.Population.CreateAsync(others, cancellationToken);
        var arrivals = await ready.AllAsync(stage.Limit, cancellationToken);
        await world.Carto.RecoverAsync(cancellationToken);
        await stuckReady.AllAsync(stage.Limit, cancellationToken);
        var figures = await gauge.EndAsync("create, one silent", others.Count, others.Count, arrivals, cancellationToken);
        stage.Keep(
            figures with
            {
                Latency = Spread.Of(ready.MillisecondsSince(times)),
                Reference = "all answer",
                ReferencePaces = alone.PerSecond is { } pace ? [pace] : null,
                ReferenceLatency = alone.Latency,
            }
        );
        await stage.CheckClientsAsync(stage.Count + others.Count + stuck.Count, cancellationToken);
        await stage.RemoveAsync([.. others, .. stuck], cancellationToken);
    }

    private List<int> Numbers(Func<string, bool> ofAccount) =>
        [.. Enumerable.Range(stage.Count, More).Where(number => ofAccount(AccountOf(number)))];

    private string AccountOf(int number) => stage.World.AccountOf(stage.World.KeyOf(number).Namespace!);

    private async Task<Figures> CreateAsync(string scenario, List<int> numbers, CancellationToken cancellationToken)
    {
        using var ready = stage.ExpectReady(numbers);
        var gauge = await stage.MeasureAsync(cancellationToken);
        var times = await stage.Population.CreateAsync(numbers, cancellationToken);
        var arrivals = await ready.AllAsync(stage.Limit, cancellationToken);
        var figures = await gauge.EndAsync(scenario, numbers.Count, numbers.Count, arrivals, cancellationToken);
        return figures with { Latency = Spread.Of(ready.MillisecondsSince(times)) };
    }
}
