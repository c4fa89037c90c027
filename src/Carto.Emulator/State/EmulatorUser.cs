namespace Carto.Emulator;

/// <summary>A CARTO user, with its own M2M client to log in with.</summary>
public sealed record EmulatorUser
{
    /// <summary>Client ID of the public application for users' refresh tokens.</summary>
    public const string PublicClientId = "carto-emulator-public";

    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>The subject of the user's tokens.</summary>
    public required string UserId { get; init; }

    /// <summary>The organization. Several users may share one, but each has its own list of clients.</summary>
    public required string AccountId { get; init; }

    /// <summary>The user's role.</summary>
    public UserRole Role { get; init; } = UserRole.Editor;

    /// <summary>The organization's plan.</summary>
    public AccountPlan Plan { get; init; } = AccountPlan.EnterpriseLarge;

    /// <summary>Client ID of the M2M client created with the user. Lists include it.</summary>
    public required string ClientId { get; init; }

    /// <summary>Its Client Secret.</summary>
    public required string ClientSecret { get; init; }

    public override string ToString() => $"{Name} ({UserId}, {AccountId})";
}

/// <summary>Roles of CARTO, as far as they matter here: Editors and above may have developer credentials, Viewers may not.</summary>
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
