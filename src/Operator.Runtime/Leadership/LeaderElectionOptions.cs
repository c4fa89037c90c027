namespace Operator.Runtime;

/// <summary>The Lease for leader election, and its timing.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>Namespace of the Lease.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the Lease.</summary>
    public required string Name { get; init; }

    /// <summary>Our identity, unique among all contenders for this Lease.</summary>
    public required string Identity { get; init; }

    /// <summary>How long others wait after the leader's last renewal before one takes over. Whole seconds, as in the Lease.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a leader continues after it started its last successful renewal. The difference to <see cref="LeaseDuration"/> leaves room
    /// for clock drift and for requests in flight.
    /// </summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a leader renews, and how soon failures are retried.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
