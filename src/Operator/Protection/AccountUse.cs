using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Protection;

/// <summary>
/// Which resources use an account: as long as there is one, neither the account nor what it needs may go. Made once, before anything runs.
/// </summary>
internal sealed class AccountUse
{
    /// <summary>Resources by every account that they have to do with.</summary>
    private const string ByAnyAccount = "any-account";

    /// <summary>How long the cache may take to catch up, before all resources are listed instead.</summary>
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromMilliseconds(300);

    private readonly Informer<M2MOAuthClient> _resources;
    private readonly ResourceClient<M2MOAuthClient> _server;

    /// <param name="resources">The resources as the cache has them.</param>
    /// <param name="server">The resources as the API server has them.</param>
    public AccountUse(Informer<M2MOAuthClient> resources, ResourceClient<M2MOAuthClient> server)
    {
        _resources = resources;
        _server = server;
        resources.Store.AddIndex(ByAnyAccount, resource => AccountKey.AllOf(resource).Select(account => account.ToString()));
    }

    /// <summary>
    /// Whether a resource uses an account. Of one that is being deleted only those count that may have a client in it: the others will
    /// never get one.
    /// </summary>
    public static bool Uses(M2MOAuthClient resource, AccountKey account, bool accountGoes)
    {
        var mayHaveClient = resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) == true;
        return accountGoes
            ? mayHaveClient && AccountKey.RecordedOf(resource).Contains(account)
            : (mayHaveClient || resource.Metadata.DeletionTimestamp is null) && AccountKey.AllOf(resource).Contains(account);
    }

    /// <summary>All resources that have to do with an account, whether they count or not.</summary>
    public IReadOnlyList<M2MOAuthClient> Around(AccountKey account) => _resources.Store.ByIndex(ByAnyAccount, account.ToString());

    /// <summary>The resources whose client lives in an account, or is to: see <see cref="AccountKey.Of(M2MOAuthClient)"/>.</summary>
    public IReadOnlyList<M2MOAuthClient> In(AccountKey account) => [.. Around(account).Where(resource => AccountKey.Of(resource) == account)];

    /// <summary>Whether any resource uses the account, as far as the cache knows.</summary>
    public bool IsUsed(AccountKey key, IAccountResource account) =>
        _resources.Store.AnyByIndex(ByAnyAccount, key.ToString(), resource => Uses(resource, key, Goes(account)));

    /// <summary>The resources that use the account, in the order of their names.</summary>
    public IReadOnlyList<ObjectKey> UsersOf(AccountKey key, IAccountResource account) =>
    [
        .. Around(key)
            .Where(resource => Uses(resource, key, Goes(account)))
            .Select(ObjectKey.Of)
            .OrderBy(resource => resource.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>
    /// The same as the API server has it now: a cache that is behind must not cost an account its last way to revoke. The cache is believed
    /// once it has come to what the server says: to list the resources of all namespaces for each account that goes out of use would be dear.
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
