using System.Globalization;

namespace Operator.Runtime;

/// <summary>
/// Compares resourceVersions, which are increasing numbers. For servers that use something else they are not comparable, and callers must
/// be correct without knowing the order.
/// </summary>
internal static class ResourceVersion
{
    public static ulong? Parse(string? value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether <paramref name="left"/> is certainly newer than <paramref name="right"/>.</summary>
    public static bool IsNewer(string? left, string? right) => Parse(left) is { } l && Parse(right) is { } r && l > r;
}
