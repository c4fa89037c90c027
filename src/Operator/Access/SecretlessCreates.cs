namespace Operator.Access;

/// <summary>
/// Counts the clients that CARTO created in an account without their secret. Such a client is of no use and is revoked again: after the second
/// one nothing more is created for a while, so that nobody creates and revokes without end.
/// </summary>
internal sealed class SecretlessCreates
{
    /// <summary>How long nothing is created after that.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(30);

    private const int Most = 2;

    private readonly Lock _lock = new();
    private int _inARow;
    private DateTimeOffset _last;

    /// <summary>A client was created whose secret is not known.</summary>
    public void Add(DateTimeOffset now)
    {
        lock (_lock)
        {
            (_inARow, _last) = (_inARow + 1, now);
        }
    }

    /// <summary>A client was created together with its secret.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _inARow = 0;
        }
    }

    /// <summary>For how long nothing is created; null: no such pause is on.</summary>
    public TimeSpan? PausedFor(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _inARow >= Most && _last + Pause - now is var left && left > TimeSpan.Zero ? left : null;
        }
    }
}
