namespace Carto.Emulator;

/// <summary>The active faults. Thread-safe.</summary>
public sealed class FaultSet
{
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly List<Active> _active = [];
    private readonly Random _random = new(1);
    private TaskCompletionSource _cleared = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FaultSet(TimeProvider timeProvider) => _timeProvider = timeProvider;

    /// <summary>The faults that have not expired, as added.</summary>
    public IReadOnlyList<Fault> Current
    {
        get
        {
            lock (_lock)
            {
                Expire();
                return [.. _active.Select(a => a.Fault)];
            }
        }
    }

    /// <summary>Same, with the state of each.</summary>
    internal IReadOnlyList<FaultInEffect> InEffect
    {
        get
        {
            lock (_lock)
            {
                Expire();
                return [.. _active.Select(a => new FaultInEffect(a.Fault, a.Struck, a.Until))];
            }
        }
    }

    /// <summary>Adds a fault.</summary>
    public void Add(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (fault.Kind == FaultKind.Redirect && fault.Location is null)
        {
            throw new ArgumentException("A redirect needs a location.", nameof(fault));
        }

        if (fault.Status is < 300 or > 599 || fault.Share is < 0 or > 1 || fault.Bytes < 0 || fault.Delay < TimeSpan.Zero)
        {
            throw new ArgumentException(
                "A fault's status is 300 to 599, its share 0 to 1, its bytes and its delay not negative.",
                nameof(fault)
            );
        }

        lock (_lock)
        {
            _active.Add(new Active(fault, _timeProvider.GetUtcNow() + fault.Duration));
        }
    }

    /// <summary>Ends all faults, also for hanging calls.</summary>
    public void Clear()
    {
        TaskCompletionSource cleared;
        lock (_lock)
        {
            _active.Clear();
            (cleared, _cleared) = (_cleared, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        cleared.SetResult();
    }

    /// <summary>
    /// The faults for this call (all delays, and at most one other), and a task that completes with the next <see cref="Clear"/>.
    /// </summary>
    internal (IReadOnlyList<Fault> Faults, Task Cleared) Strike(Operation operation, string? userId)
    {
        lock (_lock)
        {
            if (_active.Count == 0)
            {
                return ([], _cleared.Task);
            }

            Expire();
            List<Fault> struck = [];
            var done = false;
            foreach (var active in _active)
            {
                var fault = active.Fault;
                if (
                    (fault.Operation != Operation.Any && fault.Operation != operation)
                    || (fault.UserId is not null && fault.UserId != userId)
                )
                {
                    continue;
                }

                var isWait = fault.Kind == FaultKind.Latency;
                if ((!isWait && done) || active.Skipped++ < fault.Skip || (fault.Share < 1 && _random.NextDouble() >= fault.Share))
                {
                    continue;
                }

                active.Struck++;
                done |= !isWait;
                struck.Add(fault);
            }

            _active.RemoveAll(a => a.Struck >= a.Fault.Count);
            return (struck, _cleared.Task);
        }
    }

    private void Expire()
    {
        var now = _timeProvider.GetUtcNow();
        _active.RemoveAll(a => a.Until <= now);
    }

    private sealed class Active(Fault fault, DateTimeOffset? until)
    {
        public Fault Fault => fault;

        public DateTimeOffset? Until => until;

        public int Skipped { get; set; }

        public int Struck { get; set; }
    }
}

/// <summary>A fault that has not expired.</summary>
/// <param name="Fault">As it was added.</param>
/// <param name="Struck">How many calls it has affected.</param>
/// <param name="Until">When it expires; null for no time limit.</param>
internal sealed record FaultInEffect(Fault Fault, int Struck, DateTimeOffset? Until);
