namespace Operator.Runtime;

/// <summary>Settings of a <see cref="Controller{T}"/>.</summary>
public sealed record ControllerOptions
{
    /// <summary>How many objects are reconciled at a time.</summary>
    public int MaxConcurrentReconciles { get; init; } = 16;

    /// <summary>How soon a <see cref="Stalled"/> object is looked at again.</summary>
    public TimeSpan StalledInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a reconcile may take before it is cancelled and counts as failed: one that hangs must not keep its place for ever.
    /// </summary>
    public TimeSpan ReconcileTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// What objects have in common that may be slow, such as a service that is called for them; null: nothing. Of objects in one group at most
    /// half are reconciled at a time, and fewer the more groups there are. Must be quick.
    /// </summary>
    public Func<ObjectKey, object?>? GroupOf { get; init; }

    /// <summary>
    /// How long running reconciles may go on after the controller was told to stop, before they are cancelled. The default leaves time
    /// for that, and for writing the last events, within ten seconds.
    /// </summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Backoff and fairness.</summary>
    public WorkQueueOptions Queue { get; init; } = new();
}
