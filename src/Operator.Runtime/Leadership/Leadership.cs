namespace Operator.Runtime;

/// <summary>
/// The right to act as the one leader. It begins when the lease is taken, is prolonged by renewals, and ends for good: by giving it up,
/// or by the clock. Each question asks the clock, so that a process that was paused cannot act on what it believed before.
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

    /// <summary>Leadership that has not begun.</summary>
    /// <param name="limit">How long it lasts after each renewal, counted from before the renewal was sent.</param>
    /// <param name="time">Clock.</param>
    internal Leadership(TimeSpan limit, TimeProvider time)
    {
        _limit = limit;
        _time = time;
        _timer = time.CreateTimer(
            static leadership => ((Leadership)leadership!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when it is over. What is under way then is to be cut off.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Whether this process may act, at this moment.</summary>
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

    /// <summary>For how long it has been over although nobody gave it up; zero as long as it is not.</summary>
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

    /// <summary>Refuses whoever may not act.</summary>
    /// <exception cref="NotLeadingException">This process may not act, or not any more.</exception>
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

    /// <summary>Begins or prolongs it. False when that comes too late: what is over is not revived.</summary>
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

    /// <summary>Ends it. False when it had not begun, or is over already.</summary>
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
        // Timers count whole milliseconds: rounded up, so that the time is over when it fires.
        var left = Math.Max(0, Math.Ceiling(Left().TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(left), Timeout.InfiniteTimeSpan);
    }
}

/// <summary>
/// Refused because this process does not lead. Of a call that was under way when leading ended it is not known whether it took effect.
/// </summary>
public sealed class NotLeadingException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>This process led, and does not any more. Nothing that it knows is to be trusted: another may have acted since.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
