namespace Carto.Emulator;

/// <summary>A received call. Contains no secrets.</summary>
/// <param name="Sequence">Ordinal by the time calls ended, from 1.</param>
/// <param name="Time">When it ended.</param>
/// <param name="Operation">The operation.</param>
/// <param name="UserId">The user on whose behalf; null if unknown.</param>
/// <param name="Subject">The affected Client ID, or the name for a create; null if none.</param>
/// <param name="Outcome"><c>ok</c>, a short HTTP status or error, or <c>fault</c> and its kind.</param>
/// <param name="TookEffect">Whether it changed something or issued a token.</param>
public sealed record CallRecord(
    long Sequence,
    DateTimeOffset Time,
    Operation Operation,
    string? UserId,
    string? Subject,
    string Outcome,
    bool TookEffect
);

/// <summary>The received calls. Counts all; keeps the latest <see cref="Capacity"/> in full. Thread-safe.</summary>
public sealed class CallLog
{
    /// <summary>How many calls are kept in full.</summary>
    public const int Capacity = 100_000;

    private readonly Lock _lock = new();
    private readonly Queue<CallRecord> _latest = [];
    private readonly Dictionary<(Operation Operation, string Outcome), long> _counts = [];
    private long _sequence;

    internal CallLog() { }

    /// <summary>The latest calls, oldest first.</summary>
    public IReadOnlyList<CallRecord> Latest
    {
        get
        {
            lock (_lock)
            {
                return [.. _latest];
            }
        }
    }

    /// <summary>Calls by operation and outcome since the start or the last <see cref="Reset"/>.</summary>
    public IReadOnlyDictionary<(Operation Operation, string Outcome), long> Counts
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<(Operation, string), long>(_counts);
            }
        }
    }

    /// <summary>Number of calls of an operation, whatever their outcome.</summary>
    public long Count(Operation operation)
    {
        lock (_lock)
        {
            return _counts.Where(c => operation == Operation.Any || c.Key.Operation == operation).Sum(c => c.Value);
        }
    }

    /// <summary>Forgets all calls.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _latest.Clear();
            _counts.Clear();
        }
    }

    internal void Add(DateTimeOffset time, Operation operation, string? userId, string? subject, string outcome, bool tookEffect)
    {
        lock (_lock)
        {
            var key = (operation, outcome);
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
            _latest.Enqueue(new CallRecord(++_sequence, time, operation, userId, subject, outcome, tookEffect));
            if (_latest.Count > Capacity)
            {
                _latest.Dequeue();
            }
        }
    }
}
