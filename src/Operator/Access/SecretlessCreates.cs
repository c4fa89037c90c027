namespace Operator.Access;

/// <summary>
/// Counts clients that CARTO created in an account without returning their secret. Such a client is useless and is revoked: after the
/// second one creates pause for a while, to avoid creating and revoking forever.
/// </summary>
internal sealed class SecretlessCreates
{
    /// <summary>How long creates pause after that.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(30);

    private const int Most = 2;

    private readonly Lock _lock = new();
    private int _inARow;
    private DateTimeOffset _last;

    /// <summary>A client was created without its secret.</summary>
    public void Add(DateTimeOffset now)
    {
        lock (_lock)
        {
            (_inARow, _last) = (_inARow + 1, now);
        }
    }

    /// <summary>A client was created with its secret.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _inARow = 0;
        }
    }

    /// <summary>How long creates remain paused; null if they are not.</summary>
    public TimeSpan? PausedFor(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _inARow >= Most && _last + Pause - now is var left && left > TimeSpan.Zero ? left : null;
        }
    }
}
