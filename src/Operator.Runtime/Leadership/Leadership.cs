namespace Operator.Runtime;

/// <summary>
/// The right to act as the only leader. It starts when the lease is acquired, is extended by renewals, and ends for good when released or
/// expired. Every check reads the clock, so that a process that was paused cannot act on stale state.
/// </summary>
public sealed class Leadership : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _over = new();
    private Moment? _renewed;
    private bool _isOver;

    /// <summary>Creates leadership that has not started.</summary>
    /// <param name="limit">How long it lasts after each renewal, counted from when the renewal was sent.</param>
    /// <param name="time">Clock.</param>
    internal Leadership(TimeSpan limit, TimeProvider time)
    {
        _limit = limit;
        _time = time;
        _timer = time.CreateTimer(
            static leadership => ((Leadership)leadership!).OnTimer(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Cancelled when it ends, to abort requests in flight.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Whether this process may act right now.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return Left() > TimeSpan.Zero;
            }
        }
    }

    /// <summary>How long it has been expired without being released; otherwise zero.</summary>
    internal TimeSpan Overdue
    {
        get
        {
            lock (_lock)
            {
                return _renewed is { } renewed && renewed.Age(_time) is var age && age > _limit ? age - _limit : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Throws unless this process may act.</summary>
    /// <exception cref="NotLeadingException">This process is not the leader, or no longer.</exception>
    public void Require()
    {
        if (!IsHeld)
        {
            throw new NotLeadingException("This operator does not lead: it may read, but not write.");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _timer.Dispose();
        _over.Dispose();
    }

    /// <summary>Starts or extends it. False if too late: leadership that ended is not revived.</summary>
    /// <param name="begun">When the renewal was sent.</param>
    internal bool Renew(Moment begun)
    {
        lock (_lock)
        {
            if (_isOver || begun.Age(_time) >= _limit || (_renewed is not null && Left() <= TimeSpan.Zero))
            {
                return false;
            }

            _renewed = begun;
            SetTimer();
            return true;
        }
    }

    /// <summary>Ends it. False if it had not started or has already ended.</summary>
    internal bool End()
    {
        lock (_lock)
        {
            if (_isOver || _renewed is null)
            {
                return false;
            }

            _isOver = true;
            _renewed = null;
        }

        _over.Cancel();
        return true;
    }

    private TimeSpan Left() => _isOver || _renewed is not { } renewed ? TimeSpan.Zero : _limit - renewed.Age(_time);

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_isOver || _renewed is null)
            {
                return;
            }

            if (Left() > TimeSpan.Zero)
            {
                SetTimer();
                return;
            }

            _isOver = true;
        }

        _over.Cancel();
    }

    private void SetTimer()
    {
        // Timers use whole milliseconds: round up, so that the time is over when it fires.
        var left = Math.Max(0, Math.Ceiling(Left().TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(left), Timeout.InfiniteTimeSpan);
    }
}

/// <summary>Refused because this process does not lead. A call in flight when leadership ended may or may not have taken effect.</summary>
public sealed class NotLeadingException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>This process lost leadership. None of its state can be trusted: another process may have acted since.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
