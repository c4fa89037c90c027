using k8s;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Protection;

/// <summary>
/// Releases objects that no account in use references any more, whatever the cause: the account was deleted, edited or is unused, or the
/// operator stopped before releasing them.
/// </summary>
/// <param name="kind">Which kind of object.</param>
/// <param name="marks">The marked objects.</param>
/// <param name="use">Knows which of them are needed.</param>
internal sealed class SourceReleaser<TKind>(SourceKind kind, SourceMarks<TKind> marks, SourceUse use) : IReconciler<MetadataOf<TKind>>
    where TKind : class, IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc />
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var source = new SourceObject(kind, key);
        if (use.IsNeeded(source))
        {
            return new Settled(RequeueAfter: null);
        }

        return await marks.ReleaseAsync(key, IsNeededAsync, cancellationToken)
            ? new Settled(RequeueAfter: null)
            : new Waiting(Reasons.InUse, After: null);

        // An account may have come into use since, and the cache may be stale.
        async Task<bool> IsNeededAsync(CancellationToken token) => use.IsNeeded(source) || await use.IsNeededAtServerAsync(source, token);
    }
}
