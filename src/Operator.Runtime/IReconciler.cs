using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Reconciles actual state with what one object asks for.</summary>
/// <typeparam name="T">The kind that is reconciled.</typeparam>
public interface IReconciler<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// Reconciles the object's current state. Level-triggered: the key identifies the object to read from the store, never what changed.
    /// Never runs concurrently for one key. An object missing from the store is gone, and any state kept for it can be dropped.
    /// </summary>
    /// <exception cref="Exception">Anything unexpected: logged, and the key is retried forever with backoff.</exception>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken);
}
