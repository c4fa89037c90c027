using Operator.Access;
using Operator.Carto;
using Operator.Carto.Tokens;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// An account in CARTO for as long as its settings stay the same. It outlives failures to preserve what only it knows: the pause requested
/// by CARTO, and a refresh token that replaced the one in the Secret. It is closed when its owner and every access made from it have
/// released it.
/// </summary>
/// <param name="options">The settings.</param>
/// <param name="carto">The account; closed here.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountConnection(CartoApiOptions options, ICartoApi carto, TimeProvider time) : IAsyncDisposable
{
    private int _holders = 1;
    private int _closed;

    /// <summary>The settings.</summary>
    public CartoApiOptions Options => options;

    /// <summary>Result of the last attempt to connect; null if it failed, or before the first.</summary>
    public AccountAccess? Access { get; private set; }

    /// <summary>When the last attempt succeeded.</summary>
    public DateTimeOffset ConnectedAt { get; private set; }

    /// <summary>The request annotation at the time of the last attempt.</summary>
    public string? Request { get; private set; }

    /// <summary>When the token of an account that cannot obtain another one expires; null if it can, or if that is unknown.</summary>
    public DateTimeOffset? EndsAt => options.Credentials is CartoCredentials.AccessToken ? Access?.Info.TokenExpiresAt : null;

    /// <summary>Connects or reconnects.</summary>
    /// <param name="record">Builds the account as resources record it from what CARTO reports.</param>
    /// <param name="cluster">The cluster whose marks count, see <see cref="Mark.Cluster"/>.</param>
    /// <param name="request">The request annotation.</param>
    /// <param name="published">What resources use now; kept if the result is the same, so that they need not reconcile again.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="CartoException">Connecting failed.</exception>
    public async Task<AccountAccess> ConnectAsync(
        Func<CartoApiInfo, AccountRecord> record,
        string cluster,
        string? request,
        AccountAccess? published,
        CancellationToken cancellationToken
    )
    {
        var last = Access;
        Access = null;
        Request = request;
        var info = await carto.ConnectAsync(cancellationToken);
        ConnectedAt = time.GetUtcNow();
        var known = record(info);
        return Access =
            last is not null && last == published && last.Shows(known, info)
                ? last
                : new AccountAccess(Join(), info, known, AccountOwners.LoginOf(options.Credentials, info.UserId), cluster, time);
    }

    /// <summary>Releases it; the last one closes it.</summary>
    public ValueTask ReleaseAsync() => Interlocked.Decrement(ref _holders) == 0 ? DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Closes it, even while it is held.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _closed, 1) == 0 ? carto.DisposeAsync() : ValueTask.CompletedTask;

    private Share Join()
    {
        Interlocked.Increment(ref _holders);
        return new Share(this, carto);
    }

    /// <summary>The account for one access, which only closes its own share.</summary>
    private sealed class Share(AccountConnection connection, ICartoApi carto) : ICartoApi
    {
        private int _released;

        public ICartoClients Clients => carto.Clients;

        public Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken) => carto.ConnectAsync(cancellationToken);

        public Task<AccessToken> ObtainTokenAsync(CancellationToken cancellationToken) => carto.ObtainTokenAsync(cancellationToken);

        public Task VerifyAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken) =>
            carto.VerifyAsync(clientId, clientSecret, cancellationToken);

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _released, 1) == 0 ? connection.ReleaseAsync() : ValueTask.CompletedTask;
    }
}
