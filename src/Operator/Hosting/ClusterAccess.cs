using k8s;

namespace Operator.Hosting;

/// <summary>Where the cluster is, and as whom to speak to it.</summary>
/// <param name="Configuration">What KubernetesClient connects with.</param>
internal sealed record ClusterAccess(KubernetesClientConfiguration Configuration)
{
    /// <summary>Namespace of the pod whose service account that is; null when it is no pod's.</summary>
    public string? PodNamespace { get; init; }

    /// <summary>Headers of every request, by which the user acts as another.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Headers { get; init; } = [];
}
