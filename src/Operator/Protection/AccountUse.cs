using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Protection;

/// <summary>
/// Tracks which resources use an account: while there are any, neither the account nor what it references may be deleted. Created once at
/// startup.
/// </summary>
internal sealed class AccountUse
{
    /// <summary>Resources by every account they involve.</summary>
    private const string ByAnyAccount = "any-account";

    /// <summary>How long to wait for the cache to catch up before listing all resources instead.</summary>
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromMilliseconds(300);

    private readonly Informer<M2MOAuthClient> _resources;
    private readonly ResourceClient<M2MOAuthClient> _server;

    /// <param name="resources">Cached resources.</param>
    /// <param name="server">Reads resources from the API server.</param>
    public AccountUse(Informer<M2MOAuthClient> resources, ResourceClient<M2MOAuthClient> server)
    {
        _resources = resources;
        _server = server;
        resources.Store.AddIndex(ByAnyAccount, resource => AccountKey.AllOf(resource).Select(account => account.ToString()));
    }

    /// <summary>
    /// Whether a resource uses an account. If the account is being deleted, only resources that may have a client in it count: others will
    /// never get one.
    /// </summary>
    public static bool Uses(M2MOAuthClient resource, AccountKey account, bool accountGoes)
    {
        var mayHaveClient = resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) == true;
        return accountGoes
            ? mayHaveClient && AccountKey.RecordedOf(resource).Contains(account)
            : (mayHaveClient || resource.Metadata.DeletionTimestamp is null) && AccountKey.AllOf(resource).Contains(account);
    }

    /// <summary>All resources that involve an account, whether or not they count as users.</summary>
    public IReadOnlyList<M2MOAuthClient> Around(AccountKey account) => _resources.Store.ByIndex(ByAnyAccount, account.ToString());

    /// <summary>The resources whose client is, or should be, in an account: see <see cref="AccountKey.Of(M2MOAuthClient)"/>.</summary>
    public IReadOnlyList<M2MOAuthClient> In(AccountKey account) =>
        [.. Around(account).Where(resource => AccountKey.Of(resource) == account)];

    /// <summary>Whether any resource uses the account, according to the cache.</summary>
    public bool IsUsed(AccountKey key, IAccountResource account) =>
        _resources.Store.AnyByIndex(ByAnyAccount, key.ToString(), resource => Uses(resource, key, Goes(account)));

    /// <summary>The resources that use the account, ordered by name.</summary>
    public IReadOnlyList<ObjectKey> UsersOf(AccountKey key, IAccountResource account) =>
        [
            .. Around(key)
                .Where(resource => Uses(resource, key, Goes(account)))
                .Select(ObjectKey.Of)
                .OrderBy(resource => resource.ToString(), StringComparer.Ordinal),
        ];

    /// <summary>
    /// Same, according to the API server: a stale cache must not cost an account its last way to revoke. The cache is trusted once it has
    /// caught up: listing the resources of all namespaces whenever an account becomes unused would be expensive.
    /// </summary>
    public async Task<bool> IsUsedAtServerAsync(AccountKey key, IAccountResource account, CancellationToken cancellationToken)
    {
        if (key.Namespace is null && await _resources.CatchUpAsync(CatchUpLimit, cancellationToken))
        {
            return IsUsed(key, account);
        }

        var resources = await _server.ListAsync(key.Namespace, labelSelector: null, cancellationToken);
        return resources.Any(resource => Uses(resource, key, Goes(account)));
    }

    private static bool Goes(IAccountResource account) => account.Metadata.DeletionTimestamp is not null;
}
