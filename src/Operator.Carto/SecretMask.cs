using System.Buffers;
using System.Text.RegularExpressions;

namespace Operator.Carto;

/// <summary>
/// What servers put where a secret would be when they do not show it: stars, bullets, placeholders, the last characters alone. The one
/// place that decides what counts as such. A generated secret (Auth0: 64 of <c>A-Z a-z 0-9 _ -</c>) is never taken for a mask.
/// </summary>
public static partial class SecretMask
{
    // What a text consists of that shows nothing, whatever its length.
    private static readonly SearchValues<char> Fillers = SearchValues.Create("*xX#.·•●∙○◦█▪_-–—…?");

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "nil", "none", "undefined", "empty", "n/a", "na", "unknown", "redacted", "hidden", "masked", "obfuscated", "omitted",
        "removed", "confidential", "sensitive", "protected", "encrypted", "unavailable",
    };

    /// <summary>Whether a text stands for a secret that is not shown. An empty one does.</summary>
    public static bool IsMask(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        var trimmed = text.AsSpan().Trim();
        return Words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(trimmed)
            || !trimmed.ContainsAnyExcept(Fillers)
            || IsEnclosed(trimmed)
            || HasForeign(trimmed)
            || Hides().IsMatch(trimmed)
            || FilledHalf(trimmed);
    }

    /// <summary>A placeholder such as <c>&lt;hidden&gt;</c> or <c>[REDACTED]</c>.</summary>
    private static bool IsEnclosed(ReadOnlySpan<char> text) =>
        text.Length > 1 && (text[0], text[^1]) is ('<', '>') or ('[', ']') or ('{', '}') or ('(', ')');

    /// <summary>Something that is in no secret: a blank, as in "not shown", or a character beyond ASCII, as bullets are.</summary>
    private static bool HasForeign(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (character is <= ' ' or > '~')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Letters for a mask, with a rest that is shown: half of the text or more is the same letter in a row, at one of its ends.</summary>
    private static bool FilledHalf(ReadOnlySpan<char> text)
    {
        const int least = 4;
        foreach (var filler in "xX#_-")
        {
            var run = Math.Max(text.Length - text.TrimStart(filler).Length, text.Length - text.TrimEnd(filler).Length);
            if (run >= least && run * 2 >= text.Length)
            {
                return true;
            }
        }

        return false;
    }

    // Stars or dots in a row stand for what is left out, wherever they are.
    [GeneratedRegex(@"\*{3}|\.{3}")]
    private static partial Regex Hides();
}
