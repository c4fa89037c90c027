using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Carto;

/// <summary>JSON helpers that never throw.</summary>
internal static class Json
{
    /// <summary>A string member; null if missing, empty or not a string.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.String
        && member.GetString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>A member that is present and not null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var member)
        && member.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? member
            : null;

    /// <summary>Normalizes naming styles: <c>clientId</c>, <c>client_id</c> and <c>Client-ID</c> are equal.</summary>
    public static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    /// <summary>
    /// Whether a name normalizes to <paramref name="plain"/> as by <see cref="Plain"/>, without allocating, for long lists.
    /// </summary>
    public static bool IsPlain(string name, string plain)
    {
        var at = 0;
        foreach (var character in name)
        {
            if (char.IsAsciiLetterOrDigit(character) && (at == plain.Length || char.ToLowerInvariant(character) != plain[at++]))
            {
                return false;
            }
        }

        return at == plain.Length;
    }

    public static JsonElement Value(string text) => JsonSerializer.SerializeToElement(text, JsonTypes.Default.String);

    public static JsonElement List(string text) => JsonSerializer.SerializeToElement([text], JsonTypes.Default.StringArray);

    public static JsonElement Value(bool flag) => JsonSerializer.SerializeToElement(flag, JsonTypes.Default.Boolean);

    public static JsonElement Value(long number) => JsonSerializer.SerializeToElement(number, JsonTypes.Default.Int64);
}

/// <summary>Source-generated JSON types.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(long))]
internal sealed partial class JsonTypes : JsonSerializerContext;
