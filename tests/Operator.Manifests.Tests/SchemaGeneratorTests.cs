using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Xml.Linq;
using k8s.Models;
using Operator.Contracts.Schema;
using Operator.Manifests.Schemas;

namespace Operator.Manifests.Tests;

public sealed class SchemaGeneratorTests
{
    [Fact]
    public void Generate_Object_IsStructuralWithWhatItsAttributesSay()
    {
        var schema = Generate<Everything>(ResourceScope.Cluster);

        AssertJson(
            """
            {
              "description": "T Everything",
              "type": "object",
              "x-kubernetes-validations": [
                { "rule": "self.text != ''", "message": "write a text", "fieldPath": ".text" }
              ],
              "required": [ "needed" ],
              "properties": {
                "text": {
                  "description": "P Text", "type": "string", "minLength": 1, "maxLength": 9,
                  "x-kubernetes-validations": [
                    { "rule": "self != 'a'", "message": "write b" },
                    { "rule": "self != 'c'", "message": "write d" }
                  ]
                },
                "needed": { "description": "P Needed", "type": "string", "maxLength": 5 },
                "number": { "description": "P Number", "type": "integer", "format": "int32", "default": 5, "minimum": 1, "maximum": 9 },
                "count": { "description": "P Count", "type": "integer", "format": "int64" },
                "positive": { "description": "P Positive", "type": "integer", "format": "int32", "minimum": 0 },
                "flag": { "description": "P Flag", "type": "boolean", "default": false },
                "choice": { "description": "P Choice", "type": "string", "default": "Left", "enum": [ "Left", "Right" ] },
                "maybe": { "description": "P Maybe", "type": "string", "enum": [ "Left", "Right" ] },
                "at": { "description": "P At", "type": "string", "format": "date-time" },
                "part": {
                  "description": "P Part", "type": "object", "default": { "name": "default" },
                  "properties": { "name": { "description": "P Name", "type": "string", "default": "default" } }
                },
                "labels": {
                  "description": "P Labels", "type": "object", "maxProperties": 3,
                  "additionalProperties": { "type": "string", "maxLength": 63 }
                },
                "names": {
                  "description": "P Names", "type": "array", "maxItems": 2, "x-kubernetes-list-type": "set",
                  "items": { "type": "string", "minLength": 1, "maxLength": 7 }
                },
                "parts": {
                  "description": "P Parts", "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [ "name" ],
                  "items": {
                    "description": "T Part", "type": "object",
                    "properties": { "name": { "description": "P Name", "type": "string", "default": "default" } }
                  }
                },
                "lines": {
                  "description": "P Lines", "type": "array", "x-kubernetes-list-type": "atomic", "items": { "type": "string", "maxLength": 8 }
                },
                "clusterWide": { "description": "P ClusterWide", "type": "string" }
              }
            }
            """,
            schema
        );
    }

    [Fact]
    public void Generate_ForANamespacedKind_LeavesOutWhatIsClusterOnly()
    {
        var schema = Generate<Everything>(ResourceScope.Namespaced);

        Assert.DoesNotContain("clusterWide", schema["properties"]!.AsObject().Select(each => each.Key));
    }

    [Fact]
    public void Generate_RequiredAndClusterOnly_IsRequiredWhereItExists()
    {
        Assert.Equal("""["namespace"]""", Generate<Reference>(ResourceScope.Cluster)["required"]!.ToJsonString());
        Assert.Null(Generate<Reference>(ResourceScope.Namespaced)["required"]);
    }

    [Fact]
    public void Generate_KeywordsAndFields_AreInReadingOrder()
    {
        var text = Generate<Everything>(ResourceScope.Cluster)["properties"]!["text"]!.AsObject().Select(each => each.Key);

        Assert.Equal(["description", "type", "minLength", "maxLength", "x-kubernetes-validations"], text);
    }

    [Fact]
    public void Generate_FieldWithoutDocComment_Fails()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Generate<Silent>(ResourceScope.Cluster));

        Assert.Equal("Silent.Undocumented has no doc comment; kubectl explain shows it", failure.Message);
    }

    [Fact]
    public void Generate_TypeOfKubernetes_HasItsUsualSchema()
    {
        var properties = Generate<Status>(ResourceScope.Cluster)["properties"]!;

        Assert.Equal("P Conditions", (string?)properties["conditions"]!["description"]);
        Assert.Equal(
            """["type","status","reason","message","lastTransitionTime"]""",
            properties["conditions"]!["items"]!["required"]!.ToJsonString()
        );
        Assert.Equal("P Selector", (string?)properties["selector"]!["description"]);
        Assert.Equal("atomic", (string?)properties["selector"]!["x-kubernetes-map-type"]);
    }

    private static JsonObject Generate<T>(ResourceScope scope)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        return new SchemaGenerator(Documentation(), scope).Generate(options.GetTypeInfo(typeof(T)));
    }

    /// <summary>For each type and property its kind and name; none for what is called Undocumented.</summary>
    private static XmlDocumentation Documentation() =>
        new(
            new XDocument(
                new XElement(
                    "members",
                    typeof(SchemaGeneratorTests)
                        .GetNestedTypes(System.Reflection.BindingFlags.NonPublic)
                        .SelectMany(type =>
                            type.GetProperties()
                                .Where(property => property.Name != "Undocumented")
                                .Select(property => Member($"P:{NameOf(type)}.{property.Name}", $"P {property.Name}"))
                                .Append(Member($"T:{NameOf(type)}", $"T {type.Name}"))
                        )
                )
            )
        );

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static XElement Member(string name, string summary) =>
        new("member", new XAttribute("name", name), new XElement("summary", summary));

    private static void AssertJson(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToString());

    [Rule("self.text != ''", "write a text", FieldPath = ".text")]
    internal sealed record Everything
    {
        [Text(9, "self != 'a'", "write b")]
        [Rule("self != 'c'", "write d")]
        public string? Text { get; init; }

        [Required]
        [Most(5)]
        public string Needed { get; init; } = "";

        [Range(1, 9)]
        public int Number { get; init; } = 5;

        public long? Count { get; init; }

        [Range(0, int.MaxValue)]
        public int? Positive { get; init; }

        public bool Flag { get; init; }

        public Choice Choice { get; init; }

        public Choice? Maybe { get; init; }

        public DateTimeOffset? At { get; init; }

        public Part Part { get; init; } = new();

        [Most(3)]
        [MaxItemLength(63)]
        public IReadOnlyDictionary<string, string>? Labels { get; init; }

        [Most(2)]
        [Distinct]
        [Text(7)]
        public IReadOnlyList<string>? Names { get; init; }

        [Distinct("name")]
        public IReadOnlyList<Part>? Parts { get; init; }

        [MaxItemLength(8)]
        public IReadOnlyList<string>? Lines { get; init; }

        [ClusterOnly]
        public string? ClusterWide { get; init; }
    }

    internal sealed record Part
    {
        public string? Name { get; init; } = "default";
    }

    internal sealed record Reference
    {
        public string? Name { get; init; }

        [ClusterOnly]
        [Required]
        public string? Namespace { get; init; }
    }

    internal sealed record Silent
    {
        public string? Undocumented { get; init; }
    }

    internal sealed record Status
    {
        public IReadOnlyList<V1Condition>? Conditions { get; init; }

        public V1LabelSelector? Selector { get; init; }
    }

    [JsonConverter(typeof(JsonStringEnumConverter<Choice>))]
    internal enum Choice
    {
        Left,
        Right,
    }
}
