using System.Text.Json.Nodes;

namespace Operator.Manifests.Schemas;

/// <summary>
/// Orders the keywords of a schema for readers: what it is before what it contains. The server accepts any order, but diffs need a stable
/// one.
/// </summary>
internal static class SchemaOrder
{
    private static readonly string[] Keywords =
    [
        "description",
        "type",
        "format",
        "default",
        "enum",
        "pattern",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "maxItems",
        "maxProperties",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type",
        "x-kubernetes-validations",
        "required",
        "properties",
        "additionalProperties",
        "items",
    ];

    public static JsonObject Apply(JsonObject schema)
    {
        var ordered = new JsonObject();
        foreach (var (keyword, value) in schema.OrderBy(pair => Rank(pair.Key)))
        {
            ordered[keyword] = keyword switch
            {
                "properties" => ApplyToEach(value!.AsObject()),
                "items" or "additionalProperties" => Apply(value!.AsObject()),
                _ => value!.DeepClone(),
            };
        }

        return ordered;
    }

    private static JsonObject ApplyToEach(JsonObject fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)Apply(field.Value!.AsObject()))));

    private static int Rank(string keyword) =>
        Array.IndexOf(Keywords, keyword) is >= 0 and var rank
            ? rank
            : throw new InvalidOperationException($"The keyword {keyword} is not one that a structural schema may use here");
}
