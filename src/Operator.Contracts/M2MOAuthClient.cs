using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>An M2M OAuth Client in CARTO, with its pair of ID and secret in a Kubernetes Secret.</summary>
[KubernetesEntity(Group = WireNames.Group, ApiVersion = WireNames.Version, Kind = KubeKind, PluralName = Plural)]
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

    [JsonPropertyName("spec")]
    public M2MOAuthClientSpec Spec { get; init; } = new();

    [JsonPropertyName("status")]
    public M2MOAuthClientStatus? Status { get; init; }
}

/// <summary>What a person wants of an M2M OAuth Client.</summary>
public sealed record M2MOAuthClientSpec
{
    [JsonPropertyName("displayName")]
    public string? DisplayName { get; init; }

    [JsonPropertyName("accountRef")]
    public AccountReference AccountRef { get; init; } = new();

    [JsonPropertyName("clientId")]
    public string? ClientId { get; init; }

    [JsonPropertyName("secret")]
    public SecretSpec? Secret { get; init; }

    [JsonPropertyName("rotation")]
    public RotationSpec? Rotation { get; init; }

    [JsonPropertyName("rolloutRestart")]
    public IReadOnlyList<WorkloadReference>? RolloutRestart { get; init; }

    [JsonPropertyName("deletionPolicy")]
    public DeletionPolicy DeletionPolicy { get; init; } = DeletionPolicy.Delete;

    [JsonPropertyName("verify")]
    public bool Verify { get; init; } = true;

    [JsonPropertyName("suspend")]
    public bool Suspend { get; init; }
}

/// <summary>Names the account that a client lives in.</summary>
public sealed record AccountReference
{
    [JsonPropertyName("kind")]
    public AccountKind Kind { get; init; } = AccountKind.ClusterCartoAccount;

    [JsonPropertyName("name")]
    public string Name { get; init; } = "default";
}

/// <summary>The two kinds of account.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccountKind>))]
public enum AccountKind
{
    ClusterCartoAccount,
    CartoAccount,
}

/// <summary>What becomes of the client in CARTO when its resource goes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeletionPolicy>))]
public enum DeletionPolicy
{
    Delete,
    Retain,
}

/// <summary>Shape of the credentials Secret.</summary>
public sealed record SecretSpec
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("type")]
    public string? Type { get; init; }

    [JsonPropertyName("labels")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    [JsonPropertyName("keys")]
    public SecretKeyNames? Keys { get; init; }

    [JsonPropertyName("credentialsFile")]
    public string? CredentialsFile { get; init; }

    [JsonPropertyName("template")]
    public IReadOnlyDictionary<string, string>? Template { get; init; }
}

/// <summary>Other names for the standard keys.</summary>
public sealed record SecretKeyNames
{
    [JsonPropertyName("clientId")]
    public string? ClientId { get; init; }

    [JsonPropertyName("clientSecret")]
    public string? ClientSecret { get; init; }

    [JsonPropertyName("apiBaseUrl")]
    public string? ApiBaseUrl { get; init; }

    [JsonPropertyName("tokenUrl")]
    public string? TokenUrl { get; init; }

    [JsonPropertyName("audience")]
    public string? Audience { get; init; }
}

/// <summary>When the pair is replaced by a new one.</summary>
public sealed record RotationSpec
{
    [JsonPropertyName("every")]
    public string? Every { get; init; }

    [JsonPropertyName("schedule")]
    public string? Schedule { get; init; }

    [JsonPropertyName("timeZone")]
    public string? TimeZone { get; init; }

    [JsonPropertyName("overlap")]
    public string? Overlap { get; init; }
}

/// <summary>Workloads to restart when the pair changes.</summary>
public sealed record WorkloadReference
{
    [JsonPropertyName("kind")]
    public WorkloadKind Kind { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("selector")]
    public V1LabelSelector? Selector { get; init; }
}

/// <summary>Kinds of workload that can be restarted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkloadKind>))]
public enum WorkloadKind
{
    Deployment,
    StatefulSet,
    DaemonSet,
}
