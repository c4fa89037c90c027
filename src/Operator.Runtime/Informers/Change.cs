using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>What happened to an object in a store.</summary>
public enum ChangeKind
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>Its resourceVersion changed.</summary>
    Updated,

    /// <summary>It is gone.</summary>
    Deleted,
}

/// <summary>A change of an object in a store.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Key">Which object.</param>
/// <param name="Old">The previous object; null if it was added.</param>
/// <param name="New">The current object; null if it was deleted.</param>
public readonly record struct Change<T>(ChangeKind Kind, ObjectKey Key, T? Old, T? New)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The object is no longer listed: it is certainly gone, but its final state is unknown.</summary>
    public bool IsInferred { get; init; }

    /// <summary>The change is exactly what this process wrote, based on the version its writer had read.</summary>
    public bool IsOwn { get; init; }
}
