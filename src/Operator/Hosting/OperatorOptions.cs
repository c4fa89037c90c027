using Microsoft.Extensions.Logging;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>How the operator was told to run; valid in itself.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Kubeconfig to use; null: see <see cref="ClusterConfiguration"/>.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context of the kubeconfig; null: the current one.</summary>
    public string? Context { get; init; }

    /// <summary>Form of the log.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Json;

    /// <summary>Least severe records of the log.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Where health is served.</summary>
    public ListenAddress Health { get; init; } = new(null, 8081);

    /// <summary>Where metrics are served; null: nowhere.</summary>
    public ListenAddress? Metrics { get; init; } = new(null, 8080);

    /// <summary>Whether there are metrics of each single resource, too.</summary>
    public bool MetricsPerResource { get; init; }

    /// <summary>How many objects of a kind are reconciled at a time.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Six hexadecimal digits that mark this cluster's clients in CARTO; null: from the uid of kube-system.</summary>
    public string? ClusterId { get; init; }

    /// <summary>
    /// The only namespaces that are looked at; none: all of them. <see cref="Contracts.ClusterCartoAccount"/>s are then not looked at: the
    /// right to read them reaches beyond a namespace.
    /// </summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Whether to work only while holding the Lease; else there must be no second operator.</summary>
    public bool LeaderElect { get; init; } = true;

    /// <summary>Name of the Lease.</summary>
    public string LeaseName { get; init; } = WireNames.Lease;

    /// <summary>Namespace of the Lease; null: that of the pod, or else <see cref="WireNames.Manager"/>.</summary>
    public string? LeaseNamespace { get; init; }

    /// <summary>See <see cref="LeaderElectionOptions.LeaseDuration"/>.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>See <see cref="LeaderElectionOptions.RenewDeadline"/>.</summary>
    public TimeSpan LeaseRenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>See <see cref="LeaderElectionOptions.RetryPeriod"/>.</summary>
    public TimeSpan LeaseRetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Hosts that namespaced accounts may reach, as names or as patterns such as <c>*.carto.com</c>.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = ["*.carto.com"];

    /// <summary>Whether a new pair is proven by obtaining a token with it, where the resource does not say otherwise.</summary>
    public bool Verify { get; init; } = true;
}

/// <summary>Form of the log.</summary>
internal enum LogFormat
{
    /// <summary>A JSON object a line, for programs.</summary>
    Json,

    /// <summary>A line of text a record, for people.</summary>
    Console,
}
