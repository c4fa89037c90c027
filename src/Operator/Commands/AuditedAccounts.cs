using Microsoft.Extensions.Logging.Abstractions;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Commands.Tools;
using Operator.Contracts;

namespace Operator.Commands;

/// <summary>An account covered by an audit.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Carto">The account in CARTO; null if it cannot be used.</param>
/// <param name="Clients">Its clients as CARTO listed them; null if it cannot be used.</param>
/// <param name="Problem">Why it cannot be used; null if it can.</param>
internal sealed record AuditedAccount(AccountKey Key, ICartoApi? Carto, IReadOnlyList<OAuthClient>? Clients, string? Problem)
{
    /// <summary>Which part of the list could not be read, so that missing clients may exist; null if none.</summary>
    public string? Gap { get; init; }
}

/// <summary>The accounts covered by an audit, connected.</summary>
internal sealed class AuditedAccounts : IAsyncDisposable
{
    private readonly List<AuditedAccount> _all = [];
    private readonly Dictionary<string, AccountKey> _logins = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyList<AuditedAccount> All => _all;

    /// <summary>Connects to the accounts.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="keys">The accounts; empty for all in the cluster.</param>
    /// <param name="hosts">Hosts a namespaced account may make this process reach, since it may have the operator's permissions.</param>
    /// <param name="progress">Shows progress.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<AuditedAccounts> ConnectAsync(
        Cluster cluster,
        IReadOnlyList<AccountKey> keys,
        HostPolicy hosts,
        Progress progress,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var factory = new CartoApiFactory(time, NullLoggerFactory.Instance);
        var accounts = new AuditedAccounts();
        try
        {
            var resources =
                keys.Count == 0
                    ? await ListAsync(cluster, cancellationToken)
                    : [.. await Task.WhenAll(keys.Distinct().Select(key => cluster.ReadAccountAsync(key, cancellationToken)))];
            foreach (var resource in resources)
            {
                progress.Say($"listing the clients of {KeyOf(resource)}");
                accounts._all.Add(await accounts.ConnectAsync(cluster, resource, hosts, factory, cancellationToken));
            }

            return accounts;
        }
        catch
        {
            await accounts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Also loads the logins of accounts that are not covered.</summary>
    /// <exception cref="ToolException">One of them cannot be determined.</exception>
    public async Task RequireAllLoginsAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        foreach (var resource in await ListAsync(cluster, cancellationToken))
        {
            var key = KeyOf(resource);
            if (resource.Spec.Auth.ClientCredentials is null || _all.Exists(account => account.Key == key && account.Carto is not null))
            {
                continue;
            }

            try
            {
                Note(key, await cluster.ReadOptionsAsync(resource, cancellationToken));
            }
            catch (AccountException exception) when (exception.InnerException is null)
            {
                // It has no usable credentials, so no login either.
            }
        }
    }

    /// <summary>The account that logs in with a client; null if none.</summary>
    public AccountKey? LoginOf(string clientId) => _logins.TryGetValue(clientId, out var account) ? account : null;

    /// <summary>A usable account; null if it is not covered or cannot be used.</summary>
    public AuditedAccount? Find(AccountKey key) => _all.Find(account => account.Key == key && account.Carto is not null);

    public async ValueTask DisposeAsync()
    {
        foreach (var account in _all)
        {
            await (account.Carto?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static async Task<List<IAccountResource>> ListAsync(Cluster cluster, CancellationToken cancellationToken) =>
        [
            .. await cluster.Api.For(Kinds.ClusterAccounts).ListAsync(@namespace: null, labelSelector: null, cancellationToken),
            .. await cluster.Api.For(Kinds.Accounts).ListAsync(@namespace: null, labelSelector: null, cancellationToken),
        ];

    private static AccountKey KeyOf(IAccountResource resource) => AccountKey.Of(Runtime.ObjectKey.Of(resource));

    private async Task<AuditedAccount> ConnectAsync(
        Cluster cluster,
        IAccountResource resource,
        HostPolicy hosts,
        CartoApiFactory factory,
        CancellationToken cancellationToken
    )
    {
        var key = KeyOf(resource);
        ICartoApi? carto = null;
        try
        {
            var options = await cluster.ReadOptionsAsync(resource, cancellationToken);
            Note(key, options);
            hosts.Check(key, AccountAddresses.Of(resource.Spec));
            carto = factory.Create(options);
            var info = await carto.ConnectAsync(cancellationToken);
            if (AccountOwners.Refusal(resource, info) is { } refusal)
            {
                await carto.DisposeAsync();
                return new AuditedAccount(key, null, null, refusal.Message);
            }

            var (clients, gap) = await carto.Clients.ListAsync(cancellationToken);
            return new AuditedAccount(key, carto, clients, null) { Gap = gap };
        }
        catch (Exception exception) when (exception is AccountException or CartoException)
        {
            await (carto?.DisposeAsync() ?? ValueTask.CompletedTask);
            return new AuditedAccount(
                key,
                null,
                null,
                exception is AccountException account ? Cluster.Describe(account) : exception.Message
            );
        }
    }

    private void Note(AccountKey key, CartoApiOptions options)
    {
        if (options.Credentials is CartoCredentials.ClientCredentials { ClientId: var id })
        {
            _logins[id] = key;
        }
    }
}
