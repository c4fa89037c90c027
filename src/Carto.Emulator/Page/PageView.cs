using System.Text.Json.Serialization;

namespace Carto.Emulator.Page;

/// <summary>What the page shows at one moment. Holds no secret.</summary>
internal sealed record PageView
{
    /// <summary>Names of all users, in alphabetical order.</summary>
    public required IReadOnlyList<string> Users { get; init; }

    /// <summary>The clients that were asked for, newest first, the first <see cref="PageReader.MostClients"/> of them.</summary>
    public required IReadOnlyList<ClientView> Clients { get; init; }

    /// <summary>How many live clients were asked for, those left out of <see cref="Clients"/> included.</summary>
    public required int Live { get; init; }

    /// <summary>How many revoked ones.</summary>
    public required int Revoked { get; init; }

    /// <summary>Variants that are not as they are by default.</summary>
    public required IReadOnlyList<Difference> Variants { get; init; }

    /// <summary>Faults in effect, in the order of their adding.</summary>
    public required IReadOnlyList<FaultView> Faults { get; init; }
}

/// <summary>A client, without its secret.</summary>
internal sealed record ClientView
{
    public required string Id { get; init; }

    /// <summary>Its name, without the mark where there is one.</summary>
    public required string DisplayName { get; init; }

    public required Mark? Mark { get; init; }

    /// <summary>Name of the user that it belongs to.</summary>
    public required string Owner { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset? LastTokenAt { get; init; }

    public required DateTimeOffset? RevokedAt { get; init; }

    /// <summary>It was made with its user.</summary>
    public required bool IsAccountCredential { get; init; }
}

/// <summary>A fault, in the words of the admin endpoint.</summary>
internal sealed record FaultView
{
    public required FaultKind Kind { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>Calls that it will still strike; null: no limit.</summary>
    public required int? Left { get; init; }

    /// <summary>When it ends by itself; null: not at a time.</summary>
    public required DateTimeOffset? Until { get; init; }

    /// <summary>Name of the user whose calls alone it strikes; null: everybody's.</summary>
    public required string? User { get; init; }

    /// <summary>Whatever else was said of it.</summary>
    public required IReadOnlyList<Difference> Members { get; init; }
}

/// <summary>A member that is not as it is by default.</summary>
/// <param name="Name">Its name at the admin endpoint; <c>a.b</c> is the member b of the member a.</param>
/// <param name="Value">Its value: text as it is, all else as JSON.</param>
/// <param name="Default">The default, likewise.</param>
internal sealed record Difference(string Name, string Value, string Default);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PageView))]
internal sealed partial class PageJsonContext : JsonSerializerContext;
