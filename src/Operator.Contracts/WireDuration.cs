using System.Globalization;
using System.Text;

namespace Operator.Contracts;

/// <summary>
/// Durations in a spec: <c>90d</c>, <c>24h</c>, <c>1h30m</c>. Whole numbers of weeks (w), days (d), hours (h), minutes (m) and seconds (s),
/// each at most once and in that order. The API server accepts the same syntax.
/// </summary>
public static class WireDuration
{
    /// <summary>Each unit, its seconds, and its maximum number of digits: enough for a century, too few to overflow.</summary>
    private static readonly (char Unit, int Seconds, int Digits)[] Units =
    [
        ('w', 604_800, 4),
        ('d', 86_400, 5),
        ('h', 3_600, 6),
        ('m', 60, 7),
        ('s', 1, 8),
    ];

    /// <summary>Parses a duration. False, and zero, if it is invalid.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        var seconds = 0L;
        foreach (var (unit, length, most) in Units)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 1 || rest[digits] != unit)
            {
                continue;
            }

            if (digits > most)
            {
                return false;
            }

            seconds += long.Parse(rest[..digits], CultureInfo.InvariantCulture) * length;
            rest = rest[(digits + 1)..];
        }

        if (string.IsNullOrEmpty(text) || !rest.IsEmpty)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>Formats whole seconds in human-readable form: 1h30m, 24h.</summary>
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        var text = new StringBuilder();
        foreach (var (unit, length, _) in Units.Where(unit => unit.Unit != 'w'))
        {
            // Whole hours below two days stay hours, as in the default.
            if (seconds / length is > 0 and var count && !(unit == 'd' && count < 2))
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
                seconds %= length;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }
}
