using Operator.Access;
using Operator.Carto;
using Operator.Carto.Tokens;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// An account in CARTO for as long as its settings stay the same. It outlives failures, and with it what only it knows: the pause that
/// CARTO asked for, and a refresh token that took the place of the one in the Secret. It is closed when its owner and every access made
/// from it have let go.
/// </summary>
/// <param name="options">The settings.</param>
/// <param name="carto">The account; closed here.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountConnection(CartoAccountOptions options, ICartoAccount carto, TimeProvider time) : IAsyncDisposable
{
    private int _holders = 1;
    private int _closed;

    /// <summary>The settings.</summary>
    public CartoAccountOptions Options => options;

    /// <summary>What the last attempt to connect gave; null when it failed, or before the first.</summary>
    public AccountAccess? Access { get; private set; }

    /// <summary>When the last attempt succeeded.</summary>
    public DateTimeOffset ConnectedAt { get; private set; }

    /// <summary>What a person had asked for by annotation when the last attempt was made.</summary>
    public string? Request { get; private set; }

    /// <summary>When the token of an account ends that cannot obtain another one; null when it can, or nobody knows.</summary>
    public DateTimeOffset? EndsAt => options.Credentials is CartoCredentials.AccessToken ? Access?.Info.TokenExpiresAt : null;

    /// <summary>Connects, anew where it was connected before.</summary>
    /// <param name="record">The account as resources record it, from what it turned out to be.</param>
    /// <param name="cluster">Whose markers count, see <see cref="Marker.Cluster"/>.</param>
    /// <param name="request">What a person asks for by annotation.</param>
    /// <param name="published">What resources use now; stays when nothing else came out, so that they need not look at it again.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="CartoException">It did not work.</exception>
    public async Task<AccountAccess> ConnectAsync(
        Func<CartoAccountInfo, AccountRecord> record, string cluster, string? request, AccountAccess? published, CancellationToken cancellationToken)
    {
        var last = Access;
        Access = null;
        Request = request;
        var info = await carto.ConnectAsync(cancellationToken);
        ConnectedAt = time.GetUtcNow();
        var known = record(info);
        return Access = last is not null && last == published && last.Shows(known, info)
            ? last
            : new AccountAccess(Join(), info, known, AccountOwners.LoginOf(options.Credentials, info.UserId), cluster, time);
    }

    /// <summary>Lets go of it; the last one closes it.</summary>
    public ValueTask ReleaseAsync() => Interlocked.Decrement(ref _holders) == 0 ? DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Closes it, whoever holds it.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _closed, 1) == 0 ? carto.DisposeAsync() : ValueTask.CompletedTask;

    private Share Join()
    {
        Interlocked.Increment(ref _holders);
        return new Share(this, carto);
    }

    /// <summary>The account for one access, which closes only its own share.</summary>
    private sealed class Share(AccountConnection connection, ICartoAccount carto) : ICartoAccount
    {
        private int _released;

        public ICartoClients Clients => carto.Clients;

        public Task<CartoAccountInfo> ConnectAsync(CancellationToken cancellationToken) => carto.ConnectAsync(cancellationToken);

        public Task<AccessToken> ObtainTokenAsync(CancellationToken cancellationToken) => carto.ObtainTokenAsync(cancellationToken);

        public Task VerifyAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken) =>
            carto.VerifyAsync(clientId, clientSecret, cancellationToken);

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _released, 1) == 0 ? connection.ReleaseAsync() : ValueTask.CompletedTask;
    }
}
