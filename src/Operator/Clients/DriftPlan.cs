using Operator.Contracts;
using Operator.Drift;

namespace Operator.Clients;

/// <summary>The part of <see cref="Plan"/> that puts right what a comparison found. As pure as the rest of it.</summary>
internal static class DriftPlan
{
    /// <summary>Too many clients are missing at once: nothing is put right.</summary>
    public static Step.Stall Suspected(Observation seen, ClientRecord current) => new(
        Reasons.MassDriftSuspected,
        $"CARTO lists neither the client {current.ClientId} nor many others of {seen.Drift!.Account}: no replacement is created before a person has "
            + "checked; the conditions of the account say what to do");

    /// <summary>What to do about a client on record that is not listed, once it is known what that means.</summary>
    public static Step Missing(Observation seen, ClientRecord current) => seen.Presence == Presence.Gone
        ? new Step.RecordPending(Preconditions.NextSerial(seen, current), Overlap: null, Request: null, Account: null)
        : new Step.Stall(
            Reasons.ClientNotListed,
            $"the client {current.ClientId} obtains tokens, but {seen.AccountOf(current.ClientId).Key} does not see it: see in CARTO whose client it is; to have "
                + $"another created in its place, set the annotation {WireNames.Annotations.AcceptDrift} of the account to a new value");

    /// <summary>
    /// What to do about clients that bear the resource's marker and are on no record; null: nothing. The Secret is read before: a record
    /// in it counts. With no create under way, a record may have been lost that named them: they may be in use, and get a full overlap.
    /// </summary>
    public static Step? Strays(Observation seen) => seen.Drift is not { HasStrays: true } ? null
        : !seen.SecretIsLive ? new Step.ReadSecret()
        : seen.Listed is null ? new Step.FindByMarker()
        : seen.Unrecorded.Find(client => Preconditions.IsRevocable(seen, client)) is { } stray ? new Step.Retire(stray.ClientId)
        : null;
}
