using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Runtime.Tests;

/// <summary>A kind that exists for these tests only.</summary>
public sealed record Widget : IKubernetesObject<V1ObjectMeta>
{
    public static ResourceDefinition<Widget> Definition { get; } =
        new("testing.example.com", "v1", "widgets", "Widget", Namespaced: true, WidgetJsonContext.Default.Widget);

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "testing.example.com/v1";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Widget";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public WidgetSpec Spec { get; init; } = new();

    [JsonPropertyName("status")]
    public WidgetStatus? Status { get; init; }

    public static Widget Named(string @namespace, string name, int size = 0) =>
        new()
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = @namespace, Name = name },
            Spec = new WidgetSpec { Size = size },
        };
}

public sealed record WidgetSpec
{
    [JsonPropertyName("size")]
    public int Size { get; init; }
}

public sealed record WidgetStatus
{
    [JsonPropertyName("phase")]
    public string? Phase { get; init; }

    [JsonPropertyName("seen")]
    public int? Seen { get; init; }

    [JsonPropertyName("parts")]
    public IReadOnlyList<string>? Parts { get; init; }

    [JsonPropertyName("nested")]
    public WidgetNested? Nested { get; init; }
}

public sealed record WidgetNested
{
    [JsonPropertyName("left")]
    public string? Left { get; init; }

    [JsonPropertyName("right")]
    public string? Right { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Widget))]
[JsonSerializable(typeof(WidgetStatus))]
public sealed partial class WidgetJsonContext : JsonSerializerContext;
