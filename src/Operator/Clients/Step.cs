using Operator.Access;
using Operator.Contracts;

namespace Operator.Clients;

/// <summary>
/// The next step of <see cref="Plan"/>. Steps before <see cref="End"/> have at most one effect outside the process each, so a crash after
/// any of them leaves a state the plan can handle.
/// </summary>
internal abstract record Step
{
    private Step() { }

    /// <summary>Add our finalizer to the resource: from now on a client may exist.</summary>
    public sealed record AddFinalizer : Step;

    /// <summary>Read the credentials Secret from the API server instead of the cache.</summary>
    public sealed record ReadSecret : Step;

    /// <summary>List the clients of an account and pick those with this resource's mark.</summary>
    /// <param name="Account">Which account; null for the one the resource works with.</param>
    public sealed record FindByMark(AccountKey? Account = null) : Step;

    /// <summary>Rebuild the record from the lists, because there is none that can be trusted.</summary>
    public sealed record RebuildRecord : Step;

    /// <summary>Remove a client that is gone or not this resource's from the record, without touching it in CARTO.</summary>
    /// <param name="ClientId">Which one.</param>
    /// <param name="IsForeign">CARTO lists it without this resource's mark.</param>
    public sealed record Forget(string ClientId, bool IsForeign) : Step;

    /// <summary>Record a replaced client that is not on record: it may be in use, and is revoked after a full overlap.</summary>
    public sealed record Retire(string ClientId) : Step;

    /// <summary>Read the secret of our client from CARTO.</summary>
    public sealed record ReadBack(string ClientId) : Step;

    /// <summary>Read the secret of an adopted client from the Secret the resource names.</summary>
    public sealed record ReadReferencedSecret(string ClientId) : Step;

    /// <summary>Determine whether a client that no list shows exists.</summary>
    /// <param name="ClientId">Which one.</param>
    /// <param name="TryPair">Whether working credentials count as evidence.</param>
    public sealed record ConfirmMissing(string ClientId, bool TryPair) : Step;

    /// <summary>Record the intent to create another client, before creating it.</summary>
    /// <param name="Serial">Its serial.</param>
    /// <param name="Overlap">How long the replaced client keeps working; null for not at all.</param>
    /// <param name="Request">Value of the annotation that requested it; null if none did.</param>
    /// <param name="Account">The account it is created in, if different from the replaced client's.</param>
    public sealed record RecordPending(int Serial, string? Overlap, string? Request, AccountRecord? Account) : Step;

    /// <summary>Dry-run the write of a Secret that the API server rejected before, so as not to create a client in vain.</summary>
    public sealed record DryRunSecret : Step;

    /// <summary>Create a client.</summary>
    public sealed record Create(int Serial) : Step;

    /// <summary>Write the credentials in hand into the Secret.</summary>
    public sealed record WriteSecret : Step;

    /// <summary>Obtain a token with the credentials in hand.</summary>
    public sealed record Verify : Step;

    /// <summary>Obtain a token with the credentials in the Secret, whose client is neither recorded nor listed.</summary>
    public sealed record VerifyUnlisted : Step;

    /// <summary>Rename the client as desired.</summary>
    public sealed record Rename(string ClientId, int Serial) : Step;

    /// <summary>Restart the workloads that use the Secret.</summary>
    public sealed record RestartWorkloads(string ClientId) : Step;

    /// <summary>Request the deletion of a client in CARTO. A later list has to prove it.</summary>
    public sealed record Revoke(string ClientId) : Step;

    /// <summary>Let the credentials Secret outlive the resource.</summary>
    public sealed record ReleaseSecret : Step;

    /// <summary>Remove our finalizer: nothing is left to clean up.</summary>
    public sealed record RemoveFinalizer : Step;

    /// <summary>The plan has ended for now.</summary>
    public abstract record End : Step;

    /// <summary>Everything matches the spec.</summary>
    public sealed record Done : End;

    /// <summary>The spec suspends reconciliation.</summary>
    public sealed record Suspended : End;

    /// <summary>Something else must happen first.</summary>
    /// <param name="Reason">For programs.</param>
    /// <param name="Message">For people: what is wrong and what to do.</param>
    /// <param name="After">When to requeue; null for backoff.</param>
    public sealed record Wait(string Reason, string Message, TimeSpan? After = null) : End;

    /// <summary>The account has not been probed yet: it will wake this resource, which has nothing to report until then.</summary>
    public sealed record AwaitAccount : End;

    /// <summary>Deletions were requested: the account's next list, shared with other resources, shows whether they took effect.</summary>
    public sealed record AwaitList : End;

    /// <summary>A person must change something first.</summary>
    public sealed record Stall(string Reason, string Message, TimeSpan? RequeueAfter = null) : End;

    /// <summary>The resource is gone, or has nothing of ours.</summary>
    public sealed record Gone : End;
}
