using System.Collections.Concurrent;
using Carto.Emulator;
using Operator.Contracts;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.CrashMatrix;

/// <summary>
/// Runs scenarios against the promises: each first without a fault, which records every effect that the operator has on the outside, and
/// then once for every one of these effects and every fault. New code is covered by itself, because nobody lists the effects by hand.
/// </summary>
/// <param name="server">The API server.</param>
/// <param name="api">Calls of the test's own.</param>
/// <param name="parallel">How many runs at a time.</param>
/// <param name="tell">Where violations and progress are told.</param>
internal sealed class Matrix(KubernetesServer server, KubernetesApi api, int parallel, Action<string> tell)
{
    /// <summary>
    /// How the time moves on while the world is not yet as it should be: first the graces, then the backoffs, then the long looks.
    /// </summary>
    private static readonly TimeSpan[] Steps =
    [
        .. Enumerable.Repeat(TimeSpan.FromSeconds(2), 8),
        .. Enumerable.Repeat(TimeSpan.FromSeconds(10), 6),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(1), 6),
        .. Enumerable.Repeat(TimeSpan.FromMinutes(6), 4),
        TimeSpan.FromMinutes(61),
        TimeSpan.FromMinutes(61),
    ];

    /// <summary>Those that leave something half done.</summary>
    private static readonly InjectedFault[] Brief =
    [
        InjectedFault.KillAfterEffect,
        InjectedFault.KillAfterEffectVeryStale,
        InjectedFault.ServerError,
        InjectedFault.Cut,
    ];

    /// <summary>How the time moves on while CARTO lies in a way that nothing can be done about.</summary>
    private static readonly TimeSpan[] StepsOfALie = [.. Enumerable.Repeat(TimeSpan.FromSeconds(15), 4), TimeSpan.FromMinutes(4)];

    /// <summary>How often CARTO may be asked for something in that time: far more than an operator needs that takes its time.</summary>
    private const int MostCalls = 60;

    private const int ProgressEvery = 250;

    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Runs all that the filter lets pass: every <paramref name="sample"/>th run beside the recordings, and of those that end the operator
    /// also every <paramref name="twice"/>th way to end the life that recovers (0: none).
    /// </summary>
    public async Task<Outcome> RunAsync(Func<Run, bool> filter, int sample, int twice, CancellationToken cancellationToken)
    {
        var outcome = new Outcome();
        var plain =
            from scenario in Scenario.All
            from readable in new[] { true, false }
            where (scenario.Readable ?? readable) == readable
            select new Run(scenario, readable);
        var recorded = await RunAllAsync([.. plain.Where(filter)], outcome, cancellationToken);
        foreach (var (run, points) in recorded)
        {
            outcome.Recorded(run.Scenario.Name, points.Count);
        }

        var faulted =
            from recording in recorded
            from point in recording.Points
            from fault in recording.Run.Scenario.IsBrief ? Brief : Enum.GetValues<InjectedFault>()
            select recording.Run with
            {
                Injection = new Injection(point, fault),
            };
        var recovered = await RunAllAsync(Sampled(faulted.Where(filter), sample), outcome, cancellationToken);
        if (twice > 0)
        {
            // A kill before an effect leaves the same outside as one after the effect before it: these two are enough of each.
            var again =
                from recovery in recovered
                where recovery.Run.Injection!.Fault is InjectedFault.KillBefore or InjectedFault.KillAfterEffect
                from point in recovery.Points
                from fault in new[] { InjectedFault.KillAfterEffect, InjectedFault.KillAfterEffectStale }
                select recovery.Run with
                {
                    Second = new Injection(point, fault),
                };
            await RunAllAsync(Sampled(again.Where(filter), twice), outcome, cancellationToken);
        }

        return outcome;
    }

    /// <summary>
    /// Every so manieth run, in an order that does not depend on which one was recorded first: a sample is always the same.
    /// </summary>
    private static List<Run> Sampled(IEnumerable<Run> runs, int every) =>
        [.. runs.OrderBy(run => run.ToString(), StringComparer.Ordinal).Where((_, i) => i % every == 0)];

    /// <summary>Runs, and returns what each of them could have a fault at next.</summary>
    private async Task<IReadOnlyList<(Run Run, IReadOnlyList<Point> Points)>> RunAllAsync(
        List<Run> runs,
        Outcome outcome,
        CancellationToken cancellationToken
    )
    {
        var ended = new ConcurrentBag<(Run, IReadOnlyList<Point>)>();
        var parallelism = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(runs, parallelism, async (run, token) =>
        {
            ended.Add((run, await RunAsync(run, outcome, token)));
            if (ended.Count % ProgressEvery == 0)
            {
                tell($"{ended.Count} of {runs.Count} runs: {outcome}");
            }
        });
        return [.. ended];
    }

    private async Task<IReadOnlyList<Point>> RunAsync(Run run, Outcome outcome, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(RunLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var effects = new Effects { Injections = run.Injections };
        IReadOnlyList<string> violations;
        var log = "";
        try
        {
            await using var world = await MatrixWorld.CreateAsync(
                server,
                api,
                new EmulatorVariants { SecretInGet = run.Readable },
                MatrixWorld.NoDriftCheck,
                effects,
                either.Token
            );
            violations = await PlayAsync(run, world, either.Token);
            log = violations.Count > 0 ? world.Log.Lines.Tail(400) : "";
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            violations = [$"the run failed: {exception.Message}"];
        }

        outcome.Ended(run, missed: effects.Fallen < run.Injections.Count, violations.Count);
        foreach (var violation in violations)
        {
            tell($"VIOLATION {run}: {violation}");
        }

        if (log.Length > 0)
        {
            outcome.Keep(run, log);
        }

        // No more than this: the world, with all that it logged, can go.
        return [.. effects.RecordedAfter(run.Injections.Count).Distinct()];
    }

    private static async Task<IReadOnlyList<string>> PlayAsync(Run run, MatrixWorld world, CancellationToken cancellationToken)
    {
        var scenario = run.Scenario;
        await world.Lives.StartAsync(stale: null, cancellationToken);
        if (scenario.Before is { } before)
        {
            await world.CreateAsync(Scenario.Resource, before, cancellationToken);
            await world.WaitAsync(Scenario.Resource, IsSynced, "the resource to be synced", cancellationToken);
        }

        await (scenario.Furnish?.Invoke(world, cancellationToken) ?? Task.CompletedTask);
        await world.WaitForAccountsAsync(cancellationToken);
        await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
        await world.Lives.ArmAsync(cancellationToken);
        if (scenario.Meanwhile is { } meanwhile)
        {
            var done = 0;
            world.Effects.Before = effect =>
                effect == meanwhile.Effect && Interlocked.Exchange(ref done, 1) == 0
                    ? meanwhile.Act(world, cancellationToken)
                    : Task.CompletedTask;
        }

        if (scenario.Following is { } following)
        {
            var done = false;
            world.Following = async effect => done |= !done && effect == following.Effect && await following.Act(world, cancellationToken);
        }

        var createdBefore = Creates(world);
        IReadOnlyList<string> violations = [];
        if (scenario.Lie is { } lie)
        {
            world.Lies.Begin(lie);
        }

        await scenario.Act(world, cancellationToken);
        if (scenario.Lie is { IsBearable: false } passing)
        {
            violations = await BearAsync(world, passing, cancellationToken);
            world.Lies.End();
        }

        violations = violations.Count > 0 ? violations : await SettleAsync(world, mayRetire: true, cancellationToken);
        if (
            violations.Count == 0
            && scenario.MostCreated is { } most
            && (most == 0 || run.Injection is null)
            && Creates(world) - createdBefore is var created
            && created > most
        )
        {
            violations = [$"P1: {created} clients were created where {most} should have been"];
        }

        if (violations.Count == 0 && scenario.Then is { } then)
        {
            await then(world, cancellationToken);
            violations = await SettleAsync(world, mayRetire: true, cancellationToken);
        }

        if (violations.Count == 0 && scenario.Later is { } later)
        {
            world.Clock.Advance(later);
            violations = await SettleAsync(world, mayRetire: false, cancellationToken);
        }

        world.Effects.Disarm();
        return violations.Count > 0
            ? violations
            : [.. world.Pairs.Seen.Distinct(), .. await Settlement.DisturbAsync(world, cancellationToken)];
    }

    /// <summary>
    /// Lets time pass while CARTO lies. Returns what is broken then: P5, because it must not be asked without end, and P6, because what is
    /// wrong
    /// must show.
    /// </summary>
    private static async Task<IReadOnlyList<string>> BearAsync(MatrixWorld world, Lie lie, CancellationToken cancellationToken)
    {
        var before = world.Effects.All.Count;
        foreach (var step in StepsOfALie)
        {
            await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
            await ReviveAsync(world, cancellationToken);
            world.Clock.Advance(step);
        }

        await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
        await ReviveAsync(world, cancellationToken);
        var calls = world.Effects.All.Skip(before).Where(effect => effect.StartsWith("CARTO", StringComparison.Ordinal)).ToList();
        return
        [
            .. calls.Count > MostCalls ? [$"P5: CARTO was asked {calls.Count} times while it lied ({lie})"] : Array.Empty<string>(),
            .. lie.IsOfLists && calls.Contains("CARTO list") ? await Promises.SilentAccountsAsync(world, lie, cancellationToken) : [],
        ];
    }

    private static async Task ReviveAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        while (world.Lives.Gate!.IsClosed)
        {
            await world.Lives.RestartAsync(world.Lives.Gate.EndedBy, cancellationToken);
            await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
            world.Lives.Gate.ReleaseWatches();
            await world.Lives.IdleAsync(Settlement.Quiet, cancellationToken);
        }
    }

    /// <summary>How often CARTO was asked for a client.</summary>
    private static int Creates(MatrixWorld world) => world.Effects.All.Count(effect => effect == "CARTO create");

    /// <summary>Lets time pass until every promise holds. Returns what is still broken when there was time enough.</summary>
    private static Task<IReadOnlyList<string>> SettleAsync(MatrixWorld world, bool mayRetire, CancellationToken cancellationToken) =>
        Settlement.SettleAsync(
            world,
            Steps,
            () => ReviveAsync(world, cancellationToken),
            async () =>
                [.. await Promises.CheckAsync(world, cancellationToken), .. mayRetire ? [] : await RetiringAsync(world, cancellationToken)],
            cancellationToken
        );

    /// <summary>P1: what retired is gone when its time is over.</summary>
    private static async Task<IReadOnlyList<string>> RetiringAsync(MatrixWorld world, CancellationToken cancellationToken) =>
        [
            .. (await world.ListAsync(cancellationToken))
                .Where(resource => resource.Status?.Retiring is { Count: > 0 })
                .Select(resource =>
                    $"P1: {resource.Metadata.Name} still has {string.Join(", ", resource.Status!.Retiring!)} at {world.Clock.GetUtcNow():u}"
                ),
        ];

    private static bool IsSynced(M2MOAuthClient? resource) =>
        resource?.Status is { Pending: null } status
        && status.ObservedGeneration == resource.Metadata.Generation
        && ConditionSet.Find(status.Conditions, ConditionTypes.Synced) is { Status: "True" };
}

/// <summary>One run of a scenario.</summary>
/// <param name="Scenario">Which.</param>
/// <param name="Readable">Whether CARTO tells secrets again.</param>
/// <param name="Injection">Which fault is injected where; null: none.</param>
/// <param name="Second">Which one falls on the life that recovers from it; null: none.</param>
internal sealed record Run(Scenario Scenario, bool Readable, Injection? Injection = null, Injection? Second = null)
{
    /// <summary>All faults in order.</summary>
    public IReadOnlyList<Injection> Injections => [.. new[] { Injection, Second }.OfType<Injection>()];

    /// <summary>The options that repeat this run alone.</summary>
    public override string ToString() =>
        $"--scenario {Scenario.Name} --readable {(Readable ? "true" : "false")}"
        + (Injection is null ? "" : $" --point '{Injection.Point}' --fault {Injection.Fault}")
        + (Second is null ? "" : $" --second-point '{Second.Point}' --second-fault {Second.Fault}");
}

/// <summary>What came of it all. Safe for several runs at a time.</summary>
internal sealed class Outcome
{
    private readonly ConcurrentDictionary<string, int> _points = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Run, string> _logs = new();
    private readonly ConcurrentQueue<Run> _missed = new();
    private int _runs;
    private int _twice;
    private int _violations;

    public int Scenarios => _points.Count;

    /// <summary>Different effects of all scenarios.</summary>
    public int Points => _points.Values.Sum();

    public int Runs => _runs;

    /// <summary>How many of the runs ended the operator twice.</summary>
    public int Twice => _twice;

    /// <summary>Runs in which the effect that the fault was for did not happen: another order than in the recording.</summary>
    public IReadOnlyCollection<Run> Missed => _missed;

    public int Violations => _violations;

    /// <summary>What was logged in runs with violations.</summary>
    public IReadOnlyDictionary<Run, string> Logs => _logs;

    public void Recorded(string scenario, int points) => _points.AddOrUpdate(scenario, points, (_, before) => Math.Max(before, points));

    public void Ended(Run run, bool missed, int violations)
    {
        Interlocked.Increment(ref _runs);
        Interlocked.Add(ref _violations, violations);
        if (run.Second is not null)
        {
            Interlocked.Increment(ref _twice);
        }

        if (missed)
        {
            _missed.Enqueue(run);
        }
    }

    public void Keep(Run run, string log) => _logs[run] = log;

    public override string ToString() => $"crash matrix: {Scenarios} scenarios, {Points} points, {Runs} runs, {Violations} violations";
}
