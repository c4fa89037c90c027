using Operator.Contracts;

namespace Operator.Commands;

/// <summary>How values of settings are read; false: not allowed.</summary>
internal static class SettingReaders
{
    public static bool NotEmpty(string text, out string? value)
    {
        value = text;
        return !string.IsNullOrWhiteSpace(text);
    }

    // Numbers are names of no value here, although Enum.TryParse takes them.
    public static bool Word<TEnum>(string text, out TEnum value)
        where TEnum : struct, Enum
    {
        value = default;
        return text.All(char.IsAsciiLetter) && Enum.TryParse(text, ignoreCase: true, out value);
    }

    public static bool ClusterId(string text, out string? value)
    {
        value = text;
        return text.Length == 6 && text.All(char.IsAsciiHexDigitLower);
    }

    public static bool Namespace(string text, out string? value)
    {
        value = text;
        return text.Length is > 0 and <= 63
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && text[0] != '-'
            && text[^1] != '-';
    }

    public static bool Namespaces(string text, out IReadOnlyList<string> value)
    {
        value = List(text);
        return value.Count > 0 && value.All(name => Namespace(name, out _));
    }

    /// <summary>What commas part, each once.</summary>
    public static IReadOnlyList<string> List(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>A duration as the custom resources have it, such as 5m or 1h30m.</summary>
    public static bool Duration(string text, out TimeSpan value) => WireDuration.TryParse(text, out value);

    /// <summary>An https address; that of a server, so without query and fragment.</summary>
    public static bool ServerUrl(string text, out Uri? value) =>
        Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme == Uri.UriSchemeHttps && value is { Query: "", Fragment: "", UserInfo: "" };
}
