using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>What the resources have on record, as the cache has it.</summary>
/// <param name="all">All of them.</param>
/// <param name="of">Those whose client lives in an account, or is to.</param>
/// <param name="find">One of them; null when it is gone.</param>
internal sealed class ClientRecords(
    Func<IEnumerable<M2MOAuthClient>> all, Func<AccountKey, IReadOnlyList<M2MOAuthClient>> of, Func<ObjectKey, M2MOAuthClient?> find)
{
    /// <summary>All of them.</summary>
    public IEnumerable<M2MOAuthClient> All => all();

    /// <summary>Those whose client lives in an account, or is to.</summary>
    public IReadOnlyList<M2MOAuthClient> Of(AccountKey account) => of(account);

    /// <summary>A resource as it is now; null when it is gone.</summary>
    public M2MOAuthClient? Find(M2MOAuthClient resource) =>
        find(ObjectKey.Of(resource)) is { } now && now.Metadata.Uid == resource.Metadata.Uid ? now : null;
}
