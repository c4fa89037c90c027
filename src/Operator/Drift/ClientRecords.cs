using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>The cached records of resources.</summary>
/// <param name="all">All of them.</param>
/// <param name="of">Those whose client is, or should be, in an account.</param>
/// <param name="find">One of them; null if it is gone.</param>
internal sealed class ClientRecords(
    Func<IEnumerable<M2MOAuthClient>> all,
    Func<AccountKey, IReadOnlyList<M2MOAuthClient>> of,
    Func<ObjectKey, M2MOAuthClient?> find
)
{
    /// <summary>All of them.</summary>
    public IEnumerable<M2MOAuthClient> All => all();

    /// <summary>Those whose client is, or should be, in an account.</summary>
    public IReadOnlyList<M2MOAuthClient> Of(AccountKey account) => of(account);

    /// <summary>The current version of a resource; null if it is gone.</summary>
    public M2MOAuthClient? Find(M2MOAuthClient resource) =>
        find(ObjectKey.Of(resource)) is { } now && now.Metadata.Uid == resource.Metadata.Uid ? now : null;
}
