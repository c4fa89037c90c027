using System.Buffers;
using System.Text.RegularExpressions;

namespace Operator.Carto;

/// <summary>
/// Detects what servers return instead of a secret: asterisks, bullets, placeholders, only the last characters. A generated secret (Auth0:
/// 64 of <c>A-Z a-z 0-9 _ -</c>) never counts as masked.
/// </summary>
public static partial class SecretMask
{
    // A text of only these characters is masked, whatever its length.
    private static readonly SearchValues<char> Fillers = SearchValues.Create("*xX#.·•●∙○◦█▪_-–—…?");

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "null",
        "nil",
        "none",
        "undefined",
        "empty",
        "n/a",
        "na",
        "unknown",
        "redacted",
        "hidden",
        "masked",
        "obfuscated",
        "omitted",
        "removed",
        "confidential",
        "sensitive",
        "protected",
        "encrypted",
        "unavailable",
    };

    /// <summary>Whether a text is a masked secret. An empty one is.</summary>
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

    /// <summary>Characters that no secret contains: a space, as in "not shown", or non-ASCII characters such as bullets.</summary>
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

    /// <summary>A partially masked secret: at least half of the text is a run of one letter at either end.</summary>
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

    // Consecutive asterisks or dots anywhere stand for omitted characters.
    [GeneratedRegex(@"\*{3}|\.{3}")]
    private static partial Regex Hides();
}
