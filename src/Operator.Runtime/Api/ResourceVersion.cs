using System.Globalization;

namespace Operator.Runtime;

/// <summary>
/// resourceVersions of one server are numbers that only grow, and comparable as such. A server that hands out something else
/// gives <see langword="null"/> here, and callers then do what is right without knowing the order.
/// </summary>
internal static class ResourceVersion
{
    public static ulong? Parse(string? value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether <paramref name="left"/> is certainly newer than <paramref name="right"/>.</summary>
    public static bool IsNewer(string? left, string? right) => Parse(left) is { } l && Parse(right) is { } r && l > r;
}
