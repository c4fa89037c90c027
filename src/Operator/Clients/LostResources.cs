using System.Collections.Concurrent;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>
/// Resources that Kubernetes removed although the finalizer was on them. It does so when a deletion and the finalizer come at the same
/// moment (kubernetes/kubernetes#77988): both succeed, nobody is asked to clean up, and what was created meanwhile would be nobody's. The
/// last state of such a resource has the finalizer and no deletion timestamp; one whose finalizer somebody took off has none. A state that is
/// only the last one seen tells nothing.
/// </summary>
internal sealed class LostResources
{
    private readonly ConcurrentDictionary<ObjectKey, M2MOAuthClient> _lost = new();
    private readonly TimeProvider _time;

    /// <summary>Begins to watch for them.</summary>
    /// <param name="resources">The resources.</param>
    /// <param name="time">Clock.</param>
    public LostResources(Informer<M2MOAuthClient> resources, TimeProvider time)
    {
        _time = time;
        resources.Subscribe(Note);
    }

    /// <summary>Takes note of one where a change is the end of it.</summary>
    public void Note(Change<M2MOAuthClient> change)
    {
        if (change is { Kind: ChangeKind.Deleted, IsInferred: false, Old: { Metadata: { DeletionTimestamp: null, Finalizers: { } finalizers } } resource }
            && finalizers.Contains(WireNames.Finalizer))
        {
            _lost[change.Key] = resource with { Metadata = resource.Metadata with { DeletionTimestamp = _time.GetUtcNow().UtcDateTime } };
        }
    }

    /// <summary>The one of that name, as if it were being deleted; null when there is none.</summary>
    public M2MOAuthClient? Find(ObjectKey key) => _lost.GetValueOrDefault(key);

    /// <summary>All that it had is gone.</summary>
    public void Settle(M2MOAuthClient resource) => _lost.TryRemove(KeyValuePair.Create(ObjectKey.Of(resource), resource));
}
