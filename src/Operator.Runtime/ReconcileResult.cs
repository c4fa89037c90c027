namespace Operator.Runtime;

/// <summary>Result of a reconcile: exactly one of <see cref="Settled"/>, <see cref="Waiting"/> and <see cref="Stalled"/>.</summary>
public abstract record ReconcileResult
{
    private protected ReconcileResult() { }
}

/// <summary>The object is in its desired state. Resets the backoff.</summary>
/// <param name="RequeueAfter">When to requeue, behind fresh changes; null to wait for a change.</param>
public sealed record Settled(TimeSpan? RequeueAfter) : ReconcileResult;

/// <summary>Something else must happen first.</summary>
/// <param name="Reason">Stable, machine-readable reason for waiting.</param>
/// <param name="After"> When to requeue, with unchanged priority: a floor of the object's exponential backoff, which counts every wait
/// until the object is settled. Null for the backoff alone.
/// </param>
public sealed record Waiting(string Reason, TimeSpan? After) : ReconcileResult;

/// <summary>
/// Nothing can be done until something changes. The object is still requeued at intervals
/// (<see cref="ControllerOptions.StalledInterval"/>), so that changes that cannot be observed are not missed forever.
/// </summary>
/// <param name="Reason">Stable, machine-readable cause.</param>
/// <param name="Message">What a person should know or do.</param>
public sealed record Stalled(string Reason, string Message) : ReconcileResult;
