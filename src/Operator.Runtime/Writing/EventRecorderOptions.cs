namespace Operator.Runtime;

/// <summary>Settings of an <see cref="EventRecorder"/>.</summary>
public sealed record EventRecorderOptions
{
    /// <summary>Who reports, as a qualified name such as <c>example.com/operator</c>.</summary>
    public required string ReportingController { get; init; }

    /// <summary>Which of its instances, such as the name of the pod; at most 128 characters.</summary>
    public required string ReportingInstance { get; init; }

    /// <summary>Where events about cluster-scoped objects are kept.</summary>
    public string ClusterScopedNamespace { get; init; } = "default";

    /// <summary>For how long after the last one the same event counts as a repetition, not as a new event.</summary>
    public TimeSpan AggregationWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the count of a repeated event is written at most.</summary>
    public TimeSpan SeriesInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many new events an object may cause at once.</summary>
    public int ObjectBurst { get; init; } = 25;

    /// <summary>How long it takes until an object that used up <see cref="ObjectBurst"/> may cause one more.</summary>
    public TimeSpan ObjectRefill { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many events may wait to be written; what comes on top is dropped and counted.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>How long writing what is left may take at the stop.</summary>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromSeconds(1.5);
}
