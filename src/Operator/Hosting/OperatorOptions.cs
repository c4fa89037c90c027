using Microsoft.Extensions.Logging;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>Validated options of the operator.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Kubeconfig to use; if null, see <see cref="ClusterConfiguration"/>.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context of the kubeconfig; null for the current one.</summary>
    public string? Context { get; init; }

    /// <summary>Log format.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Json;

    /// <summary>Minimum log level.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Address for health checks.</summary>
    public ListenAddress Health { get; init; } = new(null, 8081);

    /// <summary>Address for metrics; null to disable them.</summary>
    public ListenAddress? Metrics { get; init; } = new(null, 8080);

    /// <summary>Whether to also expose metrics per resource.</summary>
    public bool MetricsPerResource { get; init; }

    /// <summary>How many objects of a kind are reconciled concurrently.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>
    /// Six hexadecimal digits that mark this cluster's clients in CARTO; null to derive them from the uid of kube-system.
    /// </summary>
    public string? ClusterId { get; init; }

    /// <summary>
    /// The namespaces to watch; empty for all. If set, <see cref="Contracts.ClusterCartoAccount"/>s are not watched, since that requires
    /// cluster-wide permissions.
    /// </summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Whether to work only while holding the Lease; otherwise there must be no second operator.</summary>
    public bool LeaderElect { get; init; } = true;

    /// <summary>Name of the Lease.</summary>
    public string LeaseName { get; init; } = WireNames.Lease;

    /// <summary>Namespace of the Lease; null for that of the pod, otherwise <see cref="WireNames.Manager"/>.</summary>
    public string? LeaseNamespace { get; init; }

    /// <summary>See <see cref="LeaderElectionOptions.LeaseDuration"/>.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>See <see cref="LeaderElectionOptions.RenewDeadline"/>.</summary>
    public TimeSpan LeaseRenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>See <see cref="LeaderElectionOptions.RetryPeriod"/>.</summary>
    public TimeSpan LeaseRetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Hosts that namespaced accounts may reach, as names or as patterns such as <c>*.carto.com</c>.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = ["*.carto.com"];

    /// <summary>Whether new credentials are verified by obtaining a token, unless the resource overrides it.</summary>
    public bool Verify { get; init; } = true;
}

/// <summary>Log format.</summary>
internal enum LogFormat
{
    /// <summary>One JSON object per line, for programs.</summary>
    Json,

    /// <summary>One line of text per record, for people.</summary>
    Console,
}
