using System.Text.Json.Serialization;

namespace Carto.Emulator;

/// <summary>A snapshot of an M2M OAuth Client.</summary>
public sealed record EmulatorClient
{
    /// <summary>The <see cref="Type"/> of an M2M OAuth Client.</summary>
    public const string M2M = "m2m";

    /// <summary>The <see cref="Type"/> of an SPA OAuth Client, which CARTO keeps in the same list.</summary>
    public const string Spa = "spa";

    /// <summary>Client ID.</summary>
    public required string Id { get; init; }

    /// <summary>Client Secret.</summary>
    public required string Secret { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of application it is: <c>m2m</c>, or another, such as <c>spa</c>.</summary>
    public string Type { get; init; } = M2M;

    /// <summary>The user it belongs to.</summary>
    public required string UserId { get; init; }

    /// <summary>Ordinal of creation, from 1, across all users.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was deleted; null while it lives.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When a token was last issued for it; null if never since the emulator started.</summary>
    public DateTimeOffset? LastTokenAt { get; init; }

    /// <summary>Whether it was created with its user, as the login of the user's account.</summary>
    public bool IsAccountCredential { get; init; }

    /// <summary>Whether it was created with its user, as the login of the account or an SPA client beside it.</summary>
    public bool CameWithUser
    {
        // Older state files have only the other.
        get => field || IsAccountCredential;
        init;
    }

    /// <summary>Whether it has not been deleted.</summary>
    [JsonIgnore]
    public bool IsLive => DeletedAt is null;

    public override string ToString() => $"{Id} ({Name})";
}
