using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// Only the metadata of an object. Neither data nor spec of <typeparamref name="TKind"/> is ever requested from the server.
/// </summary>
/// <typeparam name="TKind">The kind, only used to distinguish the metadata of different kinds.</typeparam>
public sealed class MetadataOf<TKind> : IKubernetesObject<V1ObjectMeta>, IMetadataOnly
{
    /// <summary>API version of the kind itself, not of <c>PartialObjectMetadata</c>.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    /// <summary>Name of the kind itself, not <c>PartialObjectMetadata</c>.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    /// <summary>The metadata.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();
}

/// <summary>Marks types that are requested as <c>PartialObjectMetadata</c>.</summary>
internal interface IMetadataOnly;
