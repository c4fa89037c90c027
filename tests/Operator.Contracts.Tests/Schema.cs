using System.Text.Json.Nodes;

namespace Operator.Contracts.Tests;

/// <summary>A node of the schema of a kind, and where it is: <c>spec.rolloutRestart[].name</c>.</summary>
internal sealed record Schema(string Path, JsonObject Json)
{
    public static Schema Of(JsonObject definition) =>
        new("", definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject());

    /// <summary>Fields of the object that this describes; none when it describes something else.</summary>
    public IEnumerable<Schema> Fields =>
        (Json["properties"]?.AsObject() ?? []).Select(each => new Schema($"{Path}.{each.Key}".TrimStart('.'), each.Value!.AsObject()));

    /// <summary>This node and all below it.</summary>
    public IEnumerable<Schema> Walk()
    {
        var below = Fields.ToList();
        if (Json["items"] is JsonObject items)
        {
            below.Add(new Schema($"{Path}[]", items));
        }

        if (Json["additionalProperties"] is JsonObject values)
        {
            below.Add(new Schema($"{Path}{{}}", values));
        }

        return below.SelectMany(node => node.Walk()).Prepend(this);
    }
}
