using System.Globalization;
using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>Fields of responses. Their format is undocumented: they have several names and may be wrapped.</summary>
internal static class Fields
{
    public const int DeepestWrap = 3;

    public static readonly string[] Wrappers = ["data", "result", "client", "oauthclient", "credential", "item"];

    /// <summary>Unwraps known wrappers until <paramref name="found"/> matches.</summary>
    public static JsonElement Unwrap(JsonElement element, Func<JsonElement, bool> found)
    {
        for (var depth = 0; depth < DeepestWrap && !found(element); depth++)
        {
            var inner = Wrappers.Select(name => Find(element, name)).FirstOrDefault(field => field is { ValueKind: JsonValueKind.Object });
            if (inner is not { } next)
            {
                break;
            }

            element = next;
        }

        return element;
    }

    /// <summary>The object in an answer that describes a client, as far as there is one.</summary>
    public static JsonElement UnwrapClient(JsonElement element, AnswerNames names)
    {
        var inner = Unwrap(element, candidate => IsClient(candidate, names));
        return names.IdIsGiven && !IsClient(inner, names) && Search(element, candidate => IsClient(candidate, names), 0) is { } found
            ? found
            : inner;
    }

    /// <summary>The first object that matches, at most <see cref="DeepestWrap"/> objects deep.</summary>
    public static JsonElement? Search(JsonElement element, Func<JsonElement, bool> found, int depth)
    {
        if (element.ValueKind != JsonValueKind.Object || depth > DeepestWrap)
        {
            return null;
        }

        return found(element)
            ? element
            : element.EnumerateObject().Select(member => Search(member.Value, found, depth + 1)).FirstOrDefault(inner => inner is not null);
    }

    public static bool IsClient(JsonElement element, AnswerNames names) => Find(element, names.Ids) is { ValueKind: JsonValueKind.String };

    public static ClientEntry? Entry(JsonElement element, AnswerNames names) =>
        Text(Find(element, names.Ids)) is { } id
            ? new ClientEntry(
                new OAuthClient(
                    id,
                    Text(Find(element, names.Names)),
                    Text(Find(element, names.Secrets)) is { } secret && !SecretMask.IsMask(secret) ? new Sensitive(secret) : null,
                    Date(Find(element, names.Created))
                )
                {
                    IsOther = names.IsOther(Text(Find(element, names.Types))),
                },
                Text(Find(element, "id")) is { } ownId && ownId != id ? ownId : null
            )
            : null;

    public static string? Text(JsonElement? field) =>
        field is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;

    private static DateTimeOffset? Date(JsonElement? field) =>
        field switch
        {
            { ValueKind: JsonValueKind.String } text
                when DateTimeOffset.TryParse(
                    text.GetString(),
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                    out var date
                ) => date,
            { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => Epoch(value),
            _ => null,
        };

    private static DateTimeOffset? Epoch(long value) =>
        value switch
        {
            // Seconds until the year 5138, milliseconds beyond.
            > 0 and < 100_000_000_000 => DateTimeOffset.FromUnixTimeSeconds(value),
            >= 100_000_000_000 and < 100_000_000_000_000 => DateTimeOffset.FromUnixTimeMilliseconds(value),
            _ => null,
        };

    public static long? Number(JsonElement? field) =>
        field switch
        {
            { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => value,
            { ValueKind: JsonValueKind.String } text
                when long.TryParse(text.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) => value,
            _ => null,
        };

    public static bool? Flag(JsonElement? field) =>
        field?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

    public static string? CursorText(JsonElement? field) =>
        field switch
        {
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => Text(field),
        };

    /// <summary>The first non-null member by name, most likely first.</summary>
    public static JsonElement? Find(JsonElement element, params ReadOnlySpan<string> names) => Member(element, names)?.Value;

    /// <summary>The name of that member in the element.</summary>
    public static string? NameOf(JsonElement element, params ReadOnlySpan<string> names) => Member(element, names)?.Name;

    private static JsonProperty? Member(JsonElement element, ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        JsonProperty? found = null;
        var rank = names.Length;
        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.Null)
            {
                continue;
            }

            var name = member.Name;
            for (var index = 0; index < rank; index++)
            {
                if (Json.IsPlain(name, names[index]))
                {
                    (found, rank) = (member, index);
                }
            }
        }

        return found;
    }

    /// <summary>Whether one of the members is present and null.</summary>
    public static bool IsNull(JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var member in element.EnumerateObject())
        {
            foreach (var name in names)
            {
                if (member.Value.ValueKind == JsonValueKind.Null && Json.IsPlain(member.Name, name))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
