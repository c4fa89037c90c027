using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>What the operator last saw of an account.</summary>
public sealed record AccountStatus
{
    /// <summary>The metadata.generation that this status is about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; init; }

    /// <summary>How the account is doing: Ready, Reconciling, Stalled and Synced.</summary>
    [JsonPropertyName("conditions")]
    [Most(16)]
    [Distinct("type")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }

    /// <summary>The CARTO user that the account's token belongs to.</summary>
    [JsonPropertyName("owner")]
    public AccountOwner? Owner { get; init; }

    /// <summary>The interface that the operator found, and what it bound of it.</summary>
    [JsonPropertyName("api")]
    public AccountApi? Api { get; init; }

    /// <summary>How many clients the operator manages in this account.</summary>
    [JsonPropertyName("managedClients")]
    [Range(0, int.MaxValue)]
    public int? ManagedClients { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/reconcile-requested-at for which the clients were last compared.</summary>
    [JsonPropertyName("lastHandledReconcileAt")]
    [Most(262144)]
    public string? LastHandledReconcileAt { get; init; }

    /// <summary>Value of the annotation credentials.carto.com/accept-drift that was last acted on.</summary>
    [JsonPropertyName("lastHandledAcceptDrift")]
    [Most(262144)]
    public string? LastHandledAcceptDrift { get; init; }
}

/// <summary>The CARTO user that the account's token belongs to.</summary>
public sealed record AccountOwner
{
    /// <summary>The user, as the token's subject names it.</summary>
    [JsonPropertyName("userId")]
    [Most(512)]
    public string? UserId { get; init; }

    /// <summary>The user's account in CARTO, as the token names it.</summary>
    [JsonPropertyName("accountId")]
    [Most(512)]
    public string? AccountId { get; init; }
}

/// <summary>The interface that the operator found, and what it bound of it.</summary>
public sealed record AccountApi
{
    /// <summary>Kind of the interface, for example MCP.</summary>
    [JsonPropertyName("kind")]
    [Required]
    [Most(64)]
    public string Kind { get; init; } = "";

    /// <summary>Name and version that the server gives itself.</summary>
    [JsonPropertyName("server")]
    [Most(1024)]
    public string? Server { get; init; }

    /// <summary>What the operator does and how, a line for each operation.</summary>
    [JsonPropertyName("tools")]
    [Most(64)]
    [MaxItemLength(4096)]
    public IReadOnlyList<string>? Tools { get; init; }
}
