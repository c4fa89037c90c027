namespace Operator;

/// <summary>Times as a status has them: whole seconds, so that what is written is equal to what is read back.</summary>
internal static class WireTime
{
    public static DateTimeOffset Of(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
