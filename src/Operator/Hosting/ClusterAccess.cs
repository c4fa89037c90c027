using k8s;

namespace Operator.Hosting;

/// <summary>Cluster address and credentials.</summary>
/// <param name="Configuration">Configuration for KubernetesClient.</param>
internal sealed record ClusterAccess(KubernetesClientConfiguration Configuration)
{
    /// <summary>Namespace of the pod whose service account is used; null outside a pod.</summary>
    public string? PodNamespace { get; init; }

    /// <summary>Impersonation headers of every request.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Headers { get; init; } = [];
}
