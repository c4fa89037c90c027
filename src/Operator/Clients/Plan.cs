using Operator.Accounts;
using Operator.Contracts;
using Operator.Drift;

namespace Operator.Clients;

/// <summary>
/// Decides the next step for a resource from what is known, and nothing else: no clock, no call, no memory. Every path keeps to one
/// order: record the intent, create, write the Secret, revoke what was replaced.
/// </summary>
internal static class Plan
{
    /// <summary>How long a list in CARTO may lag behind a create whose answer was lost.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>How many replaced clients of one resource may wait for their end.</summary>
    private const int MostRetiring = 100;

    private static readonly TimeSpan ConflictLook = TimeSpan.FromMinutes(1);

    public static Step Decide(M2MOAuthClient resource, Observation seen, DateTimeOffset now) =>
        resource.Metadata.DeletionTimestamp is null ? Keep(resource, seen, now) : DeletionPlan.Decide(resource, seen, now);

    private static Step Keep(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (Refusal(resource, seen) is { } refusal)
        {
            return refusal;
        }

        if (!HasFinalizer(resource))
        {
            return MayCreate(seen)
                ?? (seen.SecretIsLive ? new Step.AddFinalizer() : (Step)new Step.ReadSecret());
        }

        if (seen.Status is not { Current: { } current, Pending: null })
        {
            return Obtain(resource, seen, now);
        }

        return Moves(resource, seen.Status.Account) ? Move(resource, seen, current) : Maintain(resource, seen, current, now);
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
                Reasons.ClientIdConflict, $"spec.clientId: the client {adopted} belongs to {other}; delete one of the two resources", ConflictLook);
        }

        if (seen.SecretProblem is { } problem)
        {
            return new Step.Stall(Reasons.InvalidSecretTemplate, problem);
        }

        return seen.Secret is SecretView.Foreign foreign
            ? new Step.Stall(
                Reasons.SecretConflict,
                $"the Secret exists and belongs to {foreign.Owner}; it was not changed: delete it, or set spec.secret.name in a new resource",
                ConflictLook)
            : null;
    }

    /// <summary>No client is on record, or a further one is under way: find it, or create it.</summary>
    private static Step Obtain(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (!seen.SecretIsLive)
        {
            return new Step.ReadSecret();
        }

        if (NeedsAccount(seen) is { } end)
        {
            return end;
        }

        if (resource.Spec.ClientId is { } adopted && seen.Status is { Current: null, Pending: null })
        {
            return Adopt(seen, adopted);
        }

        var known = seen.Status.Current?.Serial ?? 0;
        if (!seen.NoCreateOutstanding)
        {
            if (seen.Marked is null)
            {
                return new Step.FindByMarker();
            }

            if (seen.Unrecorded is [_, ..] found)
            {
                return Resume(seen, found, known);
            }
        }

        if (seen.Pair is { } pair && pair.Serial > known)
        {
            return Switch(seen, pair);
        }

        if (!seen.NoCreateOutstanding && seen.HighestSerialSeen <= known && StillInGrace(seen, now) is { } wait)
        {
            return wait;
        }

        if (seen is { NoCreateOutstanding: false, AccountMayBeAnother: true } && seen.Status.Pending?.Account is null)
        {
            return new Step.Stall(
                Reasons.AccountOwnerChanged,
                "the account of that name is another one than that in which a client may have been created: give it the former credentials again, or "
                    + $"delete the resource with the annotation {WireNames.Annotations.Abandon}: \"true\" and create it anew",
                ConflictLook);
        }

        return MayCreate(seen) ?? new Step.Create(Math.Max(Math.Max(known, seen.HighestSerialSeen) + 1, seen.Status.Pending?.Serial ?? 1));
    }

    /// <summary>The client exists already: take it over, once it is certain that its pair works.</summary>
    private static Step Adopt(Observation seen, string clientId)
    {
        if (seen.NotFound.Contains(clientId))
        {
            return new Step.Stall(
                Reasons.ClientNotFound,
                $"spec.clientId: CARTO shows no client {clientId} to the user of the account; write the ID of one of that user's clients",
                ConflictLook);
        }

        if (seen.Pair?.ClientId != clientId)
        {
            return seen.GivenSecretProblem is { } problem ? new Step.Stall(Reasons.ClientSecretUnknown, problem, ConflictLook)
                : seen.Unreadable.Contains(clientId) ? new Step.ReadGivenSecret(clientId)
                : (Step)new Step.ReadBack(clientId);
        }

        if (!seen.MustVerify || seen.VerifiedClient == clientId)
        {
            return new Step.WriteSecret();
        }

        return seen.Refusal is { } refusal
            ? new Step.Stall(Reasons.CredentialsInvalid, $"CARTO does not take the pair of the client {clientId}: {refusal}", ConflictLook)
            : new Step.Verify();
    }

    /// <summary>
    /// Clients of an interrupted create: the newest whose secret can be read is kept, the others are revoked. Those that are not newer
    /// than the recorded one were replaced by it.
    /// </summary>
    private static Step Resume(Observation seen, List<MarkedClient> found, int known)
    {
        if (found.Find(client => client.Serial <= known) is { } replaced)
        {
            return new Step.Revoke(replaced.ClientId);
        }

        if (seen.Pair is { } pair && found.Any(client => client.ClientId == pair.ClientId))
        {
            var stray = found.FirstOrDefault(client => client.ClientId != pair.ClientId);
            return stray is null ? Switch(seen, pair) : new Step.Revoke(stray.ClientId);
        }

        var newest = found.Where(client => !seen.Unreadable.Contains(client.ClientId)).OrderByDescending(client => client.Serial)
            .ThenByDescending(client => client.CreatedAt).FirstOrDefault();
        return newest is null ? new Step.Revoke(found[0].ClientId) : new Step.ReadBack(newest.ClientId);
    }

    /// <summary>A client cannot change its account: a new one is created there, and then the old one goes.</summary>
    private static Step Move(M2MOAuthClient resource, Observation seen, ClientRecord current)
    {
        if (NeedsAccount(seen) is { } end)
        {
            return end;
        }

        // A client that was found again in the old account is put on record before the new account is looked at.
        var account = ((AccountView.Available)seen.Account).Account;
        return Moves(resource, account)
            ? new Step.Wait(Reasons.Progressing, $"the client moves to {resource.Spec.AccountRef.Kind} {resource.Spec.AccountRef.Name}", TimeSpan.Zero)
            : MayCreate(seen) ?? new Step.RecordPending(current.Serial + 1, Rotation.OverlapOf(resource), Request: null, account);
    }

    /// <summary>A pair that works gives way only to one that works as well.</summary>
    private static Step Switch(Observation seen, Pair pair)
    {
        var gentle = seen.Status.Pending?.Overlap is not null && seen.SecretInSync;
        if (!gentle || !seen.MustVerify || seen.VerifiedClient == pair.ClientId)
        {
            return new Step.WriteSecret();
        }

        return seen.Refusal is { } refusal ? NotYet(refusal) : new Step.Verify();
    }

    private static Step.Wait NotYet(string refusal) =>
        new(Reasons.CredentialsInvalid, $"CARTO does not yet take the new pair; it is tried again: {refusal}");

    /// <summary>A client is on record: keep Secret and name right, and revoke what was replaced.</summary>
    private static Step Maintain(M2MOAuthClient resource, Observation seen, ClientRecord current, DateTimeOffset now)
    {
        var named = seen.Secret is SecretView.Ours ours && ours.ClientId == current.ClientId ? ours : null;
        var changed = named is null
            || named.ResourceVersion != seen.Status.SecretResourceVersion
            || (seen.Fingerprint is { } wanted && named.RenderedFrom != wanted);
        if ((changed || seen.LookAtAll) && !seen.SecretIsLive)
        {
            return new Step.ReadSecret();
        }

        if (DriftSteps.Missing(seen, current) is { } missing)
        {
            return missing switch
            {
                Step.End => missing,
                Step.RecordPending => MayCreate(seen) ?? missing,
                _ => NeedsAccount(seen) ?? missing,
            };
        }

        if (seen.PairIsDoubted)
        {
            return NeedsAccount(seen) ?? Examine(resource, seen, current);
        }

        if (changed && !(named is not null && seen.SecretInSync))
        {
            return seen.Pair?.ClientId == current.ClientId && seen.Fingerprint is not null
                ? new Step.WriteSecret()
                : NeedsAccount(seen) ?? Restore(resource, seen, current);
        }

        if (seen.MustVerify && !seen.Verified)
        {
            return seen.Refusal is { } refusal
                ? NotYet(refusal)
                : NeedsAccount(seen) ?? (seen.SecretIsLive ? new Step.Verify() : (Step)new Step.ReadSecret());
        }

        return Rename(seen, current)
            ?? Restart(resource, seen, current)
            ?? Retire(resource, seen, now)
            ?? RevokeStrays(seen)
            ?? Place(seen, current)
            ?? Rotate(resource, seen, current, now)
            ?? Finish(seen);
    }

    /// <summary>An account of the recorded name that may be another user's: its list tells whether the client is in it.</summary>
    private static Step? Place(Observation seen, ClientRecord current) => seen switch
    {
        { IsOutOfPlace: false } or { Account.Barred: not null } => null,
        { Marked: null } => NeedsAccount(seen) ?? new Step.FindByMarker(),
        _ => new Step.Stall(
            Reasons.AccountOwnerChanged,
            $"the client {current.ClientId} works, but it was created by {Creator(seen)}, and the account of that name is another one now, which does not "
                + "see it: give the account the former credentials again, or name another account in spec.accountRef",
            ConflictLook),
    };

    private static string Creator(Observation seen) =>
        seen.Status.Account is { } account && AccountOwners.Of(account) is { } owner ? $"the CARTO user {AccountOwners.Name(owner)}" : "another CARTO user";

    internal static Step.Wait OutOfSight(string clientId) => new(
        Reasons.AccountOwnerChanged,
        $"CARTO does not know the client {clientId} in the account of that name now, which may be another user's than the one it was created in: give "
            + "the account the former credentials again, or delete the client in CARTO as its user");

    /// <summary>Nothing is left to do. Where the account is barred what works goes on working, but no more is done for it: somebody should know.</summary>
    private static Step.End Finish(Observation seen) => seen switch
    {
        { RestartProblem: { } problem } => new Step.Wait(Reasons.RestartFailed, problem),
        { Account.Barred: { } barred } => new Step.Stall(barred.Reason, barred.Message),
        _ => new Step.Done(),
    };

    private static Step.RestartWorkloads? Restart(M2MOAuthClient resource, Observation seen, ClientRecord current) =>
        resource.Spec.RolloutRestart is { Count: > 0 }
        && seen.Status.RestartedFor is { } last
        && last != current.ClientId
        && seen.RestartProblem is null
            ? new Step.RestartWorkloads(current.ClientId)
            : null;

    /// <summary>
    /// Only what the resource itself records is revoked: a cache that is behind may not know of an overlap that the record has.
    /// </summary>
    private static Step? Retire(M2MOAuthClient resource, Observation seen, DateTimeOffset now) =>
        seen.Status.Retiring?.FirstOrDefault(retiring => retiring.RevokeAfter <= now && Records(resource, retiring)) is not { } due
            ? null
            : (seen.OutOfSight.Contains(due.ClientId) ? OutOfSight(due.ClientId) : MayRevoke(seen.AccountOf(due.ClientId))) switch
            {
                null => new Step.Revoke(due.ClientId),
                Step.Wait wait => wait with { Message = $"the replaced client {due.ClientId} cannot be revoked yet: {wait.Message}" },
                var end => end,
            };

    private static bool Records(M2MOAuthClient resource, RetiringClient client) =>
        resource.Status?.Retiring?.Any(recorded => recorded.ClientId == client.ClientId) == true;

    private static Step? RevokeStrays(Observation seen) => DriftSteps.Strays(seen) is { } step ? NeedsAccount(seen) ?? step : null;

    private static Step? Rotate(M2MOAuthClient resource, Observation seen, ClientRecord current, DateTimeOffset now)
    {
        var rotation = Rotation.Of(resource, seen.Status, now);
        if (rotation.IsDue(now))
        {
            if (seen.Status.Retiring?.Count >= MostRetiring)
            {
                return new Step.Stall(
                    Reasons.InvalidSpec,
                    $"spec.rotation: {MostRetiring} replaced clients wait for the end of their overlap; write a shorter overlap, or rotate less often",
                    ConflictLook);
            }

            return MayCreate(seen) ?? new Step.RecordPending(current.Serial + 1, Rotation.OverlapOf(resource), rotation.Request, Account: null);
        }

        return rotation.Problem is { } problem ? new Step.Stall(Reasons.InvalidSpec, problem) : null;
    }

    /// <summary>Somebody changed the Secret, and with it perhaps the pair: ask CARTO whether it works, or what it should be.</summary>
    private static Step Examine(M2MOAuthClient resource, Observation seen, ClientRecord current) =>
        seen.MustVerify && seen.Refusal is null ? new Step.Verify() : Restore(resource, seen, current);

    /// <summary>The pair is lost, unless CARTO tells it again, or the person who had the client adopted does.</summary>
    private static Step Restore(M2MOAuthClient resource, Observation seen, ClientRecord current)
    {
        if (!seen.Unreadable.Contains(current.ClientId))
        {
            return new Step.ReadBack(current.ClientId);
        }

        var given = resource.Spec.ClientSecretRef is not null
            && resource.Spec.ClientId == current.ClientId
            && seen is { GivenSecretProblem: null, Refusal: null }
            && !seen.NotFound.Contains(current.ClientId);
        return given
            ? new Step.ReadGivenSecret(current.ClientId)
            : MayCreate(seen) ?? new Step.RecordPending(current.Serial + 1, Overlap: null, Request: null, Account: null);
    }

    private static Step? Rename(Observation seen, ClientRecord current)
    {
        if (seen.Status.DisplayName == seen.Name.For(current.Serial))
        {
            return null;
        }

        if (NeedsAccount(seen) is { } end)
        {
            return end;
        }

        if (seen.Account is AccountView.Available { CanRename: true })
        {
            return new Step.Rename(current.ClientId, current.Serial);
        }

        // It cannot be set, but what it is can be told.
        return seen.Status.DisplayName is null && seen.Marked is null ? new Step.FindByMarker() : null;
    }

    private static bool Moves(M2MOAuthClient resource, AccountRecord? account) =>
        account is not null && (account.Kind, account.Name) != (resource.Spec.AccountRef.Kind, resource.Spec.AccountRef.Name);

    private static Step? NeedsAccount(Observation seen) => NeedsAccount(seen.Account);

    private static Step? NeedsAccount(AccountView account) =>
        account.Barred is { } barred ? new Step.Wait(barred.Reason, barred.Message) : MayRevoke(account);

    /// <summary>A client is created only where it is certain that it can be revoked.</summary>
    private static Step? MayCreate(Observation seen) => NeedsAccount(seen) ?? seen.Account switch
    {
        AccountView.Available { Closed: { } closed } when closed != Closure.NotYet => new Step.Wait(closed.Reason, closed.Message),
        AccountView.Available { Closed: not null } => new Step.AwaitAccount(),
        _ => null,
    };

    /// <summary>What exists may still be revoked where nothing else may be done.</summary>
    internal static Step? MayRevoke(AccountView account) => account switch
    {
        AccountView.Available => null,
        AccountView.Unavailable unavailable => new Step.Wait(unavailable.Reason, unavailable.Message),
        _ => new Step.AwaitAccount(),
    };

    internal static Step.Wait? StillInGrace(Observation seen, DateTimeOffset now)
    {
        var left = (seen.FirstMiss ?? now) + Grace - now;
        return left > TimeSpan.Zero
            ? new Step.Wait(Reasons.ConfirmingCreate, "an earlier create may still show in CARTO's list; looking again before going on", left)
            : null;
    }

    internal static bool HasFinalizer(M2MOAuthClient resource) => resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) == true;
}
