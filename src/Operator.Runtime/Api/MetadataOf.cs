using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// The metadata of an object and nothing else. The server is asked for metadata only, so that neither data nor spec of
/// <typeparamref name="TKind"/> ever reach this process.
/// </summary>
/// <typeparam name="TKind">The kind whose metadata it is; only there to tell one kind's metadata from another's.</typeparam>
public sealed class MetadataOf<TKind> : IKubernetesObject<V1ObjectMeta>, IMetadataOnly
{
    /// <summary>API version of the kind itself, not of the partial form that it travelled in.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    /// <summary>Name of the kind itself, not of the partial form that it travelled in.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    /// <summary>The metadata.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();
}

/// <summary>Marks types that are asked for as <c>PartialObjectMetadata</c>.</summary>
internal interface IMetadataOnly;
