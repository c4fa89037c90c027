using System.Text.Json.Serialization;

namespace Carto.Emulator.Page;

/// <summary>A snapshot for the page. Contains no secrets.</summary>
internal sealed record PageView
{
    /// <summary>Names of all users, in alphabetical order.</summary>
    public required IReadOnlyList<string> Users { get; init; }

    /// <summary>The newest <see cref="PageReader.MostClients"/> matching clients, newest first.</summary>
    public required IReadOnlyList<ClientView> Clients { get; init; }

    /// <summary>Number of matching live clients, including those omitted from <see cref="Clients"/>.</summary>
    public required int Live { get; init; }

    /// <summary>Number of revoked ones.</summary>
    public required int Revoked { get; init; }

    /// <summary>Variants that differ from their defaults.</summary>
    public required IReadOnlyList<Difference> Variants { get; init; }

    /// <summary>Active faults, in order of addition.</summary>
    public required IReadOnlyList<FaultView> Faults { get; init; }
}

/// <summary>A client, without its secret.</summary>
internal sealed record ClientView
{
    public required string Id { get; init; }

    /// <summary>Its name, without any mark.</summary>
    public required string DisplayName { get; init; }

    public required Mark? Mark { get; init; }

    /// <summary>Name of its user.</summary>
    public required string Owner { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? LastTokenAt { get; init; }

    public required DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Whether it was created with its user.</summary>
    public required bool IsAccountCredential { get; init; }
}

/// <summary>A fault, in the admin endpoint's terms.</summary>
internal sealed record FaultView
{
    public required FaultKind Kind { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>Remaining calls it affects; null for no limit.</summary>
    public required int? Left { get; init; }

    /// <summary>When it expires; null for no time limit.</summary>
    public required DateTimeOffset? Until { get; init; }

    /// <summary>Name of the only user it affects; null for all users.</summary>
    public required string? User { get; init; }

    /// <summary>Its other members.</summary>
    public required IReadOnlyList<Difference> Members { get; init; }
}

/// <summary>A member that differs from its default.</summary>
/// <param name="Name">Its name at the admin endpoint; <c>a.b</c> is the member b of the member a.</param>
/// <param name="Value">Its value: strings as is, others as JSON.</param>
/// <param name="Default">The default, likewise.</param>
internal sealed record Difference(string Name, string Value, string Default);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(PageView))]
internal sealed partial class PageJsonContext : JsonSerializerContext;
