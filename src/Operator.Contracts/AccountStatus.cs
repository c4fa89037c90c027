using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>The last observed state of an account.</summary>
public sealed record AccountStatus
{
    /// <summary>The metadata.generation this status was computed for.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions of the account: Ready, Reconciling, Stalled and Synced.</summary>
    [JsonPropertyName("conditions")]
    [Most(16)]
    [Distinct("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }

    /// <summary>The CARTO user the account's token belongs to.</summary>
    [JsonPropertyName("owner")]
    public AccountOwner? Owner { get; init; }

    /// <summary>The detected CARTO API and the operations bound to it.</summary>
    [JsonPropertyName("api")]
    public AccountApi? Api { get; init; }

    /// <summary>Number of clients the operator manages in this account.</summary>
    [JsonPropertyName("managedClients")]
    [Range(0, int.MaxValue)]
    public int? ManagedClients { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/reconcile-requested-at last handled by a drift check.</summary>
    [JsonPropertyName("lastHandledReconcileAt")]
    [Most(262144)]
    public string? LastHandledReconcileAt { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/accept-drift that was last handled.</summary>
    [JsonPropertyName("lastHandledAcceptDrift")]
    [Most(262144)]
    public string? LastHandledAcceptDrift { get; init; }
}

/// <summary>The CARTO user the account's token belongs to.</summary>
public sealed record AccountOwner
{
    /// <summary>The user, from the token's subject.</summary>
    [JsonPropertyName("userId")]
    [Most(512)]
    public string? UserId { get; init; }

    /// <summary>The user's account in CARTO, from the token.</summary>
    [JsonPropertyName("accountId")]
    [Most(512)]
    public string? AccountId { get; init; }
}

/// <summary>The detected CARTO API and the operations bound to it.</summary>
public sealed record AccountApi
{
    /// <summary>Kind of API, for example MCP.</summary>
    [JsonPropertyName("kind")]
    [Required]
    [Most(64)]
    public string Kind { get; init; } = "";

    /// <summary>Address at which it was found.</summary>
    [JsonPropertyName("url")]
    [Most(1024)]
    public string? Url { get; init; }

    /// <summary>Name and version reported by the server.</summary>
    [JsonPropertyName("server")]
    [Most(1024)]
    public string? Server { get; init; }

    /// <summary>The bound operations, one line each.</summary>
    [JsonPropertyName("tools")]
    [Most(64)]
    [MaxItemLength(4096)]
    public IReadOnlyList<string>? Tools { get; init; }
}
