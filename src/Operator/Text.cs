namespace Operator;

/// <summary>Texts of a bounded length.</summary>
internal static class Text
{
    private const string Ellipsis = "…";

    /// <summary>The text itself, or its beginning and an ellipsis where it is longer than that, in UTF-16 units.</summary>
    public static string Fit(string text, int maxLength)
    {
        if (text.Length <= maxLength)
        {
            return text;
        }

        var end = maxLength - Ellipsis.Length;

        // Half of a surrogate pair is no text.
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), Ellipsis);
    }
}
