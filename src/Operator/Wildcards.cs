using System.Text.RegularExpressions;

namespace Operator;

/// <summary>Wildcard patterns for names.</summary>
internal static class Wildcards
{
    /// <summary>Whether a pattern matches a whole text, case-sensitively.</summary>
    /// <param name="pattern">The pattern: <c>*</c> matches any characters, <c>?</c> any single one.</param>
    /// <param name="text">The text.</param>
    /// <param name="wildcards">The wildcards to interpret; all other characters are literal.</param>
    public static bool Match(string pattern, string text, string wildcards) =>
        Regex.IsMatch(
            text,
            $@"\A{string.Concat(pattern.Select(character => !wildcards.Contains(character) ? Regex.Escape(character.ToString()) : character == '*' ? ".*" : "."))}\z",
            RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking
        );
}
