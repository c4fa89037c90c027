using System.Diagnostics.CodeAnalysis;

namespace Operator.Runtime;

/// <summary>
/// A queue of keys to process. A key is queued at most once, is never handed out twice at a time, and is never lost: one added while being
/// processed is handed out again afterwards. Thread-safe.
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
#pragma warning disable CA1711 // A queue is what it is.
public sealed class WorkQueue<TKey> : IDisposable
#pragma warning restore CA1711
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly WorkQueueOptions _options;
    private readonly Dictionary<TKey, WorkEntry<TKey>> _entries = [];
    private readonly Stack<WorkEntry<TKey>> _pool = new();
    private readonly DueEntries<TKey> _due;
    private readonly SemaphoreSlim _available = new(0);
    private readonly CancellationTokenSource _shutDown = new();
    private readonly int _workers;
    private readonly WorkGroups<TKey> _groups;
    private readonly ReadyEntries<TKey> _fresh = new(WorkPriority.Fresh);
    private readonly ReadyEntries<TKey> _background = new(WorkPriority.Background);
    private int _freshInARow;
    private int _inFlight;
    private int _waiters;

    /// <summary>An empty queue.</summary>
    /// <param name="time">Clock.</param>
    /// <param name="options">Settings.</param>
    /// <param name="sharing">How keys share workers; null for first come, first served.</param>
    public WorkQueue(TimeProvider time, WorkQueueOptions? options = null, WorkSharing<TKey>? sharing = null)
    {
        _time = time;
        _options = options ?? new WorkQueueOptions();
        _workers = sharing?.Workers ?? int.MaxValue;
        _groups = new WorkGroups<TKey>(sharing?.GroupOf);
        _due = new DueEntries<TKey>(time, OnTimer);
    }

    /// <summary>Number of keys ready to be handed out.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _fresh.Count + _background.Count;
            }
        }
    }

    /// <summary>Number of keys handed out and not done.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate)
            {
                return _inFlight;
            }
        }
    }

    /// <summary>Number of keys due later.</summary>
    public int Scheduled
    {
        get
        {
            lock (_gate)
            {
                return _due.Count;
            }
        }
    }

    /// <summary>How long the oldest ready key has waited; zero if none waits.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_gate)
            {
                var now = _time.GetTimestamp();
                var since = Math.Min(_fresh.OldestReadySince ?? now, _background.OldestReadySince ?? now);
                return _time.GetElapsedTime(since, now);
            }
        }
    }

    /// <summary>Makes a key ready now.</summary>
    public void Add(TKey key, WorkPriority priority)
    {
        lock (_gate)
        {
            MakeReady(EntryOf(key), priority);
        }
    }

    /// <summary>Makes a key ready later, or now if the delay is zero or less. The earliest of several times counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay, WorkPriority priority)
    {
        lock (_gate)
        {
            Schedule(EntryOf(key), delay, priority);
        }
    }

    /// <summary>Makes a key ready after its own backoff, which doubles each time until <see cref="Forget"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="priority">Its priority when ready.</param>
    /// <param name="atLeast">A requested minimum delay.</param>
    /// <returns>The delay.</returns>
    public TimeSpan AddRateLimited(TKey key, WorkPriority priority = WorkPriority.Background, TimeSpan? atLeast = null)
    {
        lock (_gate)
        {
            var entry = EntryOf(key);
            var delay = Backoff.Next(_options.MinBackoff, _options.MaxBackoff, entry.Failures++);
            delay = atLeast > delay ? atLeast.Value : delay;
            Schedule(entry, delay, priority);
            return delay;
        }
    }

    /// <summary>Resets the backoff of a key.</summary>
    public void Forget(TKey key)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var entry))
            {
                entry.Failures = 0;
                ReleaseIfIdle(entry);
            }
        }
    }

    /// <summary>
    /// Waits for a key and takes it; call <see cref="Done"/> after processing. This also clears a later due time of the key.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the queue shut down.</exception>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryTake(out var ready, willWait: true))
        {
            return ready;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutDown.Token);
        do
        {
            await _available.WaitAsync(either.Token);
        } while (!TryTake(out ready, willWait: true));
        return ready;
    }

    /// <summary>Takes a key if one may be handed out now, as <see cref="TakeAsync"/> does.</summary>
    public bool TryTake([MaybeNullWhen(false)] out TKey key) => TryTake(out key, willWait: false);

    /// <summary>How long a handed-out key had been ready.</summary>
    /// <exception cref="InvalidOperationException">The key was not handed out.</exception>
    public TimeSpan WaitOf(TKey key)
    {
        lock (_gate)
        {
            return HandedOut(key).Waited;
        }
    }

    /// <summary>The priority of a handed-out key: the one it was taken with, or was added with since.</summary>
    /// <exception cref="InvalidOperationException">The key was not handed out.</exception>
    public WorkPriority PriorityOf(TKey key)
    {
        lock (_gate)
        {
            return HandedOut(key).Priority;
        }
    }

    /// <summary>Returns a key. It is ready again at once if it was added in the meantime.</summary>
    /// <exception cref="InvalidOperationException">The key was not handed out.</exception>
    public void Done(TKey key)
    {
        lock (_gate)
        {
            var entry = HandedOut(key);
            _inFlight--;
            Leave(entry);
            var wanted = entry.State == EntryState.InFlightAndWanted;
            entry.State = EntryState.Idle;
            if (wanted)
            {
                MakeReady(entry, entry.Priority);
            }
            else
            {
                ReleaseIfIdle(entry);
            }

            WakeOne();
        }
    }

    /// <summary>Stops handing out keys. Keys in flight continue.</summary>
    public void ShutDown() => _shutDown.Cancel();

    /// <inheritdoc />
    public void Dispose()
    {
        _shutDown.Cancel();
        _due.Dispose();
    }

    private WorkEntry<TKey> EntryOf(TKey key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            entry = _pool.TryPop(out var pooled) ? pooled : new WorkEntry<TKey>();
            entry.Key = key;
            _entries.Add(key, entry);
        }

        return entry;
    }

    private WorkEntry<TKey> HandedOut(TKey key) =>
        _entries.TryGetValue(key, out var entry) && entry.State is EntryState.InFlight or EntryState.InFlightAndWanted
            ? entry
            : throw new InvalidOperationException($"{key} was not handed out.");

    private void ReleaseIfIdle(WorkEntry<TKey> entry)
    {
        // Failures are kept while a retry is due, which is as long as the entry needs to exist.
        if (entry.State == EntryState.Idle && entry.HeapIndex < 0)
        {
            _entries.Remove(entry.Key);
            entry.Key = default!;
            entry.Failures = 0;
            if (_pool.Count < 1024)
            {
                _pool.Push(entry);
            }
        }
    }

    private void MakeReady(WorkEntry<TKey> entry, WorkPriority priority)
    {
        switch (entry.State)
        {
            case EntryState.Idle:
                entry.State = EntryState.Ready;
                entry.Priority = priority;
                entry.ReadySince = _time.GetTimestamp();
                ListOf(priority).Append(entry, _groups.Of(entry.Key));
                WakeOne();
                break;
            case EntryState.Ready:
                Move(entry, priority < entry.Priority ? priority : entry.Priority);
                break;
            case EntryState.InFlight:
                entry.State = EntryState.InFlightAndWanted;
                entry.Priority = priority;
                break;
            case EntryState.InFlightAndWanted when priority < entry.Priority:
                entry.Priority = priority;
                break;
        }
    }

    private void Schedule(WorkEntry<TKey> entry, TimeSpan delay, WorkPriority priority)
    {
        if (delay <= TimeSpan.Zero)
        {
            MakeReady(entry, priority);
            return;
        }

        if (entry.State is EntryState.Ready or EntryState.InFlightAndWanted)
        {
            // It will be processed sooner anyway, and then sets its next time.
            return;
        }

        _due.Add(entry, delay, priority);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            while (_due.TryTakeDue(out var entry))
            {
                MakeReady(entry, entry.DuePriority);
            }
        }
    }

    private bool TryTake([MaybeNullWhen(false)] out TKey key, bool willWait)
    {
        lock (_gate)
        {
            if (_shutDown.IsCancellationRequested || TakeFirst() is not { } entry)
            {
                _waiters += willWait ? 1 : 0;
                key = default;
                return false;
            }

            _due.Remove(entry);
            entry.State = EntryState.InFlight;
            entry.Waited = _time.GetElapsedTime(entry.ReadySince);
            entry.Group!.InFlight++;
            _inFlight++;
            WakeOne();
            key = entry.Key;
            return true;
        }
    }

    private WorkEntry<TKey>? TakeFirst()
    {
        var idle = _workers - _inFlight;
        var isTurnOfBackground = _freshInARow >= _options.FreshPerBackground;
        if (
            (isTurnOfBackground && _background.TryTake(idle, out var entry))
            || (!_fresh.TryTake(idle, out entry) && _background.TryTake(idle, out entry))
        )
        {
            _freshInARow = 0;
        }
        else if (entry is not null)
        {
            _freshInARow++;
        }

        return entry;
    }

    // The woken waiter may find nothing if all ready keys are of groups that have their share: then it keeps waiting for the next change.
    private void WakeOne()
    {
        if (_waiters > 0 && _fresh.Count + _background.Count > 0)
        {
            _waiters--;
            _available.Release();
        }
    }

    private void Move(WorkEntry<TKey> entry, WorkPriority priority)
    {
        var group = _groups.Of(entry.Key);
        if (priority == entry.Priority && group == entry.Group)
        {
            return;
        }

        var left = entry.Group!;
        ListOf(entry.Priority).Remove(entry);
        entry.Priority = priority;
        ListOf(priority).Append(entry, group);
        _groups.Left(left);
        WakeOne();
    }

    private void Leave(WorkEntry<TKey> entry)
    {
        var group = entry.Group!;
        entry.Group = null;
        group.InFlight--;
        _groups.Left(group);
    }

    private ReadyEntries<TKey> ListOf(WorkPriority priority) => priority == WorkPriority.Fresh ? _fresh : _background;
}
