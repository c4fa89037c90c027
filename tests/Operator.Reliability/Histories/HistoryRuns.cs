using System.Globalization;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Histories;

/// <summary>
/// Plays histories against the promises, several at a time, each in a world of its own. One that breaks a promise is cut down to the acts
/// that it takes.
/// </summary>
/// <param name="server">The API server.</param>
/// <param name="api">Calls of the test's own.</param>
/// <param name="parallel">How many at a time.</param>
/// <param name="tell">Where violations are told.</param>
internal sealed class HistoryRuns(KubernetesServer server, KubernetesApi api, int parallel, Action<string> tell)
{
    /// <summary>How often a history is played again at most to cut it down.</summary>
    private const int MostReplays = 80;

    /// <summary>
    /// How often a part is played before it counts as harmless: what the operator does at the same time is not quite the same each time.
    /// </summary>
    private const int Tries = 2;

    /// <summary>See <see cref="Shrinks"/>.</summary>
    public const int MostShrunk = 5;

    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(3);

    private int _shrunk;

    /// <summary>When so many histories have been cut down, those that follow are told as they are.</summary>
    public int Shrinks { get; init; } = MostShrunk;

    /// <summary>Whether they are those of <see cref="Generator.Of"/> that are plain.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Plays the histories of seeds.</summary>
    public async Task<HistoryOutcome> RunAsync(IEnumerable<string> seeds, CancellationToken cancellationToken)
    {
        var outcome = new HistoryOutcome();
        var parallelism = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(seeds, parallelism, async (seed, token) =>
        {
            var history = Generator.Of(seed, IsPlain);
            var played = await PlayAsync(history, outcome, token);
            if (played.Violations.Count > 0)
            {
                outcome.Violated(seed, played);
                await TellAsync(seed, history, played, token);
            }
        });
        return outcome;
    }

    /// <summary>Plays some of the acts of one history again, so many times.</summary>
    public async Task<HistoryOutcome> RepeatAsync(string seed, IReadOnlyList<int>? acts, int times, CancellationToken cancellationToken)
    {
        var outcome = new HistoryOutcome();
        var history = Generator.Of(seed, IsPlain);
        history = acts is null ? history : history.Keep(acts);
        tell(history.ToString());
        for (var time = 0; time < times; time++)
        {
            var played = await PlayAsync(history, outcome, cancellationToken);
            if (played.Violations.Count > 0)
            {
                outcome.Violated(string.Create(CultureInfo.InvariantCulture, $"{seed}-{time}"), played);
                Tell(played);
            }
        }

        return outcome;
    }

    private async Task TellAsync(string seed, History history, Played played, CancellationToken cancellationToken)
    {
        int[] acts = [.. Enumerable.Range(0, history.Acts.Count)];
        var shown = played;
        if (Interlocked.Increment(ref _shrunk) <= Shrinks)
        {
            (acts, shown) = await ShrinkAsync(history, acts, played, cancellationToken);
        }

        lock (tell)
        {
            Tell(shown);
            tell(history.Keep(acts).ToString());
            tell($"repeat it with: make histories ARGS=\"--seed {seed} --acts {string.Join(',', acts)}{(IsPlain ? " --plain" : "")}\"");
        }
    }

    private void Tell(Played played)
    {
        foreach (var violation in played.Violations)
        {
            tell($"VIOLATION {violation}");
        }
    }

    /// <summary>
    /// Leaves out stretches of the history, first halves and then ever shorter ones down to single acts, and does without each that the
    /// same promise is broken without.
    /// </summary>
    private async Task<(int[] Acts, Played Played)> ShrinkAsync(
        History history,
        int[] acts,
        Played played,
        CancellationToken cancellationToken
    )
    {
        var promise = played.Violations[0][..2];
        var replays = 0;
        for (var length = acts.Length / 2; length > 0; )
        {
            var before = acts.Length;
            for (var start = 0; start < acts.Length && acts.Length > length && replays < MostReplays; )
            {
                int[] part = [.. acts[..start], .. acts[Math.Min(start + length, acts.Length)..]];
                if (await BreaksAsync(part) is { } again)
                {
                    (acts, played) = (part, again);
                }
                else
                {
                    start += length;
                }
            }

            // What could not be left out before may be superfluous without what was.
            length = acts.Length < before ? Math.Min(length, acts.Length / 2) : length / 2;
        }

        return (acts, played);

        async Task<Played?> BreaksAsync(int[] part)
        {
            for (var go = 0; go < Tries && replays < MostReplays; go++)
            {
                replays++;
                var again = await PlayAsync(history.Keep(part), outcome: null, cancellationToken);
                if (again.Violations.Any(violation => violation.StartsWith(promise, StringComparison.Ordinal)))
                {
                    return again;
                }
            }

            return null;
        }
    }

    private async Task<Played> PlayAsync(History history, HistoryOutcome? outcome, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(RunLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Played played;
        try
        {
            await using var world = await MatrixWorld.CreateAsync(
                server,
                api,
                history.Variants,
                DriftCheckInterval,
                new Effects(),
                either.Token
            );
            var violations = await new Player(world).PlayAsync(history, either.Token);
            played = new Played(violations, violations.Count > 0 ? world.Log.Lines.Tail(2000) : "");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            played = new Played([$"it could not be played: {exception}"], "");
        }

        outcome?.Ended(history.Acts.Count);
        return played;
    }

    private const string DriftCheckInterval = "10m";
}

/// <summary>How a history went.</summary>
/// <param name="Violations">The promises that were broken.</param>
/// <param name="Log">What was logged, where any was.</param>
internal sealed record Played(IReadOnlyList<string> Violations, string Log);
