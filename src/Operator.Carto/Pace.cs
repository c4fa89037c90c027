namespace Operator.Carto;

/// <summary>
/// What one server of CARTO has been found to take: nothing is known until it throttles. Then the rate is halved, rises back to just below
/// what the server took before, stays near it, and finally rises faster and faster, since the cause may be over.
/// </summary>
/// <remarks>Like the congestion control of networks. Not thread-safe: <see cref="AccountGate"/> locks.</remarks>
internal sealed class Pace
{
    /// <summary>The rate right after throttling, relative to the rate that the server took.</summary>
    private const double Halved = 0.5;

    /// <summary>The rate that is kept up, relative to the same.</summary>
    private const double Careful = 0.95;

    /// <summary>How much it rises each second from there, relative to the same.</summary>
    private const double Rise = 0.003;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Plateau = TimeSpan.FromSeconds(30);

    private readonly Queue<TimeSpan> _accepted = new();
    private readonly double _most;

    // Requests per second that the server took when it throttled, and when that pause ended. Null: it has not throttled.
    private double? _taken;
    private TimeSpan _since;

    // When the next request is due.
    private TimeSpan _next;

    /// <param name="most">Requests per second that the account allows.</param>
    public Pace(double most) => _most = most;

    /// <summary>The server accepted a request.</summary>
    public void Accepted(TimeSpan now)
    {
        _accepted.Enqueue(now);
        Trim(now);
    }

    /// <summary>The server throttled.</summary>
    /// <param name="now">When.</param>
    /// <param name="until">When requests may be made again.</param>
    public void Throttled(TimeSpan now, TimeSpan until)
    {
        Trim(now);
        var rate = RateAt(now) ?? _most;

        // With few requests in the last second the cause lies elsewhere, such as with other users of the server.
        _taken = _accepted.Count >= 2 ? Math.Min(_accepted.Count, rate) : rate * Halved;
        _since = until;
        _next = until;
    }

    /// <summary>How long a request waits for its turn; zero or less for not at all.</summary>
    public TimeSpan Wait(TimeSpan now) => RateAt(now) is null ? TimeSpan.Zero : _next - now;

    /// <summary>Takes a turn.</summary>
    public void Take(TimeSpan now)
    {
        if (RateAt(now) is { } rate)
        {
            _next = (_next > now ? _next : now) + (TimeSpan.FromSeconds(1) / rate);
        }
    }

    /// <summary>Requests per second; null if only the account's own limit counts.</summary>
    public double? RateAt(TimeSpan now)
    {
        if (_taken is not { } taken)
        {
            return null;
        }

        var passed = now > _since ? now - _since : TimeSpan.Zero;
        var share =
            passed < Recovery ? Halved + ((Careful - Halved) * (passed / Recovery))
            : passed < Plateau ? Careful + (Rise * (passed - Recovery).TotalSeconds)
            : Careful + (Rise * (Plateau - Recovery).TotalSeconds * Math.Pow(2, Math.Min(30, (passed - Plateau) / Plateau)));
        if (taken * share < _most)
        {
            return taken * share;
        }

        _taken = null;
        return null;
    }

    private void Trim(TimeSpan now)
    {
        while (_accepted.TryPeek(out var first) && now - first >= Window)
        {
            _accepted.Dequeue();
        }
    }
}
