using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>What the operator last saw and did.</summary>
public sealed record M2MOAuthClientStatus
{
    /// <summary>The metadata.generation that this status is about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; init; }

    /// <summary>How the resource is doing: Ready, Reconciling, Stalled, Synced and CredentialsVerified.</summary>
    [JsonPropertyName("conditions")]
    [Most(16)]
    [Distinct("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }

    /// <summary>
    /// The metadata.uid of the resource that this status is about. A status that was copied or restored from another object bears another
    /// one: it is then no record, and what the resource has is read from the marks in CARTO's list.
    /// </summary>
    [JsonPropertyName("resourceUid")]
    [Most(128)]
    public string? ResourceUid { get; set; }

    /// <summary>Client ID of the pair in the Secret.</summary>
    [JsonPropertyName("clientId")]
    [Most(256)]
    public string? ClientId { get; init; }

    /// <summary>Name of the client in CARTO, with the operator's mark.</summary>
    [JsonPropertyName("displayName")]
    [Most(512)]
    public string? DisplayName { get; init; }

    /// <summary>Name of the Secret that holds the pair.</summary>
    [JsonPropertyName("secretName")]
    [Most(253)]
    public string? SecretName { get; init; }

    /// <summary>
    /// resourceVersion of the credentials Secret as last written or checked: tells an edit by somebody else without reading data.
    /// </summary>
    [JsonPropertyName("secretResourceVersion")]
    [Most(128)]
    public string? SecretResourceVersion { get; init; }

    /// <summary>The account that the client lives in.</summary>
    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }

    /// <summary>The client whose pair the Secret holds.</summary>
    [JsonPropertyName("current")]
    public ClientRecord? Current { get; init; }

    /// <summary>
    /// A client that may have been created and is not yet on record. The operator looks for it before it creates another.
    /// </summary>
    [JsonPropertyName("pending")]
    public PendingClient? Pending { get; init; }

    /// <summary>Replaced clients that still work and are revoked later.</summary>
    [JsonPropertyName("retiring")]
    [Most(1024)]
    [Distinct("clientId")]
    public IReadOnlyList<RetiringClient>? Retiring { get; init; }

    /// <summary>When the pair was last replaced.</summary>
    [JsonPropertyName("lastRotationTime")]
    public DateTimeOffset? LastRotationTime { get; init; }

    /// <summary>When the credentials are rotated next.</summary>
    [JsonPropertyName("nextRotationTime")]
    public DateTimeOffset? NextRotationTime { get; init; }

    /// <summary>Client ID of the pair that the workloads of spec.rolloutRestart were last restarted for.</summary>
    [JsonPropertyName("restartedFor")]
    [Most(256)]
    public string? RestartedFor { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/reconcile-requested-at that was last acted on.</summary>
    [JsonPropertyName("lastHandledReconcileAt")]
    [Most(262144)]
    public string? LastHandledReconcileAt { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/rotate-requested-at that was last acted on.</summary>
    [JsonPropertyName("lastHandledRotateAt")]
    [Most(262144)]
    public string? LastHandledRotateAt { get; init; }

    /// <summary>Restarts of which some could not be done yet; absent otherwise.</summary>
    [JsonPropertyName("restarts")]
    public RestartProgress? Restarts { get; init; }
}

/// <summary>The workloads that are done for a pair while others of spec.rolloutRestart could not be restarted.</summary>
public sealed record RestartProgress
{
    /// <summary>Client ID of the pair.</summary>
    [JsonPropertyName("clientId")]
    [Required]
    [Most(256)]
    public string ClientId { get; init; } = "";

    /// <summary>Kind and name of each workload that is done, with a slash between: it is not restarted again for this pair.</summary>
    [JsonPropertyName("done")]
    [Most(1024)]
    [MaxItemLength(320)]
    public IReadOnlyList<string>? Done { get; init; }
}

/// <summary>The account that the client lives in.</summary>
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

    /// <summary>The account's metadata.uid: tells an account from another of the same name.</summary>
    [JsonPropertyName("uid")]
    [Required]
    [Most(128)]
    public string Uid { get; init; } = "";

    /// <summary>The CARTO user that the account belonged to, where its token told: only that user sees the client and can revoke it.</summary>
    [JsonPropertyName("userId")]
    [Most(512)]
    public string? UserId { get; init; }

    /// <summary>That user's account in CARTO, where the token told.</summary>
    [JsonPropertyName("accountId")]
    [Most(512)]
    public string? AccountId { get; init; }
}

/// <summary>A client that this resource has.</summary>
public sealed record ClientRecord
{
    /// <summary>ID of the client.</summary>
    [JsonPropertyName("clientId")]
    [Required]
    [Most(256)]
    public string ClientId { get; init; } = "";

    /// <summary>Counts the clients that this resource has had, from 1.</summary>
    [JsonPropertyName("serial")]
    [Required]
    [Range(0, int.MaxValue)]
    public int Serial { get; init; }

    /// <summary>When the client was created, where CARTO or the operator knows it.</summary>
    [JsonPropertyName("createdAt")]
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>A client that may have been created and is not yet on record.</summary>
public sealed record PendingClient
{
    /// <summary>Serial that the client bears in its name in CARTO.</summary>
    [JsonPropertyName("serial")]
    [Required]
    [Range(0, int.MaxValue)]
    public int Serial { get; init; }

    /// <summary>When the operator set out to create it.</summary>
    [JsonPropertyName("since")]
    [Required]
    public DateTimeOffset Since { get; init; }

    /// <summary>
    /// How long the client that it replaces goes on working after that. Without it, that one is of no use any more and goes at once.
    /// </summary>
    [JsonPropertyName("overlap")]
    [Most(64)]
    public string? Overlap { get; init; }

    /// <summary>The account that it is created in, where that is another than the replaced client's.</summary>
    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }
}

/// <summary>A replaced client that is revoked later.</summary>
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

    /// <summary>The account that it lives in, where that is another than the resource's.</summary>
    [JsonPropertyName("account")]
    public AccountRecord? Account { get; init; }
}
