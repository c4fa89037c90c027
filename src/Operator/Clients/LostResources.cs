using System.Collections.Concurrent;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>
/// Resources that Kubernetes removed despite their finalizer. That happens when a deletion races with adding the finalizer
/// (kubernetes/kubernetes#77988): both succeed, no cleanup is requested, and clients created meanwhile would be orphaned. The final state
/// of such a resource has the finalizer but no deletion timestamp; if another writer removed the finalizer, it is absent. A state that is
/// merely the last one seen proves nothing.
/// </summary>
internal sealed class LostResources
{
    private readonly ConcurrentDictionary<ObjectKey, M2MOAuthClient> _lost = new();
    private readonly TimeProvider _time;

    /// <summary>Starts watching for them.</summary>
    /// <param name="resources">The resources.</param>
    /// <param name="time">Clock.</param>
    public LostResources(Informer<M2MOAuthClient> resources, TimeProvider time)
    {
        _time = time;
        resources.Subscribe(Note);
    }

    /// <summary>Records a lost resource if the change removed it.</summary>
    public void Note(Change<M2MOAuthClient> change)
    {
        if (
            change
                is {
                    Kind: ChangeKind.Deleted,
                    IsInferred: false,
                    Old: { Metadata: { DeletionTimestamp: null, Finalizers: { } finalizers } } resource
                }
            && finalizers.Contains(WireNames.Finalizer)
        )
        {
            _lost[change.Key] = resource with { Metadata = resource.Metadata with { DeletionTimestamp = _time.GetUtcNow().UtcDateTime } };
        }
    }

    /// <summary>The lost resource with that key, as if it were being deleted; null if none.</summary>
    public M2MOAuthClient? Find(ObjectKey key) => _lost.GetValueOrDefault(key);

    /// <summary>Everything it had is cleaned up.</summary>
    public void Settle(M2MOAuthClient resource) => _lost.TryRemove(KeyValuePair.Create(ObjectKey.Of(resource), resource));
}
