using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// The part of <see cref="Plan"/> for a resource with a recorded client: keep the Secret and name correct, rotate when due, and revoke
/// replaced clients.
/// </summary>
internal static class MaintainPlan
{
    /// <summary>Limit of retiring clients per resource.</summary>
    private const int MostRetiring = 100;

    private static readonly TimeSpan MutationRetry = TimeSpan.FromMinutes(10);

    /// <summary>A client is on record: keep the Secret and name correct, and revoke replaced clients.</summary>
    internal static Step Maintain(M2MOAuthClient resource, Observation seen, ClientRecord current, DateTimeOffset now)
    {
        var named = seen.Secret is SecretView.Ours ours && ours.ClientId == current.ClientId ? ours : null;
        var changed = named is null || IsChanged(resource, seen, named) || IsOutdated(seen, current);
        if ((changed || seen.IsReconcileRequested) && seen.LiveSecret is null)
        {
            return new Step.ReadSecret();
        }

        if (Missing(seen, current) is { } missing)
        {
            return missing switch
            {
                Step.End => missing,
                Step.RecordPending => Preconditions.WhyNotCreate(seen) ?? missing,
                _ => Preconditions.WhyNotUse(seen) ?? missing,
            };
        }

        if (seen.LiveSecret is { IsPairDoubted: true })
        {
            return Preconditions.WhyNotUse(seen) ?? Examine(resource, seen, current);
        }

        if (changed && !(named is not null && seen.LiveSecret is { IsInSync: true }))
        {
            if (seen.LiveSecret is { Mutation: { } mutation })
            {
                return new Step.Stall(Reasons.SecretMutated, mutation, MutationRetry);
            }

            return seen.Pair?.ClientId == current.ClientId && seen.Fingerprint is not null
                ? (Preconditions.NeedsTrial(seen.Pair) && !seen.IsPairTried ? new Step.Verify() : new Step.WriteSecret())
                : Preconditions.WhyNotUse(seen) ?? Claimed(seen, current) ?? Restore(resource, seen, current);
        }

        if (seen.MustVerify && !seen.Verified)
        {
            return seen.Refusal is { } refusal
                ? ReadAgain(seen, current, now) ?? Preconditions.NotYet(seen.Pair, refusal, now)
                : Preconditions.WhyNotUse(seen) ?? (seen.LiveSecret is null ? new Step.ReadSecret() : (Step)new Step.Verify());
        }

        return Rename(seen, current)
            ?? Restart(resource, seen, current)
            ?? Retire(resource, seen, now)
            ?? RevokeStrays(seen)
            ?? RetireElsewhere(seen)
            ?? Place(seen, current)
            ?? Rotate(resource, seen, current, now)
            ?? Finish(seen);
    }

    /// <summary>Whether the Secret, as far as its metadata shows, is another than the operator last wrote or would write now.</summary>
    private static bool IsChanged(M2MOAuthClient resource, Observation seen, SecretView.Ours named) =>
        named.ResourceVersion != seen.Status.SecretResourceVersion
        || named.IsOwned == resource.IsRetained()
        || (seen.Fingerprint is { } wanted && named.RenderedFrom != wanted);

    /// <summary>Whether CARTO returned another secret for the client than the Secret holds.</summary>
    private static bool IsOutdated(Observation seen, ClientRecord current) =>
        seen is { LiveSecret.IsInSync: false, Pair: { Origin: PairOrigin.ReadBack } read } && read.ClientId == current.ClientId;

    /// <summary>
    /// What to do about a recorded client that drift detection did not find or that CARTO refused to act on; null for nothing. Only a later
    /// list decides whether it is gone.
    /// </summary>
    private static Step? Missing(Observation seen, ClientRecord current)
    {
        var refusal = seen.Refused.GetValueOrDefault(current.ClientId);
        if (seen.Absence == Absence.Suspected)
        {
            return DriftPlan.Suspected(seen, current);
        }

        if ((seen.Absence is null && refusal is null) || seen.Presence == Presence.Present)
        {
            return null;
        }

        if (seen.Presence != Presence.Unknown)
        {
            return DriftPlan.Missing(seen, current);
        }

        return seen.ListOf(current.ClientId) switch
        {
            null => new Step.FindByMark(seen.AccountOf(current.ClientId).Key),
            // If the secret could not be read, that is known without the refusal.
            var list when list.Has(current.ClientId) => refusal is null || seen.Unreadable.Contains(current.ClientId)
                ? null
                : StepFailures.EndOf(refusal, seen.AccountOf(current.ClientId).Key.ToString()),
            { Gap: { } gap } => Preconditions.Incomplete(gap),
            _ when seen.OwnershipOf(current.ClientId) == Ownership.TooNew => Preconditions.NotYetListed(current.ClientId),
            _ when seen.LiveSecret is null => new Step.ReadSecret(),
            _ => new Step.ConfirmMissing(current.ClientId, TryPair: seen.Absence != Absence.Accepted),
        };
    }

    /// <summary>The Secret names a newer client than the record: it counts if CARTO lists that client with the resource's mark.</summary>
    private static Step.FindByMark? Claimed(Observation seen, ClientRecord current) =>
        seen is { Listed: null, Secret: SecretView.Ours { ClientId: { } id, Serial: var serial } }
        && id != current.ClientId
        && serial > current.Serial
            ? new Step.FindByMark()
            : null;

    /// <summary>The account with the recorded name may belong to another user: its list shows whether the client is in it.</summary>
    private static Step? Place(Observation seen, ClientRecord current) =>
        seen switch
        {
            { IsOutOfPlace: false } or { Account.Denied: not null } => null,
            { Listed: null } => Preconditions.WhyNotUse(seen) ?? new Step.FindByMark(),
            _ => new Step.Stall(
                Reasons.AccountOwnerChanged,
                $"the client {current.ClientId} works, but it was created by {Creator(seen)}, and the account belongs to another user "
                    + "now, who does not "
                    + "see it: restore the account's former credentials, or name another account in spec.accountRef",
                Preconditions.ConflictRetry
            ),
        };

    private static string Creator(Observation seen) =>
        seen.Status.Account is { } account && AccountOwners.Of(account) is { } owner
            ? $"the CARTO user {AccountOwners.Name(owner)}"
            : "another CARTO user";

    /// <summary>
    /// Nothing is left to do. If the account is denied, existing credentials keep working but are no longer maintained, which must be
    /// reported.
    /// </summary>
    private static Step.End Finish(Observation seen) =>
        seen switch
        {
            { RestartProblem: { } problem } => new Step.Wait(Reasons.RestartFailed, problem),
            { Account.Denied: { } denied } => new Step.Stall(denied.Reason, denied.Message),
            _ => new Step.Done(),
        };

    private static Step.RestartWorkloads? Restart(M2MOAuthClient resource, Observation seen, ClientRecord current) =>
        resource.Spec.RolloutRestart is { Count: > 0 }
        && seen.Status.RestartedFor is { } last
        && last != current.ClientId
        && seen.RestartProblem is null
            ? new Step.RestartWorkloads(current.ClientId)
            : null;

    /// <summary>Only revokes what the resource itself records: a stale cache may miss an overlap in the record.</summary>
    private static Step? Retire(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        var due = seen.Status.Retiring?.FirstOrDefault(retiring =>
            retiring.RevokeAfter <= now
            && !seen.IsInUse(retiring.ClientId)
            && Records(resource, retiring)
            && !seen.IsBeingRevoked(retiring.ClientId)
        );
        if (due is null)
        {
            return Preconditions.Unconfirmed(seen) ?? Preconditions.Confirm(seen);
        }

        return (
            seen.OutOfSight.Contains(due.ClientId)
                ? Preconditions.OutOfSight(due.ClientId)
                : Preconditions.WhyNotRevoke(seen.AccountOf(due.ClientId))
        ) switch
        {
            null => seen.OwnershipOf(due.ClientId) switch
            {
                Ownership.Ours => new Step.Revoke(due.ClientId),
                Ownership.Unknown => new Step.FindByMark(seen.AccountOf(due.ClientId).Key),
                Ownership.Unseen => Preconditions.Incomplete(seen.ListOf(due.ClientId)!.Gap!),
                Ownership.TooNew => Preconditions.NotYetListed(due.ClientId),
                Ownership.Login => Preconditions.LogsIn(seen, due.ClientId),
                var ownership => new Step.Forget(due.ClientId, IsForeign: ownership == Ownership.NotOurs),
            },
            Step.Wait wait => wait with { Message = $"the replaced client {due.ClientId} cannot be revoked yet: {wait.Message}" },
            var end => end,
        };
    }

    private static bool Records(M2MOAuthClient resource, RetiringClient client) =>
        resource.Status?.Retiring?.Any(recorded => recorded.ClientId == client.ClientId) == true;

    /// <summary>
    /// Records clients that drift detection found in another account, since they may be in use. Does not wait for an unreachable account.
    /// </summary>
    private static Step? RetireElsewhere(Observation seen)
    {
        if (Preconditions.UnlistedStrayAccounts(seen).OfType<AccountView.Available>().FirstOrDefault() is { } account)
        {
            return new Step.FindByMark(account.Key);
        }

        return seen.MarkedElsewhere.Select(other => other.Client.ClientId).FirstOrDefault(client => !seen.IsOnRecord(client)) is { } stray
            ? new Step.Retire(stray)
            : null;
    }

    private static Step? RevokeStrays(Observation seen) =>
        DriftPlan.Strays(seen) is { } step ? Preconditions.WhyNotUse(seen) ?? step : null;

    private static Step? Rotate(M2MOAuthClient resource, Observation seen, ClientRecord current, DateTimeOffset now)
    {
        var rotation = Rotation.Of(resource, seen.Status, now);
        if (rotation.IsDue(now))
        {
            if (seen.Status.Retiring?.Count >= MostRetiring)
            {
                return new Step.Stall(
                    Reasons.InvalidSpec,
                    $"spec.rotation: {MostRetiring} replaced clients wait for the end of their overlap; write a shorter overlap, or "
                        + "rotate less often",
                    Preconditions.ConflictRetry
                );
            }

            return Preconditions.WhyNotCreate(seen)
                ?? new Step.RecordPending(
                    Preconditions.NextSerial(seen, current),
                    Rotation.OverlapOf(resource),
                    rotation.Request,
                    Account: null
                );
        }

        return rotation.Problem is { } problem ? new Step.Stall(Reasons.InvalidSpec, problem) : null;
    }

    /// <summary>The Secret, and perhaps its credentials, were changed: ask CARTO whether they work or what they should be.</summary>
    private static Step Examine(M2MOAuthClient resource, Observation seen, ClientRecord current) =>
        seen.MustVerify && seen.Refusal is null ? new Step.Verify() : Restore(resource, seen, current);

    /// <summary>
    /// CARTO has had time to accept the credentials it returned on create. That secret may not have been real, so the one CARTO returns now
    /// is tried too. Null if it was, or cannot be.
    /// </summary>
    private static Step? ReadAgain(Observation seen, ClientRecord current, DateTimeOffset now) =>
        current.CreatedAt + Preconditions.Patience > now || seen.Unreadable.Contains(current.ClientId)
            ? null
            : seen.OwnershipOf(current.ClientId) switch
            {
                Ownership.Unknown => Preconditions.WhyNotUse(seen) ?? new Step.FindByMark(seen.AccountOf(current.ClientId).Key),
                Ownership.Ours => Preconditions.WhyNotUse(seen) ?? new Step.ReadBack(current.ClientId),
                _ => null,
            };

    /// <summary>The credentials are lost, unless CARTO returns them again or the adopting resource's Secret provides them.</summary>
    private static Step Restore(M2MOAuthClient resource, Observation seen, ClientRecord current)
    {
        var ownership = seen.OwnershipOf(current.ClientId);
        if (ownership == Ownership.Unknown)
        {
            return new Step.FindByMark(seen.AccountOf(current.ClientId).Key);
        }

        if (ownership == Ownership.Unseen)
        {
            return Preconditions.Incomplete(seen.ListOf(current.ClientId)!.Gap!);
        }

        if (ownership == Ownership.TooNew)
        {
            return Preconditions.NotYetListed(current.ClientId);
        }

        // Do not record a client that another resource may own.
        if (ownership is Ownership.Ours && !seen.Unreadable.Contains(current.ClientId))
        {
            return new Step.ReadBack(current.ClientId);
        }

        var referenced =
            resource.Spec.ClientSecretRef is not null
            && resource.Spec.ClientId == current.ClientId
            && ownership is Ownership.Ours
            && seen.ReferencedSecretProblem is null;
        return referenced
            ? new Step.ReadReferencedSecret(current.ClientId)
            : Preconditions.WhyNotCreate(seen) ?? Replace(resource, seen, current);
    }

    /// <summary>
    /// The Secret lost the credentials, but workloads that read them before keep using them, so the client gets its overlap. If the record
    /// was lost too, it is unknown which request was handled, and new credentials satisfy any.
    /// </summary>
    private static Step.RecordPending Replace(M2MOAuthClient resource, Observation seen, ClientRecord current) =>
        new(
            Preconditions.NextSerial(seen, current),
            seen.Overlap,
            seen is { Record: RecordSource.Lists, Secret: not SecretView.Ours } ? Rotation.RequestOf(resource) : null,
            Account: null
        );

    private static Step? Rename(Observation seen, ClientRecord current)
    {
        if (seen.Status.DisplayName == seen.Name.For(current.Serial))
        {
            return null;
        }

        if (Preconditions.WhyNotUse(seen) is { } end)
        {
            return end;
        }

        if (seen.Account is not AccountView.Available { CanRename: true })
        {
            // The name cannot be set, but it can be read.
            return seen.Status.DisplayName is null && seen.Listed is null ? new Step.FindByMark() : null;
        }

        return seen.OwnershipOf(current.ClientId) switch
        {
            Ownership.Ours => new Step.Rename(current.ClientId, current.Serial),
            Ownership.Unknown => new Step.FindByMark(seen.AccountOf(current.ClientId).Key),
            Ownership.Unseen => Preconditions.Incomplete(seen.ListOf(current.ClientId)!.Gap!),
            Ownership.NotOurs => new Step.Stall(
                Reasons.ClientNotMarked,
                Preconditions.NotMarked(seen, current.ClientId),
                Preconditions.ConflictRetry
            ),
            Ownership.TooNew => Preconditions.NotYetListed(current.ClientId),
            Ownership.Login => Preconditions.LogsIn(seen, current.ClientId),
            _ when seen.Presence != Presence.Unknown => DriftPlan.Missing(seen, current),
            _ when seen.LiveSecret is null => new Step.ReadSecret(),
            _ => new Step.ConfirmMissing(current.ClientId, TryPair: true),
        };
    }
}
