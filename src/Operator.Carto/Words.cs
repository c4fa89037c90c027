using System.Text.RegularExpressions;

namespace Operator.Carto;

/// <summary>Words of a server, made fit to be shown to a person.</summary>
internal static partial class Words
{
    private const int Longest = 240;

    /// <summary>
    /// One line, short, and without anything that looks like a token or a secret: a server's error text is the one thing of an answer
    /// that reaches a status or a log, and it might repeat what it was sent. Null when nothing is left.
    /// </summary>
    public static string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        // Cut first: what follows need not look at megabytes. The rest of a word that the cut splits goes too, so that no half of a
        // token is left that is too short to be recognised.
        if (text.Length > Longest)
        {
            var end = text.LastIndexOf(' ', Longest);
            text = string.Concat(end > 0 ? text.AsSpan(0, end) : text.AsSpan(0, Longest), "…");
        }

        var line = Blanks().Replace(text, " ").Trim();
        return line.Length == 0 ? null : Opaque().Replace(line, "***");
    }

    /// <summary>The names, in quotes, no more of them than a person reads.</summary>
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

    /// <summary>A short sentence of common words; null when it might hold anything else. For text of which it is not known what it is.</summary>
    public static string? Harmless(string text) => text.Length <= Longest / 2 && Sentence().IsMatch(text) ? Clean(text) : null;

    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Blanks();

    // A JWT, or a run longer than any identifier of CARTO's (client IDs have 32 characters, client secrets 64).
    [GeneratedRegex(@"eyJ[A-Za-z0-9_\-.]{8,}|[A-Za-z0-9_\-+/=]{40,}")]
    private static partial Regex Opaque();

    // No digits, no long words: no secret is like that.
    [GeneratedRegex(@"^\s*(?:\(?[A-Za-z'’]{1,15}[.,:;!?)]*(?: |\s*$))+$")]
    private static partial Regex Sentence();
}
