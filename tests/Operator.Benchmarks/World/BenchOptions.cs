namespace Operator.Benchmarks.World;

/// <summary>How large a run is.</summary>
internal sealed record BenchOptions
{
    /// <summary>How many resources.</summary>
    public int Resources { get; init; } = 10_000;

    /// <summary>How many resources the operator, and each bare loop, works on at a time.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>How many namespaces the resources are in.</summary>
    public int Namespaces { get; init; } = 100;

    /// <summary>
    /// How many accounts they live in. An account does at most 100 requests a second, whatever it is told: with too few of them that would
    /// be all that is measured.
    /// </summary>
    public int Accounts { get; init; } = 20;

    /// <summary>How many single resources the latency is taken from.</summary>
    public int Samples { get; init; } = 200;

    /// <summary>
    /// How many resources are created beside the others in scenarios where CARTO has troubles; null: a tenth, and at least 100.
    /// </summary>
    public int? More { get; init; }

    /// <summary>How long nothing happens in the idle scenario.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// For how long an operator must have had nothing to do when its memory is taken, in whole seconds: a connection that nobody uses is
    /// closed after a minute.
    /// </summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How long CARTO is away in the outage scenario; zero: there is none.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the operator's meters are read. That costs it something each time, which an idle operator shows.</summary>
    public TimeSpan MeterInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Folder for a profile of what each of the operator's processes allocated, and where it spent its time; null: none is made, because it
    /// costs time.
    /// </summary>
    public string? Profiles { get; init; }

    /// <summary>The longest that one scenario may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(30);
}
