using System.Text.RegularExpressions;

namespace Operator.Carto;

/// <summary>Sanitizes server messages for display.</summary>
internal static partial class Words
{
    private const int Longest = 240;

    /// <summary>
    /// One short line without anything that looks like a token or secret: error text is the only part of a response that reaches a status
    /// or log, and it might echo the request. Null if nothing is left.
    /// </summary>
    public static string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        // Truncate first, to avoid scanning megabytes. Also drop a word that is cut, so that no partial token escapes detection.
        if (text.Length > Longest)
        {
            var end = text.LastIndexOf(' ', Longest);
            text = string.Concat(end > 0 ? text.AsSpan(0, end) : text.AsSpan(0, Longest), "…");
        }

        var line = Blanks().Replace(text, " ").Trim();
        return line.Length == 0 ? null : Opaque().Replace(line, "***");
    }

    /// <summary>The names, in quotes, limited to a readable number.</summary>
    public static string List(IEnumerable<string> names)
    {
        const int most = 30;
        var all = names.Select(name => Clean(name)).OfType<string>().ToArray();
        var text = string.Join(", ", all.Take(most));
        return all.Length switch
        {
            0 => "none",
            > most => $"{text} and {all.Length - most} more",
            _ => text,
        };
    }

    /// <summary>A short sentence of common words; null if it may contain anything else. For text of unknown content.</summary>
    public static string? Harmless(string text) => text.Length <= Longest / 2 && Sentence().IsMatch(text) ? Clean(text) : null;

    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Blanks();

    // A JWT, or a run longer than CARTO's identifiers (client IDs have 32 characters, client secrets 64).
    [GeneratedRegex(@"eyJ[A-Za-z0-9_\-.]{8,}|[A-Za-z0-9_\-+/=]{40,}")]
    private static partial Regex Opaque();

    // No digits and no long words, unlike any secret.
    [GeneratedRegex(@"^\s*(?:\(?[A-Za-z'’]{1,15}[.,:;!?)]*(?: |\s*$))+$")]
    private static partial Regex Sentence();
}
