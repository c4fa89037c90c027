using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Brings the world to what one object asks for.</summary>
/// <typeparam name="T">The kind that is reconciled.</typeparam>
public interface IReconciler<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// Looks at the object as it is now and does what is missing. Level-triggered: the key says which object to read from the
    /// store, never what changed. Never runs twice at a time for one key. An object that is not in the store is gone; what was
    /// remembered about it can be forgotten.
    /// </summary>
    /// <exception cref="Exception">Anything unexpected: logged, and the key is tried again with backoff, for ever.</exception>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken);
}
