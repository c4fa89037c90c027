namespace Operator;

/// <summary>Times in a status: whole seconds, so that they round-trip.</summary>
internal static class WireTime
{
    public static DateTimeOffset Of(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    /// <summary>Caps a time from another clock at now.</summary>
    public static DateTimeOffset? NotAfter(DateTimeOffset? time, DateTimeOffset now) => time > now ? Of(now) : time;
}
