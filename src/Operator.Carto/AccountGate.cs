namespace Operator.Carto;

/// <summary>
/// Rate limiter for all requests of an account: enforces the account's limit, holds back all callers after CARTO throttled, and learns from
/// that what CARTO takes (<see cref="Pace"/>). It never
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

    // How much of the time between two requests one may come later, so that many operators do not call in step.
    private const double Spread = 0.1;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _burst;

    // The token endpoint and the API are separate services: throttling by one says nothing about the other.
    private readonly Server[] _servers;
    private readonly Func<double> _random;

    // When the next request would be due without bursts, relative to _origin.
    private TimeSpan _next;

    /// <param name="requestsPerSecond">The account's limit.</param>
    /// <param name="time">Clock.</param>
    /// <param name="random">Numbers from 0 to 1 that spread requests; null for random ones.</param>
    public AccountGate(int requestsPerSecond, TimeProvider time, Func<double>? random = null)
    {
        var rate = Math.Max(1, requestsPerSecond);
        _time = time;
        _random = random ?? Random.Shared.NextDouble;
        _origin = time.GetTimestamp();
        _interval = TimeSpan.FromSeconds(1) / rate;
        _servers = [new(rate), new(rate)];

        // After idling, one second's worth may go at once, so that a new resource is not delayed.
        _burst = _interval * (rate - 1);
    }

    /// <summary>Waits for the turn of one request.</summary>
    /// <exception cref="CartoException"><see cref="CartoErrorKind.Throttled"/> if the wait would be too long.</exception>
    public async ValueTask EnterAsync(CartoStage stage, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (ThrowIfPaused(stage) is { Ticks: > 0 } rest)
            {
                await WaitAsync("pause", rest, cancellationToken);
                continue;
            }

            var (wait, pauses) = TakeTurn(stage);
            if (wait <= TimeSpan.Zero)
            {
                return;
            }

            try
            {
                await WaitAsync("rate", wait + (_interval * (_random() * Spread)), cancellationToken);
            }
            catch
            {
                GiveBack();
                throw;
            }

            // A pause that began meanwhile made everybody's turn void: all at once after it would be throttled again.
            if (IsStill(stage, pauses))
            {
                return;
            }

            GiveBack();
        }
    }

    /// <summary>Records that the server accepted a request, which resets the backoff.</summary>
    public void Accepted(CartoStage stage)
    {
        lock (_lock)
        {
            var server = _servers[(int)stage];
            var now = Now();
            server.Pace.Accepted(now);
            if (now >= server.Until)
            {
                server.Strikes = 0;
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
            var server = _servers[(int)stage];
            var now = Now();

            // Requests in flight together are refused together and count once.
            var isFirst = now >= server.Until;
            if (isFirst)
            {
                server.Strikes++;
                server.Pauses++;
            }

            var length = OwnPause(server.Strikes);
            length = retryAfter > length ? retryAfter.Value : length;
            length = length > LongestPause ? LongestPause : length;
            server.Until = now + length > server.Until ? now + length : server.Until;
            if (isFirst)
            {
                server.Pace.Throttled(now, server.Until);
            }

            return server.Until - now;
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
            var rest = _servers[(int)stage].Until - Now();
            return rest <= LongestWaitInPause
                ? rest
                : throw Throttled(stage, "CARTO asked to slow down; all calls of this account wait until it takes requests again.", rest);
        }
    }

    private (TimeSpan Wait, int Pauses) TakeTurn(CartoStage stage)
    {
        lock (_lock)
        {
            var now = Now();
            var server = _servers[(int)stage];
            var due = _next > now ? _next : now;
            var (own, pace) = (due - _burst - now, server.Pace.Wait(now));
            if ((own > pace ? own : pace) > LongestQueue)
            {
                throw own > pace
                    ? Throttled(
                        stage,
                        "More calls wait for this account than its requestsPerSecond allows; raise it if CARTO's quota permits.",
                        own
                    )
                    : Throttled(stage, "More calls wait for this account than CARTO takes; they are made one after the other.", pace);
            }

            _next = due + _interval;
            server.Pace.Take(now);
            return (own > pace ? own : pace, server.Pauses);
        }
    }

    private void GiveBack()
    {
        lock (_lock)
        {
            _next -= _interval;
        }
    }

    private bool IsStill(CartoStage stage, int pauses)
    {
        lock (_lock)
        {
            return _servers[(int)stage].Pauses == pauses;
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

    private sealed class Server(double mostPerSecond)
    {
        public Pace Pace { get; } = new(mostPerSecond);

        public TimeSpan Until { get; set; }

        public int Strikes { get; set; }

        /// <summary>Pauses so far, to notice a new one.</summary>
        public int Pauses { get; set; }
    }
}
