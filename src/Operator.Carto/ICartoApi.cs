using Operator.Carto.Tokens;

namespace Operator.Carto;

/// <summary>One account: its token, its connections, its gate and its bound API, shared by all resources that use it.</summary>
public interface ICartoApi : IAsyncDisposable
{
    /// <summary>The account's clients. Always usable: token, session and binding are created on the first call.</summary>
    ICartoClients Clients { get; }

    /// <summary>
    /// Obtains a token, opens a session, lists the tools and binds them, and with client credentials reads the list of clients until it
    /// shows the client that logs in. Fails with a <see cref="CartoException"/> that names the failed step. Changes nothing.
    /// </summary>
    Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Obtains an access token with the account's credentials, with its claims.</summary>
    Task<AccessToken> ObtainTokenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Obtains a token with the credentials of an M2M client and discards it. Fails with <see cref="CartoErrorKind.Unauthorized"/> if CARTO
    /// rejects them.
    /// </summary>
    Task VerifyAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken);
}

/// <summary>Information about a connected account.</summary>
/// <param name="UserId">The token's subject.</param>
/// <param name="AccountId">CARTO's account id in the token; null if none.</param>
/// <param name="ApiKind">Kind of interface, for example <c>MCP</c> or <c>HTTP</c>.</param>
/// <param name="Server">Name and version reported by the server.</param>
/// <param name="Operations"> The bound operations, one line each, for example <c>create: manage_oauth_clients(method=create, title)</c>.
/// </param>
/// <param name="CanRename">Whether clients can be renamed.</param>
/// <param name="TokenExpiresAt">When the current token expires; null if unknown.</param>
/// <param name="Warnings">Warnings although the account works.</param>
public sealed record CartoApiInfo(
    string? UserId,
    string? AccountId,
    string ApiKind,
    string? Server,
    IReadOnlyList<string> Operations,
    bool CanRename,
    DateTimeOffset? TokenExpiresAt,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>The address at which the interface was found; null if that is not known.</summary>
    public string? Address { get; init; }

    /// <summary>Maximum name length reported by the API, in characters; null if none.</summary>
    public int? MaxNameLength { get; init; }
}
