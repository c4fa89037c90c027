namespace Operator;

/// <summary>Times as a status has them: whole seconds, so that what is written is equal to what is read back.</summary>
internal static class WireTime
{
    public static DateTimeOffset Of(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    /// <summary>A time that another clock gave, and that cannot be later than now.</summary>
    public static DateTimeOffset? NotAfter(DateTimeOffset? time, DateTimeOffset now) => time > now ? Of(now) : time;
}
