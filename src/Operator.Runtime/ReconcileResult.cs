namespace Operator.Runtime;

/// <summary>What a reconcile came to: exactly one of <see cref="Settled"/>, <see cref="Waiting"/> and <see cref="Stalled"/>.</summary>
public abstract record ReconcileResult
{
    private protected ReconcileResult()
    {
    }
}

/// <summary>The object is as it should be. Earlier failures are forgotten.</summary>
/// <param name="RequeueAfter">When to look again, behind fresh changes; null when only a change calls for a look.</param>
public sealed record Settled(TimeSpan? RequeueAfter) : ReconcileResult;

/// <summary>Something else must happen first.</summary>
/// <param name="Reason">Stable, machine-readable word for what is waited for.</param>
/// <param name="After">
/// When to look again, with the priority of this look: a floor of the exponential backoff of the object, which counts each such wait until the
/// object is settled. Null for that backoff alone.
/// </param>
public sealed record Waiting(string Reason, TimeSpan? After) : ReconcileResult;

/// <summary>
/// Nothing can be done until something changes. The object is still looked at now and then
/// (<see cref="ControllerOptions.StalledInterval"/>), so that a change that cannot be seen is not missed for ever.
/// </summary>
/// <param name="Reason">Stable, machine-readable word for the cause.</param>
/// <param name="Message">What a person should know or do.</param>
public sealed record Stalled(string Reason, string Message) : ReconcileResult;
