using System.Diagnostics.CodeAnalysis;

namespace Operator.Runtime;

/// <summary>Entries due later, with one timer for all. Not thread-safe: guarded by the owner's lock.</summary>
internal sealed class DueEntries<TKey> : IDisposable
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(3650);

    private readonly TimeProvider _time;
    private readonly DueHeap<TKey> _heap = new();
    private readonly ITimer _timer;
    private long _timerDue = long.MaxValue;

    /// <param name="time">Clock.</param>
    /// <param name="onTimer">Called when entries may be due: must take all that are.</param>
    public DueEntries(TimeProvider time, Action onTimer)
    {
        _time = time;
        _timer = time.CreateTimer(static call => ((Action)call!)(), onTimer, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count => _heap.Count;

    /// <summary>Adds an entry. If it exists, the earlier time counts.</summary>
    public void Add(WorkEntry<TKey> entry, TimeSpan delay, WorkPriority priority)
    {
        var due = _time.GetTimestamp() + Ticks(delay < LongestDelay ? delay : LongestDelay);
        if (entry.HeapIndex < 0)
        {
            entry.DuePriority = priority;
        }
        else if (due >= entry.Due)
        {
            return;
        }
        else if (priority < entry.DuePriority)
        {
            entry.DuePriority = priority;
        }

        _heap.Set(entry, due);
        SetTimer();
    }

    /// <summary>Removes an entry if present.</summary>
    public void Remove(WorkEntry<TKey> entry)
    {
        if (_heap.Remove(entry))
        {
            SetTimer();
        }
    }

    /// <summary>Takes a due entry. If none is left, sets the timer for the next one. Only for use in the timer callback.</summary>
    public bool TryTakeDue([MaybeNullWhen(false)] out WorkEntry<TKey> entry)
    {
        entry = _heap.First;
        if (entry is not null && entry.Due <= _time.GetTimestamp())
        {
            _heap.Remove(entry);
            return true;
        }

        _timerDue = long.MaxValue;
        SetTimer();
        return false;
    }

    public void Dispose() => _timer.Dispose();

    // Not adjusted if the earliest time moved back: one spurious tick is cheaper than resetting it for every taken key.
    private void SetTimer()
    {
        if (_heap.First is not { } first || first.Due >= _timerDue)
        {
            return;
        }

        var now = _time.GetTimestamp();
        var wait = first.Due <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, first.Due);
        if (wait > LongestTimer)
        {
            wait = LongestTimer;
            _timerDue = now + Ticks(LongestTimer);
        }
        else
        {
            // Timers use whole milliseconds: round up, so that the key is due when it fires.
            wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
            _timerDue = first.Due;
        }

        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);
}
