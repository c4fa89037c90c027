using k8s;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>Dependencies of an <see cref="OperatorHost"/>. The executable uses the defaults; tests inject their own.</summary>
internal sealed record OperatorSetup
{
    /// <summary>Options.</summary>
    public required OperatorOptions Options { get; init; }

    /// <summary>Cluster address and credentials.</summary>
    public required KubernetesClientConfiguration Kubernetes { get; init; }

    /// <summary>Namespace of the pod this process runs in; null outside a pod.</summary>
    public string? PodNamespace { get; init; }

    /// <summary>Logger factory. Not disposed by the host.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>See <see cref="ClusterAccess.Headers"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> KubernetesHeaders { get; init; } = [];

    /// <summary>Handlers for each request to Kubernetes, outermost first.</summary>
    public IReadOnlyList<DelegatingHandler> KubernetesHandlers { get; init; } = [];

    /// <summary>Wraps the handler for calls to CARTO, per account; null for none.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? WrapCarto { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long running reconciles may continue after a stop request.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(7);
}
