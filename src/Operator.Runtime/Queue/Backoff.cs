namespace Operator.Runtime;

/// <summary>Exponential backoff with up to 50% negative jitter.</summary>
internal static class Backoff
{
    public static TimeSpan Next(TimeSpan min, TimeSpan max, int failures)
    {
        // The cap is reached well before 2^30, and a larger shift would overflow.
        var full = Math.Min(max.TotalMilliseconds, min.TotalMilliseconds * (1L << Math.Clamp(failures, 0, 30)));
        return TimeSpan.FromMilliseconds(full * (0.5 + Random.Shared.NextDouble() / 2));
    }
}
