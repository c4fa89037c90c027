namespace Operator;

/// <summary>Truncates text.</summary>
internal static class Text
{
    private const string Ellipsis = "…";

    /// <summary>The text, truncated with an ellipsis to a maximum length in UTF-16 units.</summary>
    public static string Fit(string text, int maxLength)
    {
        if (text.Length <= maxLength)
        {
            return text;
        }

        var end = maxLength - Ellipsis.Length;

        // Do not split a surrogate pair.
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), Ellipsis);
    }
}
