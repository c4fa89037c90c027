using System.Text.Json.Serialization;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Definitions of kinds that every cluster has.</summary>
public static class BuiltIn
{
    /// <summary>Secrets with their data. To watch them, <see cref="SecretMetadata"/> is nearly always the better choice.</summary>
    public static ResourceDefinition<V1Secret> Secrets { get; } =
        new("", "v1", "secrets", "Secret", Namespaced: true, RuntimeJsonContext.Default.V1Secret);

    /// <summary>ConfigMaps with their data.</summary>
    public static ResourceDefinition<V1ConfigMap> ConfigMaps { get; } =
        new("", "v1", "configmaps", "ConfigMap", Namespaced: true, RuntimeJsonContext.Default.V1ConfigMap);

    /// <summary>Namespaces.</summary>
    public static ResourceDefinition<V1Namespace> Namespaces { get; } =
        new("", "v1", "namespaces", "Namespace", Namespaced: false, RuntimeJsonContext.Default.V1Namespace);

    /// <summary>Events of the group <c>events.k8s.io</c>.</summary>
    public static ResourceDefinition<Eventsv1Event> Events { get; } =
        new("events.k8s.io", "v1", "events", "Event", Namespaced: true, MicroTimeJsonContext.Default.Eventsv1Event);

    /// <summary>Leases of the group <c>coordination.k8s.io</c>.</summary>
    public static ResourceDefinition<V1Lease> Leases { get; } =
        new("coordination.k8s.io", "v1", "leases", "Lease", Namespaced: true, MicroTimeJsonContext.Default.V1Lease);

    /// <summary>Secrets without their data.</summary>
    public static ResourceDefinition<MetadataOf<V1Secret>> SecretMetadata { get; } =
        new("", "v1", "secrets", "Secret", Namespaced: true, RuntimeJsonContext.Default.MetadataOfV1Secret);

    /// <summary>ConfigMaps without their data.</summary>
    public static ResourceDefinition<MetadataOf<V1ConfigMap>> ConfigMapMetadata { get; } =
        new("", "v1", "configmaps", "ConfigMap", Namespaced: true, RuntimeJsonContext.Default.MetadataOfV1ConfigMap);

    /// <summary>Namespaces without spec and status.</summary>
    public static ResourceDefinition<MetadataOf<V1Namespace>> NamespaceMetadata { get; } =
        new("", "v1", "namespaces", "Namespace", Namespaced: false, RuntimeJsonContext.Default.MetadataOfV1Namespace);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(V1Namespace))]
[JsonSerializable(typeof(MetadataOf<V1Secret>))]
[JsonSerializable(typeof(MetadataOf<V1ConfigMap>))]
[JsonSerializable(typeof(MetadataOf<V1Namespace>))]
[JsonSerializable(typeof(V1Status))]
[JsonSerializable(typeof(VersionInfo))]
internal sealed partial class RuntimeJsonContext : JsonSerializerContext;

// A context of its own: the times of events and leases are MicroTime, which the server reads with exactly six fractional digits.
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(MicroTimeConverter)])]
[JsonSerializable(typeof(Eventsv1Event))]
[JsonSerializable(typeof(V1Lease))]
internal sealed partial class MicroTimeJsonContext : JsonSerializerContext;
