using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>An M2M OAuth Client in CARTO, with its ID and secret in a Kubernetes Secret.</summary>
[KubernetesEntity(Group = WireNames.Group, ApiVersion = WireNames.Version, Kind = KubeKind, PluralName = Plural)]
[CustomResource(ResourceScope.Namespaced, "m2moauthclient", "m2m")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status", "Whether the Secret holds working credentials.")]
[PrinterColumn("Status", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is ready or not, in a word.")]
[PrinterColumn("Client ID", ".status.clientId", "ID of the client in CARTO.")]
[PrinterColumn("Secret", ".status.secretName", "The Secret that holds the credentials.")]
[PrinterColumn("Account", ".spec.accountRef.name", "The account that the client lives in.", WideOnly = true)]
[PrinterColumn("Next Rotation", ".status.nextRotationTime", "When the credentials are rotated next.", WideOnly = true)]
[PrinterColumn("Age", ".metadata.creationTimestamp", "Time since the resource was created.", Type = "date")]
[SelectableField(".spec.accountRef.kind")]
[SelectableField(".spec.accountRef.name")]
[Rule(
    "!has(oldSelf.spec.clientId) || (has(self.spec.clientId) && self.spec.clientId == oldSelf.spec.clientId)",
    "cannot be changed or removed once set: write the old ID again, or create another M2MOAuthClient",
    FieldPath = ".spec.clientId"
)]
[Rule(
    "has(oldSelf.spec.clientId) || !has(self.spec.clientId) "
        + "|| (has(oldSelf.status) && has(oldSelf.status.clientId) && self.spec.clientId == oldSelf.status.clientId)",
    "can be set only when the resource is created, or to the client that it already has (status.clientId): "
        + "remove it, or create another M2MOAuthClient",
    FieldPath = ".spec.clientId"
)]
[Rule(
    "(has(self.spec.secret) && has(self.spec.secret.name) ? self.spec.secret.name : self.metadata.name) "
        + "== (has(oldSelf.spec.secret) && has(oldSelf.spec.secret.name) ? oldSelf.spec.secret.name : oldSelf.metadata.name)",
    "the Secret's name cannot be changed (without one it is metadata.name): write the old name again, or create another M2MOAuthClient",
    FieldPath = ".spec.secret.name"
)]
[Rule(
    "(has(self.spec.secret) && has(self.spec.secret.type) ? self.spec.secret.type : 'Opaque') "
        + "== (has(oldSelf.spec.secret) && has(oldSelf.spec.secret.type) ? oldSelf.spec.secret.type : 'Opaque')",
    "the Secret's type cannot be changed (without one it is Opaque): write the old type again, or create another M2MOAuthClient",
    FieldPath = ".spec.secret.type"
)]
public sealed record M2MOAuthClient : IKubernetesObject<V1ObjectMeta>
{
    public const string KubeKind = "M2MOAuthClient";
    public const string Plural = "m2moauthclients";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = WireNames.ApiVersion;

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The desired state of the client. Optional: every field has a default.</summary>
    [JsonPropertyName("spec")]
    public M2MOAuthClientSpec Spec { get; init; } = new();

    /// <summary>The last observed state. Only written by the operator; contains no secrets.</summary>
    [JsonPropertyName("status")]
    public M2MOAuthClientStatus? Status { get; init; } = new() { ObservedGeneration = Unseen.Generation, Conditions = Unseen.Conditions };
}
