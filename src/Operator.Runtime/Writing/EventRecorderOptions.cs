namespace Operator.Runtime;

/// <summary>Settings of an <see cref="EventRecorder"/>.</summary>
public sealed record EventRecorderOptions
{
    /// <summary>The reporting controller, as a qualified name such as <c>example.com/operator</c>.</summary>
    public required string ReportingController { get; init; }

    /// <summary>The reporting instance, such as the pod name; at most 128 characters.</summary>
    public required string ReportingInstance { get; init; }

    /// <summary>Namespace for events of cluster-scoped objects.</summary>
    public string ClusterScopedNamespace { get; init; } = "default";

    /// <summary>How long after its last occurrence the same event counts as a repetition.</summary>
    public TimeSpan AggregationWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Minimum interval between writes of a repeated event's count.</summary>
    public TimeSpan SeriesInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many new events an object may cause at once.</summary>
    public int ObjectBurst { get; init; } = 25;

    /// <summary>How long until an object that used up <see cref="ObjectBurst"/> may cause another one.</summary>
    public TimeSpan ObjectRefill { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many events may be queued; further ones are dropped and counted.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>Time limit for flushing events at shutdown.</summary>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromSeconds(1.5);
}
