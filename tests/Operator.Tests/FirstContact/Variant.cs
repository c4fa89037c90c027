using Carto.Emulator;

namespace Operator.Tests.FirstContact;

/// <summary>A CARTO that may be, and what becomes of an account in it.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Carto">How it behaves.</param>
internal sealed record Variant(string Name, EmulatorVariants Carto)
{
    /// <summary>Where <see cref="Spec"/> names the account in CARTO, and the address of its API.</summary>
    public const string Account = "ACCOUNT",
        Address = "ADDRESS";

    /// <summary>The ending over the MCP server.</summary>
    public Ending Mcp { get; init; } = new Ending.Works();

    /// <summary>The ending over the HTTP API.</summary>
    public Ending Http { get; init; } = new Ending.Works();

    /// <summary>What the account says of the MCP server, in YAML; null for nothing.</summary>
    public string? Spec { get; init; }

    /// <summary>What the account says of the answers of the HTTP API, in YAML; null for nothing.</summary>
    public string? HttpAnswers { get; init; }

    /// <summary>What the account logs in with.</summary>
    public Login Login { get; init; }

    /// <summary>The role of its user.</summary>
    public UserRole Role { get; init; }

    /// <summary>What goes wrong from the beginning.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public Ending Over(Interface @interface) => @interface == Interface.Mcp ? Mcp : Http;
}

/// <summary>What an account logs in with.</summary>
internal enum Login
{
    /// <summary>An M2M client of its user.</summary>
    Client,

    /// <summary>An M2M client with a secret that is not its own.</summary>
    WrongSecret,

    /// <summary>An access token of its user.</summary>
    AccessToken,

    /// <summary>A refresh token of its user.</summary>
    RefreshToken,

    /// <summary>An access token that CARTO ended.</summary>
    EndedToken,

    /// <summary>An API access token.</summary>
    ApiToken,
}
