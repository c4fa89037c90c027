using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;
using k8s;
using k8s.Models;

namespace Operator.Protection;

/// <summary>
/// Lets go of objects that no account in use names any more, whatever became of the account that did: it was deleted, edited, no longer
/// used, or the operator ended before it could do so itself.
/// </summary>
/// <param name="kind">Which kind of object.</param>
/// <param name="marks">The objects that are kept.</param>
/// <param name="use">Which of them are needed.</param>
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

        // An account may have come into use since, and a cache may be behind.
        async Task<bool> IsNeededAsync(CancellationToken token) => use.IsNeeded(source) || await use.IsNeededAtServerAsync(source, token);
    }
}
