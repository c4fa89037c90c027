using System.Text.Json.Serialization;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>What the operator last saw of an account.</summary>
public sealed record AccountStatus
{
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; init; }

    [JsonPropertyName("conditions")]
    public IReadOnlyList<V1Condition>? Conditions { get; init; }

    [JsonPropertyName("owner")]
    public AccountOwner? Owner { get; init; }

    [JsonPropertyName("api")]
    public AccountApi? Api { get; init; }

    [JsonPropertyName("managedClients")]
    public int? ManagedClients { get; init; }
}

/// <summary>The CARTO user that the account's token belongs to.</summary>
public sealed record AccountOwner
{
    [JsonPropertyName("userId")]
    public string? UserId { get; init; }

    [JsonPropertyName("accountId")]
    public string? AccountId { get; init; }
}

/// <summary>The interface that the operator found, and what it bound of it.</summary>
public sealed record AccountApi
{
    [JsonPropertyName("kind")]
    public string Kind { get; init; } = "";

    [JsonPropertyName("server")]
    public string? Server { get; init; }

    [JsonPropertyName("tools")]
    public IReadOnlyList<string>? Tools { get; init; }
}
