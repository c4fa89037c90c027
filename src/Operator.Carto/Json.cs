using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Carto;

/// <summary>Small readings of JSON that never throw.</summary>
internal static class Json
{
    /// <summary>A member's text; null when there is no such member, or it is empty or no text.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.String
        && member.GetString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>A member that is there and not null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var member)
        && member.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? member
            : null;

    /// <summary>A name without what naming styles differ in: <c>clientId</c>, <c>client_id</c> and <c>Client-ID</c> are the same.</summary>
    public static string Plain(string name) =>
        string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    /// <summary>Whether a name is <paramref name="plain"/> in the form of <see cref="Plain"/>; for lists of thousands of entries.</summary>
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

    public static JsonElement Value(long number) => JsonSerializer.SerializeToElement(number, JsonTypes.Default.Int64);
}

/// <summary>The types that are written as JSON, without reflection.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long))]
internal sealed partial class JsonTypes : JsonSerializerContext;
