using k8s.Models;

namespace Operator.Runtime;

/// <summary>Namespace and name of an object, unique within its kind.</summary>
/// <param name="Namespace">Namespace of the object; null for a cluster-scoped kind.</param>
/// <param name="Name">Name of the object.</param>
public readonly record struct ObjectKey(string? Namespace, string Name)
{
    /// <summary>The key of an object.</summary>
    /// <exception cref="ArgumentException">The object has no name.</exception>
    public static ObjectKey Of(IMetadata<V1ObjectMeta> value) =>
        value.Metadata is { Name: { Length: > 0 } name } metadata
            ? new ObjectKey(string.IsNullOrEmpty(metadata.NamespaceProperty) ? null : metadata.NamespaceProperty, name)
            : throw new ArgumentException("The object has no name.", nameof(value));

    /// <summary><c>namespace/name</c>, or <c>name</c> for a cluster-scoped object.</summary>
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
