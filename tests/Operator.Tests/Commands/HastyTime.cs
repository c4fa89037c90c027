namespace Operator.Tests.Commands;

/// <summary>A clock on which pauses take no time. Limits, which are longer, are real.</summary>
internal sealed class HastyTime : TimeProvider
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private long _skipped;

    /// <summary>How long nobody had to wait.</summary>
    public TimeSpan Skipped => TimeSpan.FromTicks(Volatile.Read(ref _skipped));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Skipped;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Skipped.TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime >= Limit)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        Interlocked.Add(ref _skipped, dueTime.Ticks);
        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
