using System.Diagnostics.CodeAnalysis;

namespace Operator.Runtime;

/// <summary>Identifies equal events.</summary>
internal readonly record struct EventIdentity(string Uid, EventType Type, string Reason, string Action, string Note);

/// <summary>A written event, with its number of occurrences since.</summary>
internal sealed class EventSeries(EventIdentity identity, ObjectKey key, DateTimeOffset now)
{
    public EventIdentity Identity => identity;

    /// <summary>Key of the event object.</summary>
    public ObjectKey Key => key;

    public int Count { get; set; } = 1;

    public DateTimeOffset LastObserved { get; set; } = now;

    /// <summary>The count stored on the server.</summary>
    public int Written { get; set; } = 1;

    /// <summary>Whether a write is in flight, which excludes another one.</summary>
    public bool IsBeingWritten { get; set; }
}

/// <summary>
/// Decides which events get their own object: repetitions are counted, and one object cannot flood the cluster. Not thread-safe.
/// </summary>
internal sealed class EventCorrelator(EventRecorderOptions options)
{
    private readonly Dictionary<EventIdentity, EventSeries> _series = [];
    private readonly Dictionary<string, Budget> _budgets = new(StringComparer.Ordinal);

    public IReadOnlyCollection<EventSeries> Series => _series.Values;

    /// <summary>Counts an event as a repetition if it is one.</summary>
    public bool TryCount(in EventIdentity identity, DateTimeOffset now)
    {
        if (!_series.TryGetValue(identity, out var series) || now - series.LastObserved > options.AggregationWindow)
        {
            return false;
        }

        series.Count++;
        series.LastObserved = now;
        return true;
    }

    /// <summary>Starts the series of a new event, unless its object has used up its budget.</summary>
    public bool TryBegin(in EventIdentity identity, ObjectKey key, DateTimeOffset now, [NotNullWhen(true)] out EventSeries? series)
    {
        if (!_budgets.TryGetValue(identity.Uid, out var budget))
        {
            _budgets.Add(identity.Uid, budget = new Budget(options.ObjectBurst, now));
        }

        if (!budget.TryTake(options, now))
        {
            series = null;
            return false;
        }

        series = _series[identity] = new EventSeries(identity, key, now);
        return true;
    }

    /// <summary>Forgets a series: the next such event is a new one.</summary>
    public void Forget(EventSeries series)
    {
        if (_series.TryGetValue(series.Identity, out var known) && known == series)
        {
            _series.Remove(series.Identity);
        }
    }

    /// <summary>Drops expired entries.</summary>
    public void Prune(DateTimeOffset now)
    {
        foreach (var (identity, series) in _series)
        {
            if (series.Written == series.Count && now - series.LastObserved > options.AggregationWindow)
            {
                _series.Remove(identity);
            }
        }

        foreach (var (uid, budget) in _budgets)
        {
            if (budget.IsFull(options, now))
            {
                _budgets.Remove(uid);
            }
        }
    }

    private sealed class Budget(double left, DateTimeOffset since)
    {
        private double _left = left;
        private DateTimeOffset _since = since;

        public bool TryTake(EventRecorderOptions options, DateTimeOffset now)
        {
            Refill(options, now);
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }

        public bool IsFull(EventRecorderOptions options, DateTimeOffset now)
        {
            Refill(options, now);
            return _left >= options.ObjectBurst;
        }

        private void Refill(EventRecorderOptions options, DateTimeOffset now)
        {
            _left = Math.Min(options.ObjectBurst, _left + ((now - _since) / options.ObjectRefill));
            _since = now;
        }
    }
}
