using Operator.Accounts;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>What the resources have on record, as the cache has it.</summary>
/// <param name="resources">The resources.</param>
/// <param name="byAccount">The index that finds them by <see cref="AccountKey.Of(M2MOAuthClient)"/>.</param>
internal sealed class ClientRecords(Store<M2MOAuthClient> resources, string byAccount)
{
    /// <summary>All of them.</summary>
    public IEnumerable<M2MOAuthClient> All => resources.Items;

    /// <summary>Those whose client lives in an account, or is to.</summary>
    public IReadOnlyList<M2MOAuthClient> Of(AccountKey account) => resources.ByIndex(byAccount, account.ToString());

    /// <summary>A resource as it is now; null when it is gone.</summary>
    public M2MOAuthClient? Find(M2MOAuthClient resource) =>
        resources.TryGet(ObjectKey.Of(resource), out var now) && now.Metadata.Uid == resource.Metadata.Uid ? now : null;
}
