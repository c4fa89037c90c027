using Operator.Access;
using Operator.Contracts;

namespace Operator.Clients;

/// <summary>
/// What <see cref="Plan"/> wants next. Those before <see cref="End"/> do one thing each, with at most one effect outside the process,
/// so that a crash after any of them leaves a state that the plan knows.
/// </summary>
internal abstract record Step
{
    private Step()
    {
    }

    /// <summary>Put our finalizer on the resource: from here on a client may exist.</summary>
    public sealed record AddFinalizer : Step;

    /// <summary>Read the credentials Secret from the API server instead of the cache.</summary>
    public sealed record ReadSecret : Step;

    /// <summary>List the clients of an account and pick those that bear this resource's marker.</summary>
    /// <param name="Account">Which account; null: the one that the resource works with.</param>
    public sealed record FindByMarker(AccountKey? Account = null) : Step;

    /// <summary>Make a record of what the lists show, because there is none that can be believed.</summary>
    public sealed record TakeRecord : Step;

    /// <summary>Take a client off the record that is gone or none of this resource's; nothing is done to it in CARTO.</summary>
    /// <param name="ClientId">Which one.</param>
    /// <param name="IsForeign">CARTO lists it, without this resource's mark.</param>
    public sealed record Drop(string ClientId, bool IsForeign) : Step;

    /// <summary>Put a client on record that was replaced and that no record holds: it may be in use, and goes after a full overlap.</summary>
    public sealed record Retire(string ClientId) : Step;

    /// <summary>Ask CARTO for the secret of a client that is ours.</summary>
    public sealed record ReadBack(string ClientId) : Step;

    /// <summary>Read the secret of a client that is adopted from the Secret that the resource names.</summary>
    public sealed record ReadGivenSecret(string ClientId) : Step;

    /// <summary>Decide whether a client exists that no list shows.</summary>
    /// <param name="ClientId">Which one.</param>
    /// <param name="TryPair">Whether its pair counts as a sign that it exists.</param>
    public sealed record ConfirmMissing(string ClientId, bool TryPair) : Step;

    /// <summary>Record that a further client is about to be created, before it is.</summary>
    /// <param name="Serial">Its serial.</param>
    /// <param name="Overlap">How long the one that it replaces goes on working; null: not at all.</param>
    /// <param name="Request">Value of the annotation that asked for it; null when nobody did.</param>
    /// <param name="Account">The account that it is created in, where that is another than the replaced one's.</param>
    public sealed record RecordPending(int Serial, string? Overlap, string? Request, AccountRecord? Account) : Step;

    /// <summary>Ask the API server whether it would have the Secret, which it refused before: else a client would be created for nothing.</summary>
    public sealed record TrySecret : Step;

    /// <summary>Create a client.</summary>
    public sealed record Create(int Serial) : Step;

    /// <summary>Write the pair in hand into the credentials Secret.</summary>
    public sealed record WriteSecret : Step;

    /// <summary>Obtain a token with the pair in hand.</summary>
    public sealed record Verify : Step;

    /// <summary>Obtain a token with the pair in the Secret, whose client is neither on record nor listed.</summary>
    public sealed record VerifyUnlisted : Step;

    /// <summary>Give the client its wanted name.</summary>
    public sealed record Rename(string ClientId, int Serial) : Step;

    /// <summary>Have the workloads that use the Secret start anew.</summary>
    public sealed record RestartWorkloads(string ClientId) : Step;

    /// <summary>Request the deletion of a client in CARTO. A list that begins after it has to prove it.</summary>
    public sealed record Revoke(string ClientId) : Step;

    /// <summary>Let the credentials Secret outlive the resource.</summary>
    public sealed record ReleaseSecret : Step;

    /// <summary>Take our finalizer off: nothing of this resource is left to do.</summary>
    public sealed record RemoveFinalizer : Step;

    /// <summary>The plan is at its end for now.</summary>
    public abstract record End : Step;

    /// <summary>Everything is as the spec says.</summary>
    public sealed record Done : End;

    /// <summary>The spec asks for nothing to be done.</summary>
    public sealed record Suspended : End;

    /// <summary>Something else must happen first.</summary>
    /// <param name="Reason">For programs.</param>
    /// <param name="Message">For people: what is wrong and what to do.</param>
    /// <param name="After">When to look again; null: with backoff.</param>
    public sealed record Wait(string Reason, string Message, TimeSpan? After = null) : End;

    /// <summary>The account has not been looked at yet: it will wake this resource, and there is nothing to say until then.</summary>
    public sealed record AwaitAccount : End;

    /// <summary>Deletions were requested: the next list of the account, which others share, shows whether they took effect.</summary>
    public sealed record AwaitList : End;

    /// <summary>A person must change something first.</summary>
    public sealed record Stall(string Reason, string Message, TimeSpan? RequeueAfter = null) : End;

    /// <summary>The resource is gone, or nothing of ours hangs on it.</summary>
    public sealed record Gone : End;
}
