using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>What a kind of object is on the wire.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version, such as <c>v1</c>.</param>
/// <param name="Plural">Name of the resource in paths, such as <c>secrets</c>.</param>
/// <param name="Kind">Name of the kind, such as <c>Secret</c>.</param>
/// <param name="Namespaced">Whether objects live in namespaces.</param>
/// <param name="Json">How objects are written and read; source-generated, so that hot paths need no reflection.</param>
public sealed record ResourceDefinition<T>(
    string Group,
    string Version,
    string Plural,
    string Kind,
    bool Namespaced,
    JsonTypeInfo<T> Json)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Group and version as objects carry them in <c>apiVersion</c>.</summary>
    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";
}
