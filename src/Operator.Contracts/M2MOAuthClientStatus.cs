using System.Text.Json.Serialization;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>What the operator last saw and did.</summary>
public sealed record M2MOAuthClientStatus
{
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; init; }

    [JsonPropertyName("conditions")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }

    [JsonPropertyName("clientId")]
    public string? ClientId { get; init; }

    [JsonPropertyName("displayName")]
    public string? DisplayName { get; init; }

    [JsonPropertyName("secretName")]
    public string? SecretName { get; init; }

    /// <summary>resourceVersion of the credentials Secret as last written or checked: tells an edit by somebody else without reading data.</summary>
    [JsonPropertyName("secretResourceVersion")]
    public string? SecretResourceVersion { get; init; }

    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }

    [JsonPropertyName("current")]
    public ClientRecord? Current { get; init; }

    [JsonPropertyName("pending")]
    public PendingClient? Pending { get; init; }

    [JsonPropertyName("retiring")]
    public IReadOnlyList<RetiringClient>? Retiring { get; init; }

    [JsonPropertyName("lastRotationTime")]
    public DateTimeOffset? LastRotationTime { get; init; }

    [JsonPropertyName("nextRotationTime")]
    public DateTimeOffset? NextRotationTime { get; init; }

    [JsonPropertyName("lastHandledReconcileAt")]
    public string? LastHandledReconcileAt { get; init; }

    [JsonPropertyName("lastHandledRotateAt")]
    public string? LastHandledRotateAt { get; init; }
}

/// <summary>The account that the client lives in.</summary>
public sealed record AccountRecord
{
    [JsonPropertyName("kind")]
    public AccountKind Kind { get; init; }

    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    [JsonPropertyName("uid")]
    public string Uid { get; init; } = "";
}

/// <summary>A client that this resource has.</summary>
public sealed record ClientRecord
{
    [JsonPropertyName("clientId")]
    public string ClientId { get; init; } = "";

    /// <summary>Counts the clients that this resource has had, from 1.</summary>
    [JsonPropertyName("serial")]
    public int Serial { get; init; }

    [JsonPropertyName("createdAt")]
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>A client that may have been created and is not yet on record.</summary>
public sealed record PendingClient
{
    [JsonPropertyName("serial")]
    public int Serial { get; init; }

    [JsonPropertyName("since")]
    public DateTimeOffset Since { get; init; }
}

/// <summary>A replaced client that is revoked later.</summary>
public sealed record RetiringClient
{
    [JsonPropertyName("clientId")]
    public string ClientId { get; init; } = "";

    [JsonPropertyName("revokeAfter")]
    public DateTimeOffset RevokeAfter { get; init; }
}
