using System.Text.Json.Nodes;
using static Operator.Manifests.Reference.Markdown;

namespace Operator.Manifests.Reference;

/// <summary>Tables of the fields of a schema, one per object.</summary>
internal sealed class SchemaReference(Markdown markdown)
{
    private static readonly string[] Headings = ["Field", "Type", "Default", "Meaning"];

    /// <summary>Writes the objects below a field, outermost first.</summary>
    public void Write(string path, JsonObject schema)
    {
        if (schema["properties"] is JsonObject fields)
        {
            var required = schema["required"]?.AsArray().Select(name => (string)name!).ToHashSet() ?? [];
            markdown.Heading(3, $"`{path}`").Paragraph(Describe(schema));
            markdown.Table(Headings, fields.Select(field => Row(field.Key, field.Value!.AsObject(), required.Contains(field.Key))));
            foreach (var (name, field) in fields)
            {
                Write($"{path}.{name}", field!.AsObject());
            }
        }
        else if (schema["items"] is JsonObject items)
        {
            Write($"{path}[]", items);
        }
    }

    private static string[] Row(string name, JsonObject field, bool required) =>
        [
            $"`{name}`",
            TypeOf(field),
            required ? "required" : DefaultOf(field),
            field["properties"] is null ? Describe(field) : Escape((string)field["description"]!), // An object has its own table.
        ];

    private static string TypeOf(JsonObject schema)
    {
        if (schema["enum"] is JsonArray values)
        {
            return string.Join(" or ", values.Select(value => $"`{(string)value!}`"));
        }

        return (string)schema["type"]! switch
        {
            "array" => $"list of {TypeOf(schema["items"]!.AsObject())}, at most {schema["maxItems"]}",
            "object" when schema["additionalProperties"] is JsonObject value =>
                $"map of {TypeOf(value)}, at most {schema["maxProperties"]}",
            "string" when (string?)schema["format"] == "date-time" => "time",
            "string" => $"string, at most {schema["maxLength"]} characters",
            "integer" => $"integer{Range(schema)}",
            var type => type,
        };
    }

    private static string Range(JsonObject schema) =>
        (schema["minimum"], schema["maximum"]) switch
        {
            (null, _) => "",
            (var least, null) => $", at least {least}",
            (var least, var most) => $", {least} to {most}",
        };

    private static string DefaultOf(JsonObject schema) =>
        schema["default"] is { } value ? $"`{(value is JsonObject ? value.ToJsonString() : value.ToString())}`" : "";

    /// <summary>The description, with the messages of validation rules.</summary>
    private static string Describe(JsonObject schema)
    {
        var rules = (schema["x-kubernetes-validations"]?.AsArray() ?? []).Concat(
            schema["items"]?["properties"] is null ? schema["items"]?["x-kubernetes-validations"]?.AsArray() ?? [] : []
        );
        return string.Join("<br>", rules.Select(Message).Prepend(Escape((string)schema["description"]!)));
    }

    private static string Message(JsonNode? rule)
    {
        var field = (string?)rule!["fieldPath"];
        return $"*Checked:* {(field is null ? "" : $"`{field.TrimStart('.')}` ")}{Escape((string)rule["message"]!)}.";
    }
}
