using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Carto.Clients;
using Operator.Carto.Mcp;

namespace Operator.Carto.Records;

/// <summary>A list of tools for somebody else: names, schemas and descriptions of those for clients, and little of others.</summary>
internal static class RecordedTools
{
    private const int MostTools = 500;
    private const int Deepest = 16;
    private const int MostDigits = 4;

    // Of a schema, what tells how a tool is called.
    private static readonly HashSet<string> Kept =
    [
        "$defs",
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "default",
        "definitions",
        "description",
        "enum",
        "items",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "oneOf",
        "properties",
        "required",
        "title",
        "type",
    ];

    public static JsonArray Of(IEnumerable<JsonElement> tools, ToolBindings bindings, TextMask mask)
    {
        var records = new JsonArray();
        var number = 0;
        foreach (var tool in tools.Take(MostTools))
        {
            number++;
            if (tool.Text("name") is not { } name)
            {
                continue;
            }

            var schema = tool.Member("inputSchema") ?? default;
            if (bindings.Uses(name) || ToolNames.IsAboutClients(name))
            {
                var record = new JsonObject { ["name"] = name };
                if (tool.Text("description") is { } description)
                {
                    record["description"] = mask.Text(description);
                }

                record["inputSchema"] = Schema(schema, mask, 0);
                records.Add(record);
            }
            else
            {
                records.Add(
                    ToolNames.IsDocumented(name)
                        ? new JsonObject { ["name"] = name, ["inputSchema"] = Arguments(schema, mask) }
                        : new JsonObject
                        {
                            ["name"] = $"tool-{number}",
                            ["inputSchema"] = new JsonObject { ["type"] = "object" },
                        }
                );
            }
        }

        return records;
    }

    /// <summary>What the account's spec gives, without values that may be its own.</summary>
    public static JsonObject? Given(GivenCalls? given, TextMask mask)
    {
        if (given is null)
        {
            return null;
        }

        var record = new JsonObject();
        foreach (var operation in Enum.GetValues<ClientOperation>())
        {
            if (given.Of(operation) is { } call)
            {
                record[operation.Word()] = new JsonObject
                {
                    ["tool"] = call.Tool,
                    ["arguments"] = new JsonObject(
                        call.Arguments.Select(pair => KeyValuePair.Create(mask.Name(pair.Key), (JsonNode?)Constant(pair.Value, mask)))
                    ),
                    ["nameArgument"] = call.NameArgument is { } name ? mask.Name(name) : null,
                    ["idArgument"] = call.IdArgument is { } id ? mask.Name(id) : null,
                };
            }
        }

        return record;
    }

    private static string Constant(string value, TextMask mask) =>
        value.Length <= MostDigits && value.All(char.IsAsciiDigit) ? value : mask.Name(value);

    private static JsonNode? Schema(JsonElement schema, TextMask mask, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > Deepest)
        {
            return schema.ValueKind is JsonValueKind.True or JsonValueKind.False ? JsonValue.Create(schema.GetBoolean()) : new JsonObject();
        }

        var record = new JsonObject();
        foreach (var member in schema.EnumerateObject().DistinctBy(member => member.Name).Where(member => Kept.Contains(member.Name)))
        {
            record[member.Name] = member.Name switch
            {
                "properties" or "$defs" or "definitions" when member.Value.ValueKind == JsonValueKind.Object => new JsonObject(
                    member
                        .Value.EnumerateObject()
                        .DistinctBy(property => mask.Name(property.Name))
                        .Select(property => KeyValuePair.Create(mask.Name(property.Name), Schema(property.Value, mask, depth + 1)))
                ),
                "oneOf" or "anyOf" or "allOf" when member.Value.ValueKind == JsonValueKind.Array => new JsonArray([
                    .. member.Value.EnumerateArray().Select(branch => Schema(branch, mask, depth + 1)),
                ]),
                "items" or "additionalProperties" => Schema(member.Value, mask, depth + 1),
                "description" or "title" when member.Value.ValueKind == JsonValueKind.String => mask.Text(member.Value.GetString()!),
                "$ref" when member.Value.ValueKind == JsonValueKind.String => string.Join(
                    '/',
                    member.Value.GetString()!.Split('/').Select(step => step == "#" ? step : mask.Name(step))
                ),
                _ => Value(member.Value, mask),
            };
        }

        return record;
    }

    private static JsonNode? Value(JsonElement value, TextMask mask) =>
        value.ValueKind switch
        {
            JsonValueKind.String => mask.Name(value.GetString()!),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => JsonNode.Parse(value.GetRawText()),
            JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(item => Value(item, mask))]),
            _ => null,
        };

    /// <summary>The names and types of arguments.</summary>
    private static JsonObject Arguments(JsonElement schema, TextMask mask)
    {
        var properties = new JsonObject();
        foreach (var argument in ToolSchema.Read(schema).SelectMany(shape => shape.Arguments.Values).DistinctBy(argument => argument.Name))
        {
            properties[mask.Name(argument.Name)] = argument.Types.FirstOrDefault() is { } type
                ? new JsonObject { ["type"] = mask.Name(type) }
                : new JsonObject();
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }
}
