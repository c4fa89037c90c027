using System.Globalization;
using System.Text.Json;

namespace Operator.Carto.Mcp;

/// <summary>
/// Parses a tool's input schema into the argument shapes it accepts: one, or one per branch of <c>oneOf</c> or <c>anyOf</c>. Supports JSON
/// Schema as far as tools use it: properties, required, const, enum, allOf, local $ref.
/// </summary>
internal static class ToolSchema
{
    // A schema is untrusted: it may be recursive or expand exponentially.
    private const int Deepest = 8;
    private const int MostShapes = 64;

    public static IReadOnlyList<ToolShape> Read(JsonElement schema)
    {
        var shapes = Expand(schema, schema, ToolShape.Empty, 0);
        return shapes.Count > 0 ? shapes : [ToolShape.Empty];
    }

    private static List<ToolShape> Expand(JsonElement node, JsonElement root, ToolShape inherited, int depth)
    {
        node = Resolve(node, root);
        if (node.ValueKind != JsonValueKind.Object || depth > Deepest)
        {
            return [inherited];
        }

        List<ToolShape> shapes = [inherited.With(Properties(node, root), Required(node))];
        if (node.Member("allOf") is { ValueKind: JsonValueKind.Array } all)
        {
            foreach (var part in all.EnumerateArray())
            {
                shapes = [.. shapes.SelectMany(shape => Expand(part, root, shape, depth + 1)).Take(MostShapes)];
            }
        }

        foreach (var keyword in (ReadOnlySpan<string>)["oneOf", "anyOf"])
        {
            if (node.Member(keyword) is { ValueKind: JsonValueKind.Array } branches && branches.GetArrayLength() > 0)
            {
                shapes =
                [
                    .. shapes
                        .SelectMany(shape => branches.EnumerateArray().SelectMany(branch => Expand(branch, root, shape, depth + 1)))
                        .Take(MostShapes),
                ];
            }
        }

        return shapes;
    }

    private static IEnumerable<ToolArgument> Properties(JsonElement node, JsonElement root)
    {
        if (node.Member("properties") is { ValueKind: JsonValueKind.Object } properties)
        {
            foreach (var property in properties.EnumerateObject())
            {
                yield return Argument(property.Name, Resolve(property.Value, root), root);
            }
        }
    }

    private static IEnumerable<string> Required(JsonElement node) =>
        node.Member("required") is { ValueKind: JsonValueKind.Array } required
            ? required.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)
            : [];

    private static ToolArgument Argument(string name, JsonElement schema, JsonElement root)
    {
        var values = Values(schema, root, 0);
        return new ToolArgument(
            name,
            [.. values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)],
            Constant(schema, values),
            Types(schema, root, 0),
            Number(schema, "minimum"),
            Number(schema, "maximum"),
            Number(schema, "maxLength")
        );
    }

    /// <summary>The value given by the schema: the only one it allows, or its default.</summary>
    private static JsonElement? Constant(JsonElement schema, List<JsonElement> values) =>
        values is [var only] ? only : schema.Member("default");

    private static List<JsonElement> Values(JsonElement schema, JsonElement root, int depth)
    {
        schema = Resolve(schema, root);
        if (schema.Member("const") is { } constant)
        {
            return [constant];
        }

        if (schema.Member("enum") is { ValueKind: JsonValueKind.Array } values)
        {
            return [.. values.EnumerateArray()];
        }

        return depth > Deepest ? [] : [.. Branches(schema).SelectMany(branch => Values(branch, root, depth + 1))];
    }

    /// <summary>The JSON types a value may have; empty if unspecified.</summary>
    private static HashSet<string> Types(JsonElement schema, JsonElement root, int depth)
    {
        schema = Resolve(schema, root);
        return schema.Member("type") switch
        {
            { ValueKind: JsonValueKind.String } type => [type.GetString()!],
            { ValueKind: JsonValueKind.Array } types =>
            [
                .. types.EnumerateArray().Where(type => type.ValueKind == JsonValueKind.String).Select(type => type.GetString()!),
            ],
            _ when depth > Deepest => [],
            _ => [.. Branches(schema).SelectMany(branch => Types(branch, root, depth + 1))],
        };
    }

    private static IEnumerable<JsonElement> Branches(JsonElement schema)
    {
        foreach (var keyword in (IEnumerable<string>)["oneOf", "anyOf"])
        {
            if (schema.Member(keyword) is { ValueKind: JsonValueKind.Array } branches)
            {
                foreach (var branch in branches.EnumerateArray())
                {
                    yield return branch;
                }
            }
        }
    }

    private static long? Number(JsonElement schema, string name) =>
        schema.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>Resolves references within the document; others are ignored.</summary>
    private static JsonElement Resolve(JsonElement node, JsonElement root)
    {
        for (var hop = 0; hop < Deepest && node.Text("$ref") is { } reference; hop++)
        {
            if (!reference.StartsWith('#'))
            {
                return default;
            }

            var target = root;
            foreach (var step in reference.Split('/').Skip(1))
            {
                var name = Uri.UnescapeDataString(step)
                    .Replace("~1", "/", StringComparison.Ordinal)
                    .Replace("~0", "~", StringComparison.Ordinal);
                target = target.Member(name) ?? default;
            }

            node = target;
        }

        return node;
    }
}

/// <summary>One shape of arguments.</summary>
internal sealed record ToolShape(IReadOnlyDictionary<string, ToolArgument> Arguments, IReadOnlySet<string> Required)
{
    public static readonly ToolShape Empty = new(new Dictionary<string, ToolArgument>(), new HashSet<string>());

    /// <summary>Extends this shape. If both describe an argument, the one with fewer values wins.</summary>
    public ToolShape With(IEnumerable<ToolArgument> arguments, IEnumerable<string> required)
    {
        var all = new Dictionary<string, ToolArgument>(Arguments, StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            if (
                !all.TryGetValue(argument.Name, out var known)
                || known.Values.Count == 0
                || (argument.Values.Count > 0 && argument.Values.Count < known.Values.Count)
            )
            {
                all[argument.Name] = argument;
            }
        }

        return new ToolShape(all, Required.Union(required).ToHashSet(StringComparer.Ordinal));
    }
}

/// <summary>One argument of a tool.</summary>
/// <param name="Name">Name as in the schema.</param>
/// <param name="Values">Allowed strings; empty if the schema lists none.</param>
/// <param name="Constant">The value given by the schema: its only value, or its default.</param>
/// <param name="Types">JSON types; empty if unspecified.</param>
/// <param name="Minimum">Smallest number.</param>
/// <param name="Maximum">Largest number.</param>
/// <param name="MaxLength">Maximum string length.</param>
internal sealed record ToolArgument(
    string Name,
    IReadOnlyList<string> Values,
    JsonElement? Constant,
    IReadOnlySet<string> Types,
    long? Minimum,
    long? Maximum,
    long? MaxLength
)
{
    public string Plain { get; } = Json.Plain(Name);

    /// <summary>Whether it accepts any string.</summary>
    public bool TakesText => Values.Count == 0 && (Types.Count == 0 || Types.Contains("string"));

    /// <summary>Whether it accepts only lists.</summary>
    public bool TakesList => Types.Contains("array") && !Types.Contains("string");

    /// <summary>Whether it accepts only true and false.</summary>
    public bool TakesFlag => Types.Contains("boolean") && !Types.Contains("string");

    /// <summary>Whether it accepts numbers.</summary>
    public bool TakesNumber => Types.Contains("integer") || Types.Contains("number");

    /// <summary>A value that a person wrote, as the type that it takes; null if it does not take that value.</summary>
    public JsonElement? Read(string text) =>
        Values.Count > 0 ? (Values.Contains(text) ? Json.Value(text) : null)
        : TakesFlag ? (bool.TryParse(text, out var flag) ? Json.Value(flag) : null)
        : TakesNumber && !Types.Contains("string")
            ? (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Json.Value(number) : null)
        : TakesList ? Json.List(text)
        : Json.Value(text);

    public override string ToString() => Values.Count == 0 ? Name : $"{Name} ({Words.List(Values)})";
}
