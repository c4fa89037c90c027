namespace Operator.Carto;

/// <summary>
/// Where every request of an account passes: it keeps the rate below the account's ceiling, and holds all callers back after CARTO
/// asked to slow down. It retries nothing: waiting longer than a moment belongs to the reconcile queue, so a caller that would have
/// to is told so (<see cref="CartoErrorKind.Throttled"/>) instead of holding on to a worker.
/// </summary>
/// <remarks>
/// The rate is kept by handing out points in time (the generic cell rate algorithm) rather than with System.Threading.RateLimiting:
/// its limiters know only the system's clock, and cannot say beforehand how long a wait will be.
/// </remarks>
internal sealed class AccountGate
{
    /// <summary>
    /// The longest wait for the rate alone. Long, because this wait is what makes many resources go at the pace of the ceiling: sent
    /// back to the queue they would only come again.
    /// </summary>
    public static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(30);

    /// <summary>The longest rest of a pause that is waited for.</summary>
    public static readonly TimeSpan LongestWaitInPause = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause, whatever the server asks: who repairs something should see it work within the hour.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestOwnPause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _burst;

    // The token endpoint and the API are two services: one of them being busy says nothing about the other.
    private readonly Pause[] _pauses = [new(), new()];

    // When the next request would be due if there were no burst, measured from _origin.
    private TimeSpan _next;

    public AccountGate(int requestsPerSecond, TimeProvider time)
    {
        var rate = Math.Max(1, requestsPerSecond);
        _time = time;
        _origin = time.GetTimestamp();
        _interval = TimeSpan.FromSeconds(1) / rate;

        // After idling, a second's worth may go at once: what a new resource needs takes no longer than it must.
        _burst = _interval * (rate - 1);
    }

    /// <summary>Waits for the turn of one request.</summary>
    /// <exception cref="CartoException"><see cref="CartoErrorKind.Throttled"/> when the wait would be too long.</exception>
    public async ValueTask EnterAsync(CartoStage stage, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfPaused(stage);
        var turn = TakeTurn(stage);
        try
        {
            await WaitAsync("rate", turn, cancellationToken);

            // A pause may have begun, and may be prolonged, while this caller waits.
            for (var rest = ThrowIfPaused(stage); rest > TimeSpan.Zero; rest = ThrowIfPaused(stage))
            {
                await WaitAsync("pause", rest, cancellationToken);
            }
        }
        catch
        {
            lock (_lock)
            {
                _next -= _interval;
            }

            throw;
        }
    }

    /// <summary>Notes that the server took a request, so that the next pause starts small again.</summary>
    public void Accepted(CartoStage stage)
    {
        lock (_lock)
        {
            if (Now() >= _pauses[(int)stage].Until)
            {
                _pauses[(int)stage].Strikes = 0;
            }
        }
    }

    /// <summary>Notes that the server asked to slow down. Returns the pause that all callers now keep.</summary>
    /// <param name="stage">Which server.</param>
    /// <param name="retryAfter">
    /// What it asked for, null when it did not say: a floor of the pauses of our own, which grow from one occasion to the next. No more than
    /// that, for a server may ask for none at all each time.
    /// </param>
    public TimeSpan SlowDown(CartoStage stage, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            var pause = _pauses[(int)stage];
            var now = Now();

            // Requests that were under way together are refused together: they are one occasion, not many.
            if (now >= pause.Until)
            {
                pause.Strikes++;
            }

            var length = OwnPause(pause.Strikes);
            length = retryAfter > length ? retryAfter.Value : length;
            length = length > LongestPause ? LongestPause : length;
            pause.Until = now + length > pause.Until ? now + length : pause.Until;
            return pause.Until - now;
        }
    }

    private static TimeSpan OwnPause(int strikes)
    {
        var doubled = FirstPause * Math.Pow(2, Math.Min(strikes, 10) - 1);
        var length = doubled > LongestOwnPause ? LongestOwnPause : doubled;
        return length * (0.75 + (Random.Shared.NextDouble() / 2));
    }

    private TimeSpan ThrowIfPaused(CartoStage stage)
    {
        lock (_lock)
        {
            var rest = _pauses[(int)stage].Until - Now();
            return rest <= LongestWaitInPause
                ? rest
                : throw Throttled(stage, "CARTO asked to slow down; all calls of this account wait until it takes requests again.", rest);
        }
    }

    private TimeSpan TakeTurn(CartoStage stage)
    {
        lock (_lock)
        {
            var now = Now();
            var due = _next > now ? _next : now;
            var wait = due - _burst - now;
            if (wait > LongestQueue)
            {
                throw Throttled(stage, "More calls wait for this account than its requestsPerSecond allows; raise it if CARTO's "
                    + "quota permits.", wait);
            }

            _next = due + _interval;
            return wait;
        }
    }

    private async Task WaitAsync(string cause, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait > TimeSpan.Zero)
        {
            CartoMetrics.Waited(cause, wait);

            // Timers count whole milliseconds: rounded down, a wait would end before its time.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), _time, cancellationToken);
        }
    }

    private TimeSpan Now() => _time.GetElapsedTime(_origin);

    private static CartoException Throttled(CartoStage stage, string message, TimeSpan rest) =>
        new(new CartoError(CartoErrorKind.Throttled, stage, message, rest));

    private sealed class Pause
    {
        public TimeSpan Until { get; set; }

        public int Strikes { get; set; }
    }
}
