using System.Text.RegularExpressions;

namespace Operator.Carto.Records;

/// <summary>
/// Takes the account's own data out of texts for somebody else. It keeps plain words rather than removing what looks secret: what is not
/// known to be harmless is masked.
/// </summary>
/// <param name="known">Values of the account that were seen.</param>
internal sealed partial class TextMask(IEnumerable<string> known)
{
    public const string Mask = "***";

    private const int LongestText = 300;
    private const int LongestName = 40;
    private const int LongestWord = 24;

    // Words with capitals or digits that CARTO's and Auth0's messages use.
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "API",
        "APIs",
        "Auth0",
        "CARTO",
        "Client",
        "Clients",
        "Credentials",
        "Editor",
        "Enterprise",
        "Error",
        "Forbidden",
        "HTTP",
        "HTTPS",
        "ID",
        "IDs",
        "JSON",
        "JWT",
        "Large",
        "Limit",
        "M2M",
        "MCP",
        "Medium",
        "OAuth",
        "OAuth2",
        "SPA",
        "Token",
        "URL",
        "Unauthorized",
        "Viewer",
        "Workspace",
        "client_credentials",
        "clientId",
        "oauthClient",
    };

    // The longest first: one may hold another.
    private readonly string[] _known = [.. known.Where(value => value.Length > 2).Distinct().OrderByDescending(value => value.Length)];

    /// <summary>An error text without what may be the account's.</summary>
    public string Text(string text)
    {
        text = text.Length > LongestText ? text[..LongestText] + "…" : text;
        foreach (var value in _known)
        {
            text = Replace(text, value);
        }

        text = Quoted().Replace(text, match => $"{match.Value[0]}{Mask}{match.Value[^1]}");
        text = Address().Replace(text, Mask);
        return Word().Replace(text, match => IsPlain(match.Value, StartsSentence(text, match.Index)) ? match.Value : Mask);
    }

    /// <summary>A name of a field, an argument or one of its values, unless it may be the account's.</summary>
    public string Name(string name) =>
        name.Length <= LongestName && NameForm().IsMatch(name) && !IsOpaque(name) && !_known.Contains(name, StringComparer.Ordinal)
            ? name
            : Mask;

    private static string Replace(string text, string value)
    {
        for (var at = 0; (at = text.IndexOf(value, at, StringComparison.OrdinalIgnoreCase)) >= 0; )
        {
            var end = at + value.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
            {
                text = $"{text[..at]}{Mask}{text[end..]}";
                at += Mask.Length;
            }
            else
            {
                at = end;
            }
        }

        return text;
    }

    private static bool StartsSentence(string text, int index)
    {
        var before = text.AsSpan(0, index).TrimEnd();
        return before.Length == 0 || before[^1] is '.' or '!' or '?' or ':' or '"' or '{';
    }

    private static bool IsPlain(string word, bool startsSentence)
    {
        var core = word.Trim('.', '!', '?', '…', '*', '\'');
        return core.Length == 0
            || Words.Contains(core)
            || Lower().IsMatch(core)
            || (startsSentence && Capital().IsMatch(core))
            || (core.Length <= 3 && core.All(char.IsAsciiDigit));
    }

    /// <summary>Whether it may be an id: of digits and letters, of letters in any case, or longer than a word.</summary>
    private static bool IsOpaque(string name)
    {
        var capitals = name.Count(char.IsAsciiLetterUpper);
        var isMixed = name.Any(char.IsAsciiLetterLower) && 3 * capitals > name.Length;
        return (name.Length >= 8 && isMixed)
            || (name.Length >= 12 && (name.Count(char.IsAsciiDigit) > 2 || Hexadecimal().IsMatch(name)))
            || Boundaries().Split(name).Max(part => part.Length) > LongestWord;
    }

    [GeneratedRegex("\"[^\"]*\"|(?<![A-Za-z])'[^']*'|`[^`]*`|“[^”]*”|«[^»]*»")]
    private static partial Regex Quoted();

    [GeneratedRegex(
        @"[a-z][a-z0-9+.\-]*://\S+|[^\s@<>()]+@[^\s@<>()]+|\b[\w\-]{2,}(\.[\w\-]{2,})+(:\d+)?(/\S*)?|\b\d+(\.\d+){2,}\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Address();

    [GeneratedRegex(@"[^\s:=/,;()\[\]{}|<>""`“”«»]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[a-z]{1,15}(['’_\-][a-z]{1,15}){0,3}$")]
    private static partial Regex Lower();

    [GeneratedRegex(@"^[A-Z][a-z]{0,15}(['’\-][a-z]{1,15}){0,3}$")]
    private static partial Regex Capital();

    [GeneratedRegex(@"^[A-Za-z_$@][A-Za-z0-9_$@\-]*$")]
    private static partial Regex NameForm();

    [GeneratedRegex("^[0-9a-fA-F-]+$")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex("[_-]|(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Boundaries();
}
