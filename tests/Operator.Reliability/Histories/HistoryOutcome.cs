using System.Collections.Concurrent;

namespace Operator.Reliability.Histories;

/// <summary>What came of it all. Safe for several runs at a time.</summary>
internal sealed class HistoryOutcome
{
    private readonly ConcurrentDictionary<string, Played> _violated = new(StringComparer.Ordinal);
    private int _runs;
    private int _acts;

    public int Runs => _runs;

    /// <summary>Histories that broke a promise.</summary>
    public int Violations => _violated.Count;

    /// <summary>What was logged in histories with violations, by their seeds.</summary>
    public IEnumerable<(string Seed, string Log)> Logs => _violated.Select(violated => (violated.Key, violated.Value.Log));

    public void Ended(int acts)
    {
        Interlocked.Increment(ref _runs);
        Interlocked.Add(ref _acts, acts);
    }

    public void Violated(string seed, Played played) => _violated[seed] = played;

    public override string ToString() => $"histories: {Runs} runs, {_acts} actions, {Violations} violations";
}
