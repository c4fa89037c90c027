using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Wire format of a kind.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version, such as <c>v1</c>.</param>
/// <param name="Plural">Name of the resource in paths, such as <c>secrets</c>.</param>
/// <param name="Kind">Name of the kind, such as <c>Secret</c>.</param>
/// <param name="Namespaced">Whether objects live in namespaces.</param>
/// <param name="Json">JSON serialization; source-generated, so that hot paths need no reflection.</param>
public sealed record ResourceDefinition<T>(string Group, string Version, string Plural, string Kind, bool Namespaced, JsonTypeInfo<T> Json)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Group and version, as in <c>apiVersion</c>.</summary>
    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";
}
