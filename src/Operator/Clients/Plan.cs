using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// Decides the next step for a resource from its observation alone: no clock, no calls, no memory. Every path follows one order: record the
/// intent, create, write the Secret, revoke what was replaced.
/// </summary>
internal static class Plan
{
    public static Step Decide(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        var isKept = resource.Metadata.DeletionTimestamp is null;
        var step = isKept ? Keep(resource, seen, now) : DeletionPlan.Decide(resource, seen, now);
        // Whatever led here, never call an unavailable account.
        return AccountOf(step, seen) is { } account && Preconditions.WhyNotRevoke(account) is { } end
            ? (isKept ? end : DeletionPlan.Blocked(end))
            : step;
    }

    /// <summary>The account a step calls; null if none.</summary>
    private static AccountView? AccountOf(Step step, Observation seen) =>
        step switch
        {
            Step.FindByMark({ } key) => seen.Others.FirstOrDefault(other => other.Key == key) ?? seen.Account,
            Step.FindByMark or Step.Create or Step.Verify or Step.VerifyUnlisted => seen.Account,
            Step.ReadBack(var client) => seen.AccountOf(client),
            Step.Rename(var client, _) => seen.AccountOf(client),
            Step.Revoke(var client) => seen.AccountOf(client),
            // Without the account, its endpoints are unknown.
            Step.WriteSecret when seen.AccountOf(seen.Pair!.ClientId) is { Endpoints: null } account => account,
            _ => null,
        };

    private static Step Keep(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (Refusal(resource, seen) is { } refusal)
        {
            return refusal is Step.Stall && HasFinalizer(resource) && IsOld(seen, now) && RevokeUnused(seen) is { } unused
                ? unused
                : refusal;
        }

        if (!HasFinalizer(resource))
        {
            return Preconditions.WhyNotCreate(seen) ?? (seen.LiveSecret is null ? new Step.ReadSecret() : (Step)new Step.AddFinalizer());
        }

        if (RecordPlan.RecordFirst(seen, now) is { } unrecorded)
        {
            return unrecorded;
        }

        if (seen.GoesOnElsewhere)
        {
            return new Step.Wait(
                Reasons.Progressing,
                "the clients were found in another account; the status is updated first",
                TimeSpan.Zero
            );
        }

        if (seen.Status is not { Current: { } current, Pending: null })
        {
            return ObtainPlan.Obtain(resource, seen, now);
        }

        return Moves(resource, seen.Status.Account) ? Move(resource, seen, current) : MaintainPlan.Maintain(resource, seen, current, now);
    }

    internal static bool IsOld(Observation seen, DateTimeOffset now) =>
        seen.Status.Pending is { Since: var since } && since + Preconditions.Patience <= now;

    /// <summary>Revokes a created client whose Secret cannot be written, since it is useless. Null if there is none.</summary>
    private static Step? RevokeUnused(Observation seen)
    {
        if (Preconditions.WhyNotUse(seen) is not null || !seen.IsRecorded)
        {
            return null;
        }

        if (seen.Unwritten is { } unwritten && unwritten.ClientId != seen.AdoptedId)
        {
            return new Step.Revoke(unwritten.ClientId);
        }

        return seen.Listed is null ? Preconditions.Confirm(seen) ?? (seen.FirstMiss is null ? new Step.FindByMark() : null)
            : seen.Unrecorded.Find(client => client.Serial > (seen.Status.Current?.Serial ?? 0) && Preconditions.IsRevocable(seen, client))
                is { } unused
                ? new Step.Revoke(unused.ClientId)
            : Preconditions.Unconfirmed(seen) ?? Preconditions.Confirm(seen);
    }

    private static Step.End? Refusal(M2MOAuthClient resource, Observation seen)
    {
        var spec = resource.Spec;
        if (spec.Suspend)
        {
            return new Step.Suspended();
        }

        if (spec.ClientId is { } adopted && seen is { Status.Current: null, ClaimedBy: { } other })
        {
            return new Step.Stall(
                Reasons.ClientIdConflict,
                $"spec.clientId: the client {adopted} belongs to {other}; delete one of the two resources",
                Preconditions.ConflictRetry
            );
        }

        if (seen.SecretProblem is { } problem)
        {
            return new Step.Stall(Reasons.InvalidSecretTemplate, problem);
        }

        return seen.Secret is SecretView.Foreign foreign
            ? new Step.Stall(
                Reasons.SecretConflict,
                $"the Secret exists and belongs to {foreign.Owner}; it was not changed: delete it, or set spec.secret.name in a new "
                    + "resource",
                Preconditions.ConflictRetry
            )
            : null;
    }

    /// <summary>A client cannot change its account: create a new one there, then revoke the old one.</summary>
    private static Step Move(M2MOAuthClient resource, Observation seen, ClientRecord current)
    {
        if (Preconditions.WhyNotUse(seen) is { } end)
        {
            return end;
        }

        // A client recovered in the old account is recorded before the new account is considered.
        var account = ((AccountView.Available)seen.Account).Account;
        return Moves(resource, account)
            ? new Step.Wait(
                Reasons.Progressing,
                $"the client moves to {resource.Spec.AccountRef.Kind} {resource.Spec.AccountRef.Name}",
                TimeSpan.Zero
            )
            : Preconditions.WhyNotCreate(seen)
                ?? Arrive(seen)
                ?? (Step)
                    new Step.RecordPending(Preconditions.NextSerial(seen, current), Rotation.OverlapOf(resource), Request: null, account);
    }

    /// <summary>
    /// Searches the account a resource moves to: its clients may already be there if the record is older than the move. Null if none is.
    /// </summary>
    private static Step? Arrive(Observation seen) =>
        seen.Listed switch
        {
            null => new Step.FindByMark(),
            { Gap: { } gap } => Preconditions.Incomplete(gap),
            _ => seen.Unrecorded.Find(client => Preconditions.IsRevocable(seen, client)) is { } lost
                ? new Step.Retire(lost.ClientId)
                : null,
        };

    private static bool Moves(M2MOAuthClient resource, AccountRecord? account) =>
        account is not null && (account.Kind, account.Name) != (resource.Spec.AccountRef.Kind, resource.Spec.AccountRef.Name);

    internal static bool HasFinalizer(M2MOAuthClient resource) => resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) == true;
}
