using k8s;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>What an <see cref="OperatorHost"/> is made from. The executable uses the defaults; a test puts its own things in between.</summary>
internal sealed record OperatorSetup
{
    /// <summary>How to run.</summary>
    public required OperatorOptions Options { get; init; }

    /// <summary>Which cluster, and as whom.</summary>
    public required KubernetesClientConfiguration Kubernetes { get; init; }

    /// <summary>Namespace of the pod that this process runs in; null when it runs elsewhere.</summary>
    public string? PodNamespace { get; init; }

    /// <summary>Where to log. Not disposed by the host.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>See <see cref="ClusterAccess.Headers"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> KubernetesHeaders { get; init; } = [];

    /// <summary>Put around each request to Kubernetes, first one outermost.</summary>
    public IReadOnlyList<DelegatingHandler> KubernetesHandlers { get; init; } = [];

    /// <summary>Puts a handler around the one that talks to CARTO, for each account; null: nothing.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? WrapCarto { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long reconciles under way may go on after a stop was asked for.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(7);
}
