using Operator.Clients;
using Operator.Contracts;

namespace Operator.Drift;

/// <summary>The part of <see cref="Plan"/> that puts right what a comparison found. As pure as the rest of it.</summary>
internal static class DriftSteps
{
    /// <summary>What to do about a client on record that was not listed; null: nothing.</summary>
    public static Step? Missing(Observation seen, ClientRecord current)
    {
        if (seen.Drift is not { Absence: { } absence, ClientId: var missing } || missing != current.ClientId || seen.Presence == Presence.Present)
        {
            return null;
        }

        if (absence == Absence.Suspected)
        {
            return new Step.Stall(
                Reasons.MassDriftSuspected,
                $"CARTO lists neither the client {missing} nor many others of {seen.Drift.Account}: nothing is created anew before a person has "
                    + "looked; the conditions of the account say what to do");
        }

        return seen.Presence switch
        {
            Presence.Gone => new Step.RecordPending(current.Serial + 1, Overlap: null, Request: null, Account: null),
            Presence.OutOfSight => new Step.Stall(
                Reasons.ClientNotListed,
                $"the client {missing} obtains tokens, but {seen.Drift.Account} does not see it: see in CARTO whose client it is; to have another "
                    + $"created in its place, set the annotation {WireNames.Annotations.AcceptDrift} of the account to a new value"),
            _ when !seen.SecretIsLive => new Step.ReadSecret(),
            _ => new Step.ConfirmMissing(missing, TryPair: absence != Absence.Accepted),
        };
    }

    /// <summary>
    /// What to do about clients that bear the resource's marker and are on no record; null: nothing. The Secret is read before: a record
    /// in it counts.
    /// </summary>
    public static Step? Strays(Observation seen) => seen.Drift is not { HasStrays: true } ? null
        : !seen.SecretIsLive ? new Step.ReadSecret()
        : seen.Marked is null ? new Step.FindByMarker()
        : seen.Unrecorded is [var stray, ..] ? new Step.Revoke(stray.ClientId)
        : null;
}
