using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>A CARTO user on whose behalf clients of the same namespace are managed.</summary>
[KubernetesEntity(Group = WireNames.Group, ApiVersion = WireNames.Version, Kind = KubeKind, PluralName = Plural)]
public sealed record CartoAccount : IKubernetesObject<V1ObjectMeta>
{
    public const string KubeKind = "CartoAccount";
    public const string Plural = "cartoaccounts";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = WireNames.ApiVersion;

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public AccountSpec Spec { get; init; } = new();

    [JsonPropertyName("status")]
    public AccountStatus? Status { get; init; }
}

/// <summary>A CARTO user on whose behalf clients of any allowed namespace are managed.</summary>
[KubernetesEntity(Group = WireNames.Group, ApiVersion = WireNames.Version, Kind = KubeKind, PluralName = Plural)]
public sealed record ClusterCartoAccount : IKubernetesObject<V1ObjectMeta>
{
    public const string KubeKind = "ClusterCartoAccount";
    public const string Plural = "clustercartoaccounts";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = WireNames.ApiVersion;

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public AccountSpec Spec { get; init; } = new();

    [JsonPropertyName("status")]
    public AccountStatus? Status { get; init; }
}
