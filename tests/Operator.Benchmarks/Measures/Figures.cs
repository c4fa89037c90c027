using System.Text.Json.Serialization;

namespace Operator.Benchmarks.Measures;

/// <summary>What one scenario came to.</summary>
internal sealed record Figures
{
    /// <summary>What a leader renews every two seconds, whatever else happens: counted, and no part of any sum.</summary>
    public const string Leases = "leases";

    /// <summary>Its name.</summary>
    public required string Scenario { get; init; }

    /// <summary>How many resources it was about.</summary>
    public required int Resources { get; init; }

    /// <summary>How long it took, the start of the operator included where it begins with one.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// Resources a second, without the first tenth of them: the pace once connections are open and code is compiled. Null where there is
    /// nothing to count.
    /// </summary>
    public double? PerSecond { get; init; }

    /// <summary>What it is compared with; null where that is nothing.</summary>
    public string? Reference { get; init; }

    /// <summary>Its paces, where it ran before and after; null where it has none.</summary>
    public IReadOnlyList<double>? ReferencePaces { get; init; }

    /// <summary>The pace of all of its runs together, which are of the same size.</summary>
    public double? ReferencePerSecond => ReferencePaces is { } paces ? paces.Count / paces.Sum(pace => 1 / pace) : null;

    /// <summary>How much of that pace the operator has.</summary>
    public double? Ratio => PerSecond / ReferencePerSecond;

    /// <summary>Time from a resource to its Secret, in milliseconds; null where it is not measured.</summary>
    public Spread? Latency { get; init; }

    /// <summary>The same of what it is compared with.</summary>
    public Spread? ReferenceLatency { get; init; }

    /// <summary>Calls to Kubernetes, by verb and resource.</summary>
    public required IReadOnlyDictionary<string, long> KubernetesCalls { get; init; }

    /// <summary>Calls to CARTO, by operation, as CARTO counted them.</summary>
    public required IReadOnlyDictionary<string, long> CartoCalls { get; init; }

    /// <summary>
    /// Events that were not written yet when the last resource was done: they are written behind the work, a few at a time. What it is
    /// compared with writes all of its events in its time. Null where nothing tells when that was.
    /// </summary>
    public required long? EventsLate { get; init; }

    /// <summary>Events that people were to see and that were not written: too many waited, or the server did not take them.</summary>
    public required long EventsLost { get; init; }

    /// <summary>Reconciles of resources.</summary>
    public required long Reconciles { get; init; }

    /// <summary>Time on a processor.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>The same of the bare loop, where it is compared with that.</summary>
    public double? FloorCpuSeconds { get; init; }

    /// <summary>Resident memory at the end.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>The most resident memory since the start of the process.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>What was allocated on the heap.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The same of the bare loop.</summary>
    public long? FloorAllocatedBytes { get; init; }

    /// <summary>Garbage collections, by generation.</summary>
    public required IReadOnlyList<long> Collections { get; init; }

    /// <summary>How long they stopped everything, all together.</summary>
    public required double PauseSeconds { get; init; }

    /// <summary>Threads at the end.</summary>
    public required int Threads { get; init; }

    /// <summary>Writes to Kubernetes.</summary>
    public long Writes => WriteCalls.Values.Sum();

    /// <summary>Reads from Kubernetes.</summary>
    public long Reads => KubernetesCalls.Where(call => IsRead(call.Key) && !IsOfLeases(call.Key)).Sum(call => call.Value);

    /// <summary>Those of <see cref="KubernetesCalls"/> that write.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, long> WriteCalls =>
        KubernetesCalls.Where(call => !IsRead(call.Key) && !IsOfLeases(call.Key)).ToDictionary(call => call.Key, call => call.Value);

    private static bool IsRead(string call) => call.Split(' ')[0] is "get" or "list" or "watch";

    private static bool IsOfLeases(string call) => call.Split(' ') is [_, Leases];
}

/// <summary>How values are spread.</summary>
internal sealed record Spread(double P50, double P90, double P99)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(At(0.5), At(0.9), At(0.99));

        // The smallest value that so many are not above.
        double At(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
