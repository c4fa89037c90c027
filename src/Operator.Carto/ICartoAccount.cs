using Operator.Carto.Tokens;

namespace Operator.Carto;

/// <summary>One account: its token, its connections, its gate and its bound API, shared by all resources that use it.</summary>
public interface ICartoAccount : IAsyncDisposable
{
    /// <summary>The account's clients. Usable at any time: what is missing (token, session, binding) is made on the first call.</summary>
    ICartoClients Clients { get; }

    /// <summary>
    /// Obtains a token, opens a session, reads the tools and binds them. Fails with a <see cref="CartoException"/> that says which of
    /// it did not work. Reads nothing else and changes nothing.
    /// </summary>
    Task<CartoAccountInfo> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>The access token that the account's credentials buy, with what it says of itself.</summary>
    Task<AccessToken> ObtainTokenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Obtains a token with a pair of an M2M client, and forgets it. Returns when it works;
    /// <see cref="CartoErrorKind.Unauthorized"/> when CARTO refuses the pair.
    /// </summary>
    Task VerifyAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken);
}

/// <summary>What a connected account is.</summary>
/// <param name="UserId">The token's subject.</param>
/// <param name="AccountId">CARTO's account id in the token; null when it bears none.</param>
/// <param name="ApiKind">Kind of interface, for example <c>MCP</c>.</param>
/// <param name="Server">Name and version that the server gives itself.</param>
/// <param name="Operations">
/// What was bound, a line each, for example <c>create: manage_oauth_clients(method=create, title)</c>.
/// </param>
/// <param name="CanRename">Whether clients can be renamed.</param>
/// <param name="TokenExpiresAt">When the token in use ends; null when it does not say.</param>
/// <param name="Warnings">What a person should know although the account works.</param>
public sealed record CartoAccountInfo(
    string? UserId,
    string? AccountId,
    string ApiKind,
    string? Server,
    IReadOnlyList<string> Operations,
    bool CanRename,
    DateTimeOffset? TokenExpiresAt,
    IReadOnlyList<string> Warnings)
{
    /// <summary>The longest name that the API says it takes, in characters; null when it does not say.</summary>
    public int? MaxNameLength { get; init; }
}
