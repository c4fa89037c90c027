using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Protection;

/// <summary>
/// Tracks which Secrets and ConfigMaps are needed: those referenced by the spec of an account in use. Created once at startup.
/// </summary>
internal sealed class SourceUse
{
    private const string BySource = "source";

    private readonly Store<CartoAccount> _accounts;
    private readonly Store<ClusterCartoAccount> _clusterAccounts;
    private readonly KubernetesApi _server;
    private readonly bool _seesClusterAccounts;

    /// <param name="accounts">Cached accounts.</param>
    /// <param name="clusterAccounts">Cached cluster accounts.</param>
    /// <param name="server">The API server.</param>
    /// <param name="seesClusterAccounts">Whether the operator watches cluster accounts.</param>
    public SourceUse(
        Store<CartoAccount> accounts,
        Store<ClusterCartoAccount> clusterAccounts,
        KubernetesApi server,
        bool seesClusterAccounts
    )
    {
        _accounts = accounts;
        _clusterAccounts = clusterAccounts;
        _server = server;
        _seesClusterAccounts = seesClusterAccounts;
        accounts.AddIndex(BySource, NamesOf);
        clusterAccounts.AddIndex(BySource, NamesOf);
    }

    /// <summary>
    /// The objects of a kind affected by a change of an account: those it references or referenced, if the references or its use changed.
    /// </summary>
    public static IEnumerable<ObjectKey> ConcernedBy<T>(SourceKind kind, Change<T> change)
        where T : class, IAccountResource
    {
        if (
            change is { Old: { } old, New: { } now }
            && old.Metadata.Uid == now.Metadata.Uid
            && old.Metadata.Generation == now.Metadata.Generation
            && AccountGuard.IsOn(old) == AccountGuard.IsOn(now)
        )
        {
            return [];
        }

        return ((IAccountResource?[])[change.Old, change.New])
            .OfType<IAccountResource>()
            .SelectMany(AccountSource.ObjectsOf)
            .Where(source => source.Kind == kind)
            .Select(source => source.Key)
            .Distinct();
    }

    /// <summary>Whether an account in use references an object, according to the cache.</summary>
    public bool IsNeeded(SourceObject source) =>
        _accounts.AnyByIndex(BySource, source.ToString(), AccountGuard.IsOn)
        || _clusterAccounts.AnyByIndex(BySource, source.ToString(), AccountGuard.IsOn);

    /// <summary>Same, according to the API server.</summary>
    public async Task<bool> IsNeededAtServerAsync(SourceObject source, CancellationToken cancellationToken)
    {
        var accounts = await _server.For(Kinds.Accounts).ListAsync(source.Key.Namespace, labelSelector: null, cancellationToken);
        if (accounts.Any(account => Needs(account, source)))
        {
            return true;
        }

        return _seesClusterAccounts
            && (await _server.For(Kinds.ClusterAccounts).ListAsync(@namespace: null, labelSelector: null, cancellationToken)).Any(account =>
                Needs(account, source)
            );
    }

    private static bool Needs(IAccountResource account, SourceObject source) =>
        AccountGuard.IsOn(account) && AccountSource.ObjectsOf(account).Contains(source);

    private static IEnumerable<string> NamesOf(IAccountResource account) =>
        AccountSource.ObjectsOf(account).Select(source => source.ToString());
}
