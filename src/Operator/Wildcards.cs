using System.Text.RegularExpressions;

namespace Operator;

/// <summary>Patterns as people write them for names.</summary>
internal static class Wildcards
{
    /// <summary>Whether a pattern stands for the whole of a text, in exactly these letters.</summary>
    /// <param name="pattern">The text, with wildcards: <c>*</c> is any run of characters, <c>?</c> any one.</param>
    /// <param name="text">The text.</param>
    /// <param name="wildcards">Which of the wildcards there are; other characters stand for themselves.</param>
    public static bool Match(string pattern, string text, string wildcards) => Regex.IsMatch(
        text,
        $@"\A{string.Concat(pattern.Select(character => !wildcards.Contains(character) ? Regex.Escape(character.ToString()) : character == '*' ? ".*" : "."))}\z",
        RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking);
}
