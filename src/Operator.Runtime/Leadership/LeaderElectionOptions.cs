namespace Operator.Runtime;

/// <summary>Which Lease says who leads, and at what pace it is renewed.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>Namespace of the Lease.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the Lease.</summary>
    public required string Name { get; init; }

    /// <summary>Who we are: unique among all that ever ask for this Lease.</summary>
    public required string Identity { get; init; }

    /// <summary>
    /// How long the others wait after the last sign of life of a leader before one of them takes its place. Whole seconds, because the
    /// Lease says it in seconds.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a leader goes on after it began its last renewal that worked. What it falls short of <see cref="LeaseDuration"/> is the
    /// room for clocks that run at different speeds, and for what is under way at that moment to arrive.
    /// </summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a leader renews, and how soon what failed is tried again.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
