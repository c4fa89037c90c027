namespace Operator.Runtime;

/// <summary>Pauses that double with each failure and are shortened at random by up to a half, so that retries spread out.</summary>
internal static class Backoff
{
    public static TimeSpan Next(TimeSpan min, TimeSpan max, int failures)
    {
        // Beyond 2^30 the cap has long been reached, and a larger shift would overflow.
        var full = Math.Min(max.TotalMilliseconds, min.TotalMilliseconds * (1L << Math.Clamp(failures, 0, 30)));
        return TimeSpan.FromMilliseconds(full * (0.5 + Random.Shared.NextDouble() / 2));
    }
}
