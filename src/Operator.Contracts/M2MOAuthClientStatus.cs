using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>The last observed state of a client.</summary>
public sealed record M2MOAuthClientStatus
{
    /// <summary>The metadata.generation this status was computed for.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; init; }

    /// <summary>How the resource is doing: Ready, Reconciling, Stalled, Synced and CredentialsVerified.</summary>
    [JsonPropertyName("conditions")]
    [Most(16)]
    [Distinct("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }

    /// <summary>
    /// The metadata.uid of the resource this status belongs to. A status copied or restored from another object has a different one: the
    /// operator then ignores it and recovers the resource's clients by their marks in CARTO's list.
    /// </summary>
    [JsonPropertyName("resourceUid")]
    [Most(128)]
    public string? ResourceUid { get; set; }

    /// <summary>Client ID of the credentials in the Secret.</summary>
    [JsonPropertyName("clientId")]
    [Most(256)]
    public string? ClientId { get; set; }

    /// <summary>Name of the client in CARTO, with the operator's mark.</summary>
    [JsonPropertyName("displayName")]
    [Most(512)]
    public string? DisplayName { get; init; }

    /// <summary>Name of the Secret that holds the credentials.</summary>
    [JsonPropertyName("secretName")]
    [Most(253)]
    public string? SecretName { get; init; }

    /// <summary>
    /// resourceVersion of the credentials Secret as last written or checked: detects edits by others without reading its data.
    /// </summary>
    [JsonPropertyName("secretResourceVersion")]
    [Most(128)]
    public string? SecretResourceVersion { get; init; }

    /// <summary>The account that holds the client.</summary>
    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }

    /// <summary>The client whose credentials the Secret holds.</summary>
    [JsonPropertyName("current")]
    public ClientRecord? Current { get; init; }

    /// <summary>
    /// A client that may have been created but is not recorded yet. The operator searches for it before it creates another one.
    /// </summary>
    [JsonPropertyName("pending")]
    public PendingClient? Pending { get; init; }

    /// <summary>Replaced clients that still work and will be revoked.</summary>
    [JsonPropertyName("retiring")]
    [Most(1024)]
    [Distinct("clientId")]
    public IReadOnlyList<RetiringClient>? Retiring { get; init; }

    /// <summary>When the credentials were last rotated.</summary>
    [JsonPropertyName("lastRotationTime")]
    public DateTimeOffset? LastRotationTime { get; init; }

    /// <summary>When the credentials are rotated next.</summary>
    [JsonPropertyName("nextRotationTime")]
    public DateTimeOffset? NextRotationTime { get; init; }

    /// <summary>Client ID of the credentials that the workloads in spec.rolloutRestart were last restarted for.</summary>
    [JsonPropertyName("restartedFor")]
    [Most(256)]
    public string? RestartedFor { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/reconcile-requested-at that was last handled.</summary>
    [JsonPropertyName("lastHandledReconcileAt")]
    [Most(262144)]
    public string? LastHandledReconcileAt { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/rotate-requested-at that was last handled.</summary>
    [JsonPropertyName("lastHandledRotateAt")]
    [Most(262144)]
    public string? LastHandledRotateAt { get; init; }

    /// <summary>Progress of restarts that are not complete yet; absent otherwise.</summary>
    [JsonPropertyName("restarts")]
    public RestartProgress? Restarts { get; init; }
}

/// <summary>Workloads already restarted for new credentials while others in spec.rolloutRestart could not be.</summary>
public sealed record RestartProgress
{
    /// <summary>Client ID of the credentials.</summary>
    [JsonPropertyName("clientId")]
    [Required]
    [Most(256)]
    public string ClientId { get; init; } = "";

    /// <summary>Restarted workloads as kind/name; they are not restarted again for these credentials.</summary>
    [JsonPropertyName("done")]
    [Most(1024)]
    [MaxItemLength(320)]
    public IReadOnlyList<string>? Done { get; init; }
}

/// <summary>The account that holds the client.</summary>
public sealed record AccountRecord
{
    /// <summary>Kind of the account.</summary>
    [JsonPropertyName("kind")]
    [Required]
    public AccountKind Kind { get; init; }

    /// <summary>Name of the account.</summary>
    [JsonPropertyName("name")]
    [Required]
    [Most(253)]
    public string Name { get; init; } = "";

    /// <summary>The account's metadata.uid: distinguishes it from another account of the same name.</summary>
    [JsonPropertyName("uid")]
    [Required]
    [Most(128)]
    public string Uid { get; init; } = "";

    /// <summary>The CARTO user the account belonged to, if its token named it: only that user sees the client and can revoke it.</summary>
    [JsonPropertyName("userId")]
    [Most(512)]
    public string? UserId { get; init; }

    /// <summary>That user's account in CARTO, if the token named it.</summary>
    [JsonPropertyName("accountId")]
    [Most(512)]
    public string? AccountId { get; init; }
}

/// <summary>A client of this resource.</summary>
public sealed record ClientRecord
{
    /// <summary>ID of the client.</summary>
    [JsonPropertyName("clientId")]
    [Required]
    [Most(256)]
    public string ClientId { get; init; } = "";

    /// <summary>Counts the clients of this resource, from 1.</summary>
    [JsonPropertyName("serial")]
    [Required]
    [Range(0, int.MaxValue)]
    public int Serial { get; init; }

    /// <summary>When the client was created, if known.</summary>
    [JsonPropertyName("createdAt")]
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>A client that may have been created but is not recorded yet.</summary>
public sealed record PendingClient
{
    /// <summary>Serial in the client's name in CARTO.</summary>
    [JsonPropertyName("serial")]
    [Required]
    [Range(0, int.MaxValue)]
    public int Serial { get; init; }

    /// <summary>When the operator decided to create it.</summary>
    [JsonPropertyName("since")]
    [Required]
    public DateTimeOffset Since { get; init; }

    /// <summary>
    /// How long the client it replaces keeps working afterwards. If unset, that client is useless and is revoked at once.
    /// </summary>
    [JsonPropertyName("overlap")]
    [Most(64)]
    public string? Overlap { get; init; }

    /// <summary>The account it is created in, if different from the replaced client's.</summary>
    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }
}

/// <summary>A replaced client that will be revoked.</summary>
public sealed record RetiringClient
{
    /// <summary>ID of the client.</summary>
    [JsonPropertyName("clientId")]
    [Required]
    [Most(256)]
    public string ClientId { get; init; } = "";

    /// <summary>When it is revoked.</summary>
    [JsonPropertyName("revokeAfter")]
    [Required]
    public DateTimeOffset RevokeAfter { get; init; }

    /// <summary>Its account, if different from the resource's.</summary>
    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }
}
