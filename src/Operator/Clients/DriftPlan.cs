using Operator.Contracts;
using Operator.Drift;

namespace Operator.Clients;

/// <summary>The part of <see cref="Plan"/> that repairs drift. Pure, like the rest of the plan.</summary>
internal static class DriftPlan
{
    /// <summary>Too many clients are missing at once: repair nothing.</summary>
    public static Step.Stall Suspected(Observation seen, ClientRecord current) =>
        new(
            Reasons.MassDriftSuspected,
            $"CARTO lists neither the client {current.ClientId} nor many others of {seen.Drift!.Account}: no replacement is created "
                + "before a person has "
                + "checked; see the conditions of the account"
        );

    /// <summary>What to do about a recorded client that is not listed, once its presence is known.</summary>
    public static Step Missing(Observation seen, ClientRecord current) =>
        seen.Presence == Presence.Gone
            ? new Step.RecordPending(Preconditions.NextSerial(seen, current), Overlap: null, Request: null, Account: null)
            : new Step.Stall(
                Reasons.ClientNotListed,
                $"the client {current.ClientId} obtains tokens, but {seen.AccountOf(current.ClientId).Key} does not see it: see in CARTO "
                    + "whose client it is; to have "
                    + $"another created in its place, set the annotation {WireNames.Annotations.AcceptDrift} of the account to a new value"
            );

    /// <summary>
    /// What to do about unrecorded clients with the resource's mark, which a comparison or a list of this run shows; null for nothing. The
    /// Secret is read first, since a record in it counts. With no create in flight, a lost record may have named them: they may be in use,
    /// so
    /// they get a full overlap.
    /// </summary>
    public static Step? Strays(Observation seen) =>
        seen.Drift is not { HasStrays: true } && (seen.Listed is null || seen.Unrecorded.Count == 0) ? null
        : seen.LiveSecret is null ? new Step.ReadSecret()
        : seen.Listed is null ? new Step.FindByMark()
        : seen.Unrecorded.Find(client => Preconditions.IsRevocable(seen, client)) is { } stray ? new Step.Retire(stray.ClientId)
        : null;
}
