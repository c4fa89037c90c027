using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Carto.Records;

/// <summary>JSON with every value replaced by its type, and back to an example of it.</summary>
internal static class Shape
{
    private const int Deepest = 12;
    private const int MostMembers = 100;
    private const string Count = "$array";
    private const string Entries = "$map";
    private const string First = "$of";

    // Text of these fields of an error says what happened.
    private static readonly string[] Messages = ["error", "errors", "message", "errordescription", "detail", "details", "reason", "code"];

    /// <summary>The shape of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="mask">Masks names and texts.</param>
    /// <param name="isError">Keep what it says, masked.</param>
    public static JsonNode Of(JsonElement value, TextMask mask, bool isError = false) => Of(value, mask, isError, isMessage: false, 0);

    private static JsonNode Of(JsonElement value, TextMask mask, bool isError, bool isMessage, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when depth < Deepest && IsMap(value):
                return new JsonObject
                {
                    [Entries] = value.EnumerateObject().Count(),
                    [First] = Of(value.EnumerateObject().First().Value, mask, isError, isMessage, depth + 1),
                };
            case JsonValueKind.Object when depth < Deepest:
                var members = new JsonObject();
                foreach (var member in value.EnumerateObject().Take(MostMembers))
                {
                    var says = isError && Messages.Contains(Json.Plain(member.Name));
                    members[mask.Name(member.Name)] = Of(member.Value, mask, isError, says, depth + 1);
                }

                return members;
            case JsonValueKind.Array when depth < Deepest:
                var items = new JsonObject { [Count] = value.GetArrayLength() };
                if (value.GetArrayLength() > 0)
                {
                    items[First] = Of(value[0], mask, isError, isMessage, depth + 1);
                }

                return items;
            case JsonValueKind.String when isMessage:
                return $"string: {mask.Text(value.GetString()!)}";
            case JsonValueKind.Number when isError && value.TryGetInt32(out var number) && number is >= 100 and < 600:
                return $"number: {value}";
            default:
                return TypeOf(value.ValueKind);
        }
    }

    /// <summary>A value of a shape.</summary>
    public static JsonNode? Example(JsonElement shape) =>
        shape.ValueKind switch
        {
            JsonValueKind.Object when shape.TryGetProperty(Count, out var count) && count.TryGetInt32(out var number) => new JsonArray([
                .. Enumerable
                    .Range(0, shape.TryGetProperty(First, out _) ? Math.Clamp(number, 0, 2) : 0)
                    .Select(_ => Example(shape.GetProperty(First))),
            ]),
            JsonValueKind.Object when shape.TryGetProperty(Entries, out _) && shape.TryGetProperty(First, out var entry) => new JsonObject
            {
                ["text"] = Example(entry),
            },
            JsonValueKind.Object => new JsonObject(
                shape
                    .EnumerateObject()
                    .DistinctBy(member => member.Name)
                    .Select(member => KeyValuePair.Create(member.Name, Example(member.Value)))
            ),
            JsonValueKind.String => Value(shape.GetString()!),
            _ => null,
        };

    // Its names are data, such as ids: all its values are of one form.
    private static bool IsMap(JsonElement value)
    {
        string? form = null;
        var count = 0;
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            var names = string.Join('\n', member.Value.EnumerateObject().Select(inner => inner.Name).Order(StringComparer.Ordinal));
            if (names.Length == 0 || (form ??= names) != names)
            {
                return false;
            }

            count++;
        }

        return count > 1;
    }

    private static JsonNode? Value(string type) =>
        type.Split(": ", 2) switch
        {
            ["string", var text] => text,
            ["number", var number] when int.TryParse(number, out var value) => value,
            ["number"] => 1,
            ["boolean"] => true,
            ["null"] => null,
            _ => "text",
        };

    private static string TypeOf(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Null => "null",
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            _ => "nothing",
        };
}
