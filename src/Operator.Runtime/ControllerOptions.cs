namespace Operator.Runtime;

/// <summary>Settings of a <see cref="Controller{T}"/>.</summary>
public sealed record ControllerOptions
{
    /// <summary>How many objects are reconciled concurrently.</summary>
    public int MaxConcurrentReconciles { get; init; } = 16;

    /// <summary>When a <see cref="Stalled"/> object is requeued.</summary>
    public TimeSpan StalledInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a reconcile may take before it is cancelled and counts as failed, so that a hanging one does not block its worker forever.
    /// </summary>
    public TimeSpan ReconcileTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Groups objects by a shared dependency that may be slow, such as a service; null for none. A group gets at most half of the workers,
    /// and fewer the more groups there are. Must be quick.
    /// </summary>
    public Func<ObjectKey, object?>? GroupOf { get; init; }

    /// <summary>
    /// How long running reconciles may continue after a stop request before they are cancelled. The default leaves time for that, and for
    /// writing the last events, within ten seconds.
    /// </summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Backoff and fairness.</summary>
    public WorkQueueOptions Queue { get; init; } = new();
}
