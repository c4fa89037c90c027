using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>What happened to an object in a store.</summary>
public enum ChangeKind
{
    /// <summary>It was not there before.</summary>
    Added,

    /// <summary>It has another resourceVersion than before.</summary>
    Updated,

    /// <summary>It is gone.</summary>
    Deleted,
}

/// <summary>A change of an object in a store.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Key">Which object.</param>
/// <param name="Old">The object before; null when it was added.</param>
/// <param name="New">The object now; null when it was deleted.</param>
public readonly record struct Change<T>(ChangeKind Kind, ObjectKey Key, T? Old, T? New)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The object is no longer listed: that it is gone is certain, but its last state is not known.</summary>
    public bool IsInferred { get; init; }

    /// <summary>It is what a write of this process did to an object that its author had looked at, and nothing else.</summary>
    public bool IsOwn { get; init; }
}
