using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Workloads;

/// <summary>The parts of a Deployment, StatefulSet or DaemonSet needed for a restart.</summary>
internal sealed class Workload : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public WorkloadSpec? Spec { get; set; }

    /// <summary>Client ID its pods were last restarted for; null if never.</summary>
    [JsonIgnore]
    public string? RestartedFor => (Spec?.Template?.Metadata?.Annotations).Find(WireNames.Annotations.ClientId);

    /// <summary>The definition of a kind.</summary>
    public static ResourceDefinition<Workload> DefinitionOf(WorkloadKind kind) =>
        kind switch
        {
            WorkloadKind.Deployment => Deployments,
            WorkloadKind.StatefulSet => StatefulSets,
            WorkloadKind.DaemonSet => DaemonSets,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of workload."),
        };

    private static ResourceDefinition<Workload> Deployments { get; } = Define("deployments", "Deployment");

    private static ResourceDefinition<Workload> StatefulSets { get; } = Define("statefulsets", "StatefulSet");

    private static ResourceDefinition<Workload> DaemonSets { get; } = Define("daemonsets", "DaemonSet");

    private static ResourceDefinition<Workload> Define(string plural, string kind) =>
        new("apps", "v1", plural, kind, Namespaced: true, WorkloadJsonContext.Default.Workload);
}

/// <summary>Part of a workload's spec.</summary>
internal sealed class WorkloadSpec
{
    /// <summary>Whether the rollout of a Deployment is paused.</summary>
    [JsonPropertyName("paused")]
    public bool Paused { get; set; }

    [JsonPropertyName("template")]
    public WorkloadTemplate? Template { get; set; }
}

/// <summary>Part of a pod template.</summary>
internal sealed class WorkloadTemplate
{
    [JsonPropertyName("metadata")]
    public V1ObjectMeta? Metadata { get; set; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Workload))]
internal sealed partial class WorkloadJsonContext : JsonSerializerContext;
