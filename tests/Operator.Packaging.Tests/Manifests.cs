using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Packaging.Tests;

/// <summary>Objects as Helm and kustomize print them.</summary>
internal static class Manifests
{
    /// <summary>All objects of a stream of YAML documents.</summary>
    public static IReadOnlyList<JsonObject> Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)).OfType<JsonObject>()];
    }

    /// <summary>The one object of a kind; fails when there is none or more.</summary>
    public static JsonObject The(this IEnumerable<JsonObject> objects, string kind) => Assert.Single(objects, each => each.Kind() == kind);

    public static string Kind(this JsonObject manifest) => (string)manifest["kind"]!;

    public static string Name(this JsonObject manifest) => (string)manifest["metadata"]!["name"]!;

    /// <summary>The spec of the pods of a Deployment.</summary>
    public static JsonObject Pod(this JsonObject deployment) => deployment["spec"]!["template"]!["spec"]!.AsObject();

    /// <summary>The one container of a pod.</summary>
    public static JsonObject Container(this JsonObject pod) => Assert.Single(pod["containers"]!.AsArray())!.AsObject();

    /// <summary>The same with the fields of each object in order, to compare what two programs print.</summary>
    public static JsonNode Sorted(this JsonNode node) =>
        node switch
        {
            JsonObject map => new JsonObject(
                map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.Sorted()))
            ),
            JsonArray list => new JsonArray([.. list.Select(item => item?.Sorted())]),
            _ => node.DeepClone(),
        };

    private static JsonNode? ToJson(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => new JsonObject(
                mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))
            ),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" } => null,
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: { } plain } when long.TryParse(plain, out var number) => JsonValue.Create(
                number
            ),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => throw new InvalidOperationException($"Line {node.Start.Line} is no YAML that anybody would print."),
        };
}
