namespace Operator.Reliability.World;

/// <summary>
/// The real clock, which can be moved on: timers whose time has then come go off at once. So a world lives through hours of backoff
/// and grace in a second, and what takes time by itself still does.
/// </summary>
internal sealed class VirtualClock : TimeProvider
{
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(2);

    private readonly Lock _lock = new();
    private readonly HashSet<Timer> _timers = [];
    private TimeSpan _shift;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Shift.TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on.</summary>
    public void Advance(TimeSpan by)
    {
        Timer[] timers;
        lock (_lock)
        {
            _shift += by;
            timers = [.. _timers];
        }

        foreach (var timer in timers)
        {
            timer.Rearm();
        }
    }

    private TimeSpan Shift
    {
        get
        {
            lock (_lock)
            {
                return _shift;
            }
        }
    }

    private void Keep(Timer timer)
    {
        lock (_lock)
        {
            _timers.Add(timer);
        }
    }

    private void Forget(Timer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class Timer : ITimer
    {
        private readonly Lock _lock = new();
        private readonly VirtualClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;
        private DateTimeOffset? _due;
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private bool _disposed;

        public Timer(VirtualClock clock, TimerCallback callback, object? state)
        {
            _clock = clock;
            _callback = callback;
            _state = state;
            _inner = System.CreateTimer(static timer => ((Timer)timer!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                if (_disposed)
                {
                    return false;
                }

                _due = dueTime == Timeout.InfiniteTimeSpan ? null : _clock.GetUtcNow() + dueTime;
                _period = period;
                if (_due is null)
                {
                    _clock.Forget(this);
                }
                else
                {
                    _clock.Keep(this);
                }

                return _inner.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }

        public void Rearm()
        {
            lock (_lock)
            {
                if (!_disposed && _due is { } due)
                {
                    var left = due - _clock.GetUtcNow();
                    _inner.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                _due = null;
            }

            _clock.Forget(this);
            _inner.Dispose();
        }

        /// <summary>As timers do, waits until a callback that is under way has ended.</summary>
        public ValueTask DisposeAsync()
        {
            lock (_lock)
            {
                _disposed = true;
                _due = null;
            }

            _clock.Forget(this);
            return _inner.DisposeAsync();
        }

        private void Ring()
        {
            lock (_lock)
            {
                if (_disposed || _due is not { } due)
                {
                    return;
                }

                var left = due - _clock.GetUtcNow();
                if (left > Slack)
                {
                    _inner.Change(left, Timeout.InfiniteTimeSpan);
                    return;
                }

                if (_period > TimeSpan.Zero)
                {
                    _due = _clock.GetUtcNow() + _period;
                    _inner.Change(_period, Timeout.InfiniteTimeSpan);
                }
                else
                {
                    _due = null;
                    _clock.Forget(this);
                }
            }

            _callback(_state);
        }
    }
}
