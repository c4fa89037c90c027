namespace Carto.Emulator;

/// <summary>A CARTO user, with an M2M client of the user's own to act with.</summary>
public sealed record EmulatorUser
{
    /// <summary>Client ID of the public application that users' refresh tokens are issued to.</summary>
    public const string PublicClientId = "carto-emulator-public";

    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>The subject of the user's tokens.</summary>
    public required string UserId { get; init; }

    /// <summary>The organization. Several users may share one; each has a list of clients of their own all the same.</summary>
    public required string AccountId { get; init; }

    /// <summary>What the user may do.</summary>
    public UserRole Role { get; init; } = UserRole.Editor;

    /// <summary>What the organization has bought.</summary>
    public AccountPlan Plan { get; init; } = AccountPlan.EnterpriseLarge;

    /// <summary>Client ID of the M2M client that was made with the user. It is one of the user's clients: lists show it.</summary>
    public required string ClientId { get; init; }

    /// <summary>Client Secret of the same.</summary>
    public required string ClientSecret { get; init; }

    public override string ToString() => $"{Name} ({UserId}, {AccountId})";
}

/// <summary>Roles of CARTO, as far as they matter here: Editors and above may have developer credentials, Viewers not.</summary>
public enum UserRole
{
    Editor,
    Admin,
    Viewer,
}

/// <summary>Plans of CARTO, as far as they matter here: M2M clients come with Enterprise Large and above.</summary>
public enum AccountPlan
{
    EnterpriseLarge,
    EnterpriseMedium,
}
