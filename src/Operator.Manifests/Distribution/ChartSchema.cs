using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Manifests.Distribution;

/// <summary>
/// The schema of the chart's values, with their comments as descriptions. Constraints are maintained by hand in the same file.
/// </summary>
internal static class ChartSchema
{
    // Helm passes it to every chart, without it being among the values.
    private const string Global = "global";

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema with descriptions.</summary>
    /// <exception cref="InvalidOperationException">Values and schema do not have the same fields.</exception>
    public static string Describe(string schema, IReadOnlyList<ChartValue> values)
    {
        var root = JsonNode.Parse(schema)!;
        var left = values.ToDictionary(value => value.Path);
        Describe(root, "", left);
        return left.Count == 0
            ? root.ToJsonString(Layout) + "\n"
            : throw new InvalidOperationException($"values.schema.json: {left.Keys.First()} is missing");
    }

    private static void Describe(JsonNode of, string prefix, Dictionary<string, ChartValue> left)
    {
        foreach (var (name, schema) in of["properties"]!.AsObject())
        {
            var path = prefix + name;
            if (left.Remove(path, out var value))
            {
                var field = schema!.AsObject();
                field.Remove("description");
                field.Insert(0, "description", value.Meaning);
            }
            else if (schema!["properties"] is not null)
            {
                Describe(schema, $"{path}.", left);
            }
            else if (path != Global)
            {
                throw new InvalidOperationException($"values.schema.json: there is no value {path}");
            }
        }
    }
}
