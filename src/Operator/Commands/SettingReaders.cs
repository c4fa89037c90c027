using Operator.Contracts;

namespace Operator.Commands;

/// <summary>Parsers for settings; false means not allowed.</summary>
internal static class SettingReaders
{
    public static bool NotEmpty(string text, out string? value)
    {
        value = text;
        return !string.IsNullOrWhiteSpace(text);
    }

    // Reject numbers, although Enum.TryParse accepts them.
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

    /// <summary>A comma-separated list without duplicates.</summary>
    public static IReadOnlyList<string> List(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>A duration as in the custom resources, such as 5m or 1h30m.</summary>
    public static bool Duration(string text, out TimeSpan value) => WireDuration.TryParse(text, out value);

    /// <summary>An https server URL, without query and fragment.</summary>
    public static bool ServerUrl(string text, out Uri? value) =>
        Uri.TryCreate(text, UriKind.Absolute, out value)
        && value.Scheme == Uri.UriSchemeHttps
        && value is { Query: "", Fragment: "", UserInfo: "" };
}
