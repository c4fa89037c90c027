namespace Operator.Carto;

/// <summary>
/// Rate limiter for all requests of an account: enforces the account's limit, and holds back all callers after CARTO throttled. It never
/// retries: longer waits belong in the work queue, so such callers fail with <see cref="CartoErrorKind.Throttled"/> instead of blocking a
/// worker.
/// </summary>
/// <remarks>
/// Uses the generic cell rate algorithm rather than System.Threading.RateLimiting, whose limiters only know the system clock and cannot
/// predict the length of a wait.
/// </remarks>
internal sealed class AccountGate
{
    /// <summary>
    /// Maximum wait for the rate alone. Long, because it paces many resources at the limit: if requeued they would only come back.
    /// </summary>
    public static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(30);

    /// <summary>Maximum remaining pause to wait for.</summary>
    public static readonly TimeSpan LongestWaitInPause = TimeSpan.FromSeconds(2);

    /// <summary>Maximum pause, whatever the server asks for, so that repairs take effect within the hour.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestOwnPause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _burst;

    // The token endpoint and the API are separate services: throttling by one says nothing about the other.
    private readonly Pause[] _pauses = [new(), new()];

    // When the next request would be due without bursts, relative to _origin.
    private TimeSpan _next;

    public AccountGate(int requestsPerSecond, TimeProvider time)
    {
        var rate = Math.Max(1, requestsPerSecond);
        _time = time;
        _origin = time.GetTimestamp();
        _interval = TimeSpan.FromSeconds(1) / rate;

        // After idling, one second's worth may go at once, so that a new resource is not delayed.
        _burst = _interval * (rate - 1);
    }

    /// <summary>Waits for the turn of one request.</summary>
    /// <exception cref="CartoException"><see cref="CartoErrorKind.Throttled"/> if the wait would be too long.</exception>
    public async ValueTask EnterAsync(CartoStage stage, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfPaused(stage);
        var turn = TakeTurn(stage);
        try
        {
            await WaitAsync("rate", turn, cancellationToken);

            // A pause may start or be extended while this caller waits.
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

    /// <summary>Records that the server accepted a request, which resets the backoff.</summary>
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

    /// <summary>Records that the server throttled. Returns the resulting pause for all callers.</summary>
    /// <param name="stage">Which server.</param>
    /// <param name="retryAfter"> The requested pause; null if none. Only a floor of our own growing backoff, since a server may always ask
    /// for no pause at all.
    /// </param>
    public TimeSpan SlowDown(CartoStage stage, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            var pause = _pauses[(int)stage];
            var now = Now();

            // Requests in flight together are refused together and count once.
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
                throw Throttled(
                    stage,
                    "More calls wait for this account than its requestsPerSecond allows; raise it if CARTO's " + "quota permits.",
                    wait
                );
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

            // Timers use whole milliseconds: round up, or a wait would end early.
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
