using System.Text.RegularExpressions;
using Carto.Emulator;
using Operator.Runtime;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.Reliability.Kills;

/// <summary>People at work, an operator that is killed again and again, one that is left in peace, and the comparison.</summary>
/// <param name="server">The API server.</param>
/// <param name="api">Calls of the test's own.</param>
/// <param name="tell">Where progress and violations are told.</param>
internal sealed partial class KillsRun(KubernetesServer server, KubernetesApi api, Action<string> tell)
{
    private const int ProgressEvery = 10;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For how long nothing may get better before what is left counts as broken: longer than any grace, backoff and overlap here.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs once.</summary>
    public async Task<KillsOutcome> RunAsync(KillsOptions options, CancellationToken cancellationToken)
    {
        tell($"seed {options.Seed}");
        await using var world = await KillsWorld.CreateAsync(server, api, options.Alone, cancellationToken);
        using var leaks = new LeakHunt(() => world.Carto.SecretsEverIssued).Watch(world.Log);
        var people = new People(world, options);
        var watch = new Watch(world);
        using (var enough = new CancellationTokenSource())
        {
            world.Trouble();
            var meanwhile = Task.WhenAll(
                people.ActAsync(enough.Token, cancellationToken),
                watch.LookAsync(enough.Token, cancellationToken)
            );
            var lives = new Lives(world, new Random(options.Seed));
            for (var kills = 1; kills <= options.Kills; kills++)
            {
                await lives.LiveAsync(cancellationToken);
                if (kills % ProgressEvery == 0)
                {
                    tell($"{kills} of {options.Kills} kills, {people.Actions} actions");
                }
            }

            await enough.CancelAsync();
            await meanwhile;
        }

        world.Carto.Faults.Clear();
        List<string> violations;
        await using (world.Start())
        {
            violations = [.. await SettleAsync(world, cancellationToken)];
        }

        violations.AddRange(world.SeenOnTheWay.Distinct());
        await leaks.SearchAsync(server, world.Namespace, cancellationToken);
        violations.AddRange(leaks.Found().Distinct().Select(found => $"P4: {found}"));
        foreach (var violation in violations)
        {
            tell($"VIOLATION --seed {options.Seed}: {violation}");
            foreach (var line in Story(world, violation))
            {
                tell($"  {line}");
            }
        }

        tell($"{people.Actions} actions, {watch.Reads} reads of all Secrets; {Told(world)}");
        return new KillsOutcome(options.Resources, options.Kills, violations, world.Log.Since(0));
    }

    /// <summary>Compares until nothing is left to find, or nothing gets better any more.</summary>
    private static async Task<IReadOnlyList<string>> SettleAsync(KillsWorld world, CancellationToken cancellationToken)
    {
        var comparison = new Comparison(world);
        var since = TimeProvider.System.GetTimestamp();
        IReadOnlyList<string>? before = null;
        while (true)
        {
            var differences = await comparison.CompareAsync(cancellationToken);
            if (before is null || !differences.SequenceEqual(before))
            {
                (before, since) = (differences, TimeProvider.System.GetTimestamp());
            }

            if (differences.Count == 0 || TimeProvider.System.GetElapsedTime(since) > Patience)
            {
                return differences;
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>What the operator told of the resource that a violation is about, in all its lives.</summary>
    private static IEnumerable<string> Story(KillsWorld world, string violation)
    {
        var name = Names().Match(violation).Value;
        return name.Length == 0
            ? []
            : world
                .Log.Since(0)
                .Where(line =>
                    line.Contains($"{world.Namespace}/{name} ", StringComparison.Ordinal)
                    || line.Contains("runs against", StringComparison.Ordinal)
                );
    }

    [GeneratedRegex(@"\bclient-[0-9]+\b")]
    private static partial Regex Names();

    /// <summary>How often the operator had to look for clients that it might have created before.</summary>
    private static string Told(KillsWorld world)
    {
        var found = world.Log.Since(0).Count(line => line.Contains("Next: FindByMark", StringComparison.Ordinal));
        var clients = world.Carto.AllClients();
        return $"{clients.Count} clients were created, {clients.Count(client => !client.IsLive)} revoked; {found} looks for clients of "
            + "interrupted creations, "
            + $"{world.Carto.Calls.Count(Operation.Any)} calls";
    }
}

/// <summary>What came of it.</summary>
/// <param name="Resources">How many resources people had.</param>
/// <param name="Kills">How often the operator was killed.</param>
/// <param name="Violations">Promises that were broken.</param>
/// <param name="Log">All that it logged.</param>
internal sealed record KillsOutcome(int Resources, int Kills, IReadOnlyList<string> Violations, IReadOnlyList<string> Log)
{
    public override string ToString() => $"kills: {Resources} resources, {Kills} kills, {Violations.Count} violations";
}
