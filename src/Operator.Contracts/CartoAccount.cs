using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>A CARTO user on whose behalf clients of the same namespace are managed.</summary>
[KubernetesEntity(Group = WireNames.Group, ApiVersion = WireNames.Version, Kind = KubeKind, PluralName = Plural)]
[CustomResource(ResourceScope.Namespaced, "cartoaccount", "cacc")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status", "Whether CARTO's API can be used with the account.")]
[PrinterColumn("Status", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is ready or not, in a word.")]
[PrinterColumn("URL", ".spec.apiBaseUrl", "Base URL of CARTO's API.")]
[PrinterColumn("Clients", ".status.managedClients", "How many clients the operator manages in the account.", Type = "integer")]
[PrinterColumn("API", ".status.api.server", "The server that answers.", WideOnly = true)]
[PrinterColumn("Owner", ".status.owner.userId", "The CARTO user that the token belongs to.", WideOnly = true)]
[PrinterColumn("Age", ".metadata.creationTimestamp", "Time since the account was created.", Type = "date")]
public sealed record CartoAccount : IAccountResource
{
    public const string KubeKind = "CartoAccount";
    public const string Plural = "cartoaccounts";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = WireNames.ApiVersion;

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>CARTO endpoints and credentials.</summary>
    [JsonPropertyName("spec")]
    [Required]
    public AccountSpec Spec { get; init; } = new();

    /// <summary>The last observed state of the account. Only written by the operator; contains no secrets.</summary>
    [JsonPropertyName("status")]
    public AccountStatus? Status { get; init; } = new() { ObservedGeneration = Unseen.Generation, Conditions = Unseen.Conditions };
}

/// <summary>A CARTO user on whose behalf clients of any allowed namespace are managed.</summary>
[KubernetesEntity(Group = WireNames.Group, ApiVersion = WireNames.Version, Kind = KubeKind, PluralName = Plural)]
[CustomResource(ResourceScope.Cluster, "clustercartoaccount", "ccacc")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status", "Whether CARTO's API can be used with the account.")]
[PrinterColumn("Status", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is ready or not, in a word.")]
[PrinterColumn("URL", ".spec.apiBaseUrl", "Base URL of CARTO's API.")]
[PrinterColumn("Clients", ".status.managedClients", "How many clients the operator manages in the account.", Type = "integer")]
[PrinterColumn("API", ".status.api.server", "The server that answers.", WideOnly = true)]
[PrinterColumn("Owner", ".status.owner.userId", "The CARTO user that the token belongs to.", WideOnly = true)]
[PrinterColumn("Age", ".metadata.creationTimestamp", "Time since the account was created.", Type = "date")]
public sealed record ClusterCartoAccount : IAccountResource
{
    public const string KubeKind = "ClusterCartoAccount";
    public const string Plural = "clustercartoaccounts";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = WireNames.ApiVersion;

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>CARTO endpoints and credentials.</summary>
    [JsonPropertyName("spec")]
    [Required]
    public AccountSpec Spec { get; init; } = new();

    /// <summary>The last observed state of the account. Only written by the operator; contains no secrets.</summary>
    [JsonPropertyName("status")]
    public AccountStatus? Status { get; init; } = new() { ObservedGeneration = Unseen.Generation, Conditions = Unseen.Conditions };
}
