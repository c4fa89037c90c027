using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// Decides the next step for a resource from what is known, and nothing else: no clock, no call, no memory. Every path keeps to one
/// order: record the intent, create, write the Secret, revoke what was replaced.
/// </summary>
internal static class Plan
{
    /// <summary>How many replaced clients of one resource may wait for their end.</summary>
    private const int MostRetiring = 100;

    private static readonly TimeSpan ConflictLook = TimeSpan.FromMinutes(1);

    /// <summary>For how long a client is kept that cannot be written into its Secret.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan MutationLook = TimeSpan.FromMinutes(10);

    public static Step Decide(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        var isKept = resource.Metadata.DeletionTimestamp is null;
        var step = isKept ? Keep(resource, seen, now) : DeletionPlan.Decide(resource, seen, now);
        // Whatever led here: nothing is asked of an account that is not available.
        return AccountOf(step, seen) is { } account && MayRevoke(account) is { } end ? (isKept ? end : DeletionPlan.Blocked(end)) : step;
    }

    /// <summary>The account that a step asks something of; null: none.</summary>
    private static AccountView? AccountOf(Step step, Observation seen) => step switch
    {
        Step.FindByMarker({ } key) => seen.Others.FirstOrDefault(other => other.Key == key) ?? seen.Account,
        Step.FindByMarker or Step.Create or Step.Verify or Step.VerifyUnlisted => seen.Account,
        Step.ReadBack(var client) => seen.AccountOf(client),
        Step.Rename(var client, _) => seen.AccountOf(client),
        Step.Revoke(var client) => seen.AccountOf(client),
        _ => null,
    };

    private static Step Keep(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (Refusal(resource, seen) is { } refusal)
        {
            return refusal is Step.Stall && HasFinalizer(resource) && IsOld(seen, now) && RevokeUnused(seen) is { } unused ? unused : refusal;
        }

        if (!HasFinalizer(resource))
        {
            return MayCreate(seen)
                ?? (seen.SecretIsLive ? new Step.AddFinalizer() : (Step)new Step.ReadSecret());
        }

        if (RecordFirst(seen, now) is { } unrecorded)
        {
            return unrecorded;
        }

        if (seen.GoesOnElsewhere)
        {
            return new Step.Wait(Reasons.Progressing, "CARTO's lists showed where the clients are, which goes on record first", TimeSpan.Zero);
        }

        if (seen.Status is not { Current: { } current, Pending: null })
        {
            return Obtain(resource, seen, now);
        }

        return Moves(resource, seen.Status.Account) ? Move(resource, seen, current) : Maintain(resource, seen, current, now);
    }

    /// <summary>
    /// Where no record can be believed, one is made from what CARTO lists with the resource's mark. Null: there is a record, and the list does
    /// not speak against it.
    /// </summary>
    internal static Step? RecordFirst(Observation seen, DateTimeOffset now)
    {
        var isMissing = !seen.IsRecorded || (!seen.IsRecordFromList && !seen.NoCreateOutstanding && seen.Status.Current is null);
        if (!isMissing && !IsContradicted(seen))
        {
            return null;
        }

        if (!seen.SecretIsLive)
        {
            return new Step.ReadSecret();
        }

        if (NeedsAccount(seen) is { } end)
        {
            return end;
        }

        return seen.Listed switch
        {
            null => new Step.FindByMarker(),
            { Gap: { } gap } when !(seen.Secret is SecretView.Ours { ClientId: { } named } && seen.Proven.Contains(named)) => Incomplete(gap),
            _ => SearchOthers(seen) ?? Unlisted(seen) ?? (seen.LacksInUse && !seen.MustVerify ? StillInGrace(seen, now) : null) ?? (Step)new Step.TakeRecord(),
        };
    }

    /// <summary>
    /// Without a record, clients of the resource may be in each account that it names, or that a record in doubt does: those are listed as well.
    /// Null: they were, or need not be.
    /// </summary>
    internal static Step? SearchOthers(Observation seen)
    {
        if (seen.IsRecorded)
        {
            return null;
        }

        foreach (var account in seen.Others)
        {
            if (seen.Lists.TryGetValue(account.Key, out var list))
            {
                if (list.Gap is { } gap)
                {
                    return Incomplete(gap);
                }
            }
            else if (account is not AccountView.Unavailable { Reason: Reasons.AccountNotFound })
            {
                return MayRevoke(account) switch
                {
                    null => new Step.FindByMarker(account.Key),
                    Step.Wait wait => wait with { Message = $"the resource may have a client in another account as well: {wait.Message}" },
                    var end => end,
                };
            }
        }

        return null;
    }

    /// <summary>
    /// CARTO lists the resource's mark on another client than the one on record, and that one not at all, or without the mark. Where another is
    /// under way, that may be the one; unless the Secret names it already, or the one on record is surely another's.
    /// </summary>
    private static bool IsContradicted(Observation seen) =>
        seen is { Status.Current: { } current, IsRecordFromList: false, AccountMayBeAnother: false, Listed: not null }
        && !seen.Elsewhere.ContainsKey(current.ClientId)
        && !seen.Gone.Contains(current.ClientId)
        && seen.StandingOf(current.ClientId) switch
        {
            Standing.NotOurs => seen.Unrecorded.Count > 0 || seen.Listed.IsMarkedForOthers(current.ClientId, seen.Name.Owner),
            Standing.Absent => seen.Unrecorded.Exists(client => seen.Status.Pending is null || seen.IsInUse(client.ClientId)),
            _ => false,
        };

    private static bool IsOld(Observation seen, DateTimeOffset now) => seen.Status.Pending is { Since: var since } && since + Patience <= now;

    /// <summary>A client that was created and whose Secret cannot be written is of no use to anybody: it goes. Null: there is none.</summary>
    private static Step? RevokeUnused(Observation seen)
    {
        if (NeedsAccount(seen) is not null || !seen.IsRecorded)
        {
            return null;
        }

        if (seen.Pair is { Origin: not PairOrigin.Secret } held && held.Serial > (seen.Status.Current?.Serial ?? 0) && held.ClientId != seen.AdoptedId)
        {
            return new Step.Revoke(held.ClientId);
        }

        return seen.Listed is null ? (seen.Asked.Count > 0 ? Confirm(seen) : seen.FirstMiss is null ? new Step.FindByMarker() : null)
            : seen.Unrecorded.Find(client => IsRevocable(seen, client) && !WasReplaced(seen, client)) is { } unused
                ? new Step.Revoke(unused.ClientId)
            : Unconfirmed(seen) ?? (seen.Asked.Count > 0 ? Confirm(seen) : null);
    }

    /// <summary>Whether a client on no record may be revoked: nobody uses it, and that was not requested yet.</summary>
    internal static bool IsRevocable(Observation seen, MarkedClient client) =>
        !seen.IsInUse(client.ClientId) && !seen.Asked.ContainsKey(client.ClientId) && !seen.StillListed.ContainsKey(client.ClientId);

    /// <summary>Whether a client on no record is older than the one on record: it was in use, and may be still.</summary>
    internal static bool WasReplaced(Observation seen, MarkedClient client) => client.Serial < (seen.Status.Current?.Serial ?? 0);

    internal static Step.Wait LogsIn(Observation seen, string client) => new(
        Reasons.ClientIsLogin,
        $"{seen.LoggingIn(client)} logs in with the client {client}, so it is not changed: give that account other credentials, or delete it");

    internal static Step.Wait Incomplete(string gap) => new(
        Reasons.ListIncomplete,
        $"CARTO's list of clients could not be read completely, so nothing is concluded from what it lacks: {gap}");

    internal static Step.Wait NotYetListed(string client) => new(
        Reasons.ConfirmingCreate, $"CARTO does not list the client {client} yet, which was created a moment ago; it is listed again", ClientListing.Lag);

    /// <summary>What a person reads of a client on record that is not changed because it does not bear the mark.</summary>
    internal static string NotMarked(Observation seen, string client) => client == seen.AdoptedId && seen.AdoptionRefusal is { } refusal
        ? refusal
        : $"CARTO lists the client {client} without the mark of this resource, so it is not changed: rename it in CARTO to "
            + $"\"{seen.Name.For(seen.Status.Current is { } current && current.ClientId == client ? current.Serial : 1)}\" if it belongs to the resource";

    /// <summary>Has a list prove the deletions that were requested.</summary>
    internal static Step Confirm(Observation seen)
    {
        var client = seen.Asked.Keys.First();
        return seen.ReadyLists.Contains(seen.AccountOf(client).Key) ? new Step.FindByMarker(seen.AccountOf(client).Key) : new Step.AwaitList();
    }

    /// <summary>A deletion that did not take effect, as far as a list shows; null: there is none.</summary>
    internal static Step.Wait? Unconfirmed(Observation seen)
    {
        foreach (var (client, refusal) in seen.StillListed)
        {
            if (seen.OutOfSight.Contains(client))
            {
                return OutOfSight(client);
            }

            if (seen.ListOf(client) is { Gap: { } gap } list && !list.Has(client))
            {
                return Incomplete(gap);
            }

            if (seen.ListOf(client)?.Lacks(client) == true)
            {
                return new Step.Wait(
                    Reasons.RevocationUnconfirmed,
                    $"CARTO does not list the client {client}, which is new, and answered its deletion with: {refusal?.Message}; a list may lag behind, so the "
                        + "deletion is requested again",
                    ClientListing.Lag);
            }

            return new Step.Wait(
                Reasons.RevocationUnconfirmed,
                refusal is null
                    ? $"CARTO still lists the client {client} although it accepted its deletion; the deletion is requested again"
                    : $"CARTO still lists the client {client} and answered its deletion with: {refusal.Message}; the deletion is requested again");
        }

        return null;
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
        if (seen is { SecretWasRefused: true, HasCreated: false, Pair: { Origin: not PairOrigin.Secret } unused }
            && unused.Serial > known
            && IsOld(seen, now)
            && !(unused.CreatedAt + Patience > now))
        {
            return new Step.Revoke(unused.ClientId);
        }

        if (Unconfirmed(seen) is { } unconfirmed)
        {
            return unconfirmed;
        }

        if (!seen.NoCreateOutstanding)
        {
            if (seen.Listed is not { } list)
            {
                return seen.Asked.Count > 0 ? Confirm(seen) : new Step.FindByMarker();
            }

            if (seen.Unrecorded.FindAll(client => !seen.Asked.ContainsKey(client.ClientId)) is [_, ..] found && Resume(seen, found, known) is { } resumed)
            {
                return resumed;
            }

            if (seen.Asked.Count > 0)
            {
                return Confirm(seen);
            }

            if (list.Gap is { } gap && seen.Pair is null)
            {
                return Incomplete(gap);
            }
        }

        if (seen.Pair is { } pair && pair.Serial > known)
        {
            return Switch(seen, pair);
        }

        if (!seen.NoCreateOutstanding && seen.LacksPending && StillInGrace(seen, now) is { } wait)
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

        return MayCreate(seen)
            ?? Unlisted(seen)
            ?? (seen is { SecretWasRefused: true, SecretIsAccepted: false } ? new Step.TrySecret() : null)
            ?? (Step)new Step.Create(Math.Max(Math.Max(known, seen.HighestSerialSeen) + 1, seen.Status.Pending?.Serial ?? 1));
    }

    /// <summary>
    /// The record was lost, and CARTO does not list the client that the Secret names. A pair that works shows that the list is wrong, or that the
    /// client is in another account: then a second client would be one too many. Null: nothing speaks against creating one.
    /// </summary>
    private static Step? Unlisted(Observation seen) => seen switch
    {
        { UnlistedPair: null } or { MustVerify: false } or { UnlistedPairWorks: false } => null,
        { NoCreateOutstanding: true } or { Status.Current: not null } => null,
        { UnlistedPair.ClientId: var client } when seen.Gone.Contains(client) || seen.StandingOf(client) != Standing.Absent => null,
        { UnlistedPairWorks: null } => new Step.VerifyUnlisted(),
        { UnlistedPair.ClientId: var client } => new Step.Wait(
            Reasons.ClientNotListed,
            $"the Secret holds the pair of the client {client}, which obtains tokens, but {seen.Account.Key} does not list it: if it is in another account, "
                + "delete the Secret to have a new client created"),
    };

    /// <summary>
    /// The client exists already: take it over, once it is certain that the account allows it and that its pair works.
    /// </summary>
    private static Step Adopt(Observation seen, string clientId)
    {
        if (seen.Listed is not { } list)
        {
            return new Step.FindByMarker();
        }

        if (list.Lacks(clientId))
        {
            return new Step.Stall(
                Reasons.ClientNotFound,
                $"spec.clientId: CARTO shows no client {clientId} to the user of the account; write the ID of one of that user's clients",
                ConflictLook);
        }

        if (seen.AdoptionRefusal is { } refused)
        {
            return new Step.Stall(Reasons.AdoptionNotAllowed, refused, ConflictLook);
        }

        if (!list.Has(clientId))
        {
            return Incomplete(list.Gap!);
        }

        if (seen.Pair?.ClientId != clientId)
        {
            return seen.GivenSecretProblem is { } problem ? new Step.Stall(
                    seen.Refusal is null ? Reasons.ClientSecretUnknown : Reasons.CredentialsInvalid, problem, ConflictLook)
                : seen.Unreadable.Contains(clientId) ? new Step.ReadGivenSecret(clientId)
                : (Step)new Step.ReadBack(clientId);
        }

        if (!seen.MustVerify || seen.PairWorks)
        {
            return new Step.WriteSecret();
        }

        return seen.Refusal is { } refusal
            ? new Step.Stall(Reasons.CredentialsInvalid, $"CARTO does not take the pair of the client {clientId}: {refusal}", ConflictLook)
            : new Step.Verify();
    }

    /// <summary>
    /// Clients of an interrupted create: the newest whose secret can be read is kept, the others are revoked. Those that are not newer
    /// than the recorded one were replaced by it. Null: nothing is left of them but what the Secret names.
    /// </summary>
    private static Step? Resume(Observation seen, List<MarkedClient> found, int known)
    {
        if (found.Find(client => client.Serial <= known && !seen.IsInUse(client.ClientId)) is { } replaced)
        {
            return WasReplaced(seen, replaced) ? new Step.Retire(replaced.ClientId) : new Step.Revoke(replaced.ClientId);
        }

        if (seen.Pair is { } pair && found.Any(client => client.ClientId == pair.ClientId))
        {
            var stray = found.FirstOrDefault(client => client.ClientId != pair.ClientId);
            return stray is null ? Switch(seen, pair) : new Step.Revoke(stray.ClientId);
        }

        var newest = found.Where(client => !seen.Unreadable.Contains(client.ClientId)).OrderByDescending(client => client.Serial)
            .ThenByDescending(client => client.CreatedAt).FirstOrDefault();
        return newest is not null ? new Step.ReadBack(newest.ClientId)
            : found.Find(client => !seen.IsInUse(client.ClientId)) is { } unreadable ? new Step.Revoke(unreadable.ClientId)
            : null;
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
        var gentle = seen.Status.Pending?.Overlap is not null && seen.SecretHoldsPair;
        if (!seen.MustVerify || seen.PairWorks || !(gentle || NeedsTrial(pair)))
        {
            return new Step.WriteSecret();
        }

        return seen.Refusal is { } refusal ? NotYet(refusal) : new Step.Verify();
    }

    /// <summary>Whether a secret may be something else than a secret: what CARTO tells later may be a mask, what a person gives a mistake.</summary>
    private static bool NeedsTrial(Pair pair) => pair.Origin is PairOrigin.Told or PairOrigin.Given;

    private static Step.Wait NotYet(string refusal) =>
        new(Reasons.CredentialsInvalid, $"CARTO does not yet take the new pair; it is tried again: {refusal}");

    /// <summary>A client is on record: keep Secret and name right, and revoke what was replaced.</summary>
    private static Step Maintain(M2MOAuthClient resource, Observation seen, ClientRecord current, DateTimeOffset now)
    {
        var named = seen.Secret is SecretView.Ours ours && ours.ClientId == current.ClientId ? ours : null;
        var changed = named is null
            || named.ResourceVersion != seen.Status.SecretResourceVersion
            || named.IsOwned == resource.IsRetained()
            || (seen.Fingerprint is { } wanted && named.RenderedFrom != wanted)
            || (seen is { SecretIsLive: true, SecretInSync: false, Pair.Origin: PairOrigin.Told } && seen.Pair.ClientId == current.ClientId);
        if ((changed || seen.LookAtAll) && !seen.SecretIsLive)
        {
            return new Step.ReadSecret();
        }

        if (Missing(seen, current) is { } missing)
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
            if (seen.SecretMutation is { } mutation)
            {
                return new Step.Stall(Reasons.SecretMutated, mutation, MutationLook);
            }

            return seen.Pair?.ClientId == current.ClientId && seen.Fingerprint is not null
                ? (NeedsTrial(seen.Pair) && seen.MustVerify && !seen.PairWorks ? new Step.Verify() : new Step.WriteSecret())
                : NeedsAccount(seen) ?? Claimed(seen, current) ?? Restore(resource, seen, current);
        }

        if (seen.MustVerify && !seen.Verified)
        {
            return seen.Refusal is { } refusal
                ? ReadAgain(seen, current, now) ?? NotYet(refusal)
                : NeedsAccount(seen) ?? (seen.SecretIsLive ? new Step.Verify() : (Step)new Step.ReadSecret());
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

    /// <summary>
    /// What to do about a client on record that a comparison did not find, or of which CARTO refused to do something; null: nothing. Only a
    /// list that began after that decides whether it is gone.
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
            null => new Step.FindByMarker(seen.AccountOf(current.ClientId).Key),
            // Where the secret could not be read, that is known without the refusal.
            var list when list.Has(current.ClientId) => refusal is null || seen.Unreadable.Contains(current.ClientId)
                ? null
                : Failures.EndOf(refusal, seen.AccountOf(current.ClientId).Key.ToString()),
            { Gap: { } gap } => Incomplete(gap),
            _ when seen.StandingOf(current.ClientId) == Standing.TooNew => NotYetListed(current.ClientId),
            _ when !seen.SecretIsLive => new Step.ReadSecret(),
            _ => new Step.ConfirmMissing(current.ClientId, TryPair: seen.Absence != Absence.Accepted),
        };
    }

    /// <summary>The Secret names a newer client than the record: it counts if CARTO lists that with the resource's mark.</summary>
    private static Step.FindByMarker? Claimed(Observation seen, ClientRecord current) =>
        seen is { Listed: null, Secret: SecretView.Ours { ClientId: { } id, Serial: var serial } } && id != current.ClientId && serial > current.Serial
            ? new Step.FindByMarker()
            : null;

    /// <summary>An account of the recorded name that may be another user's: its list tells whether the client is in it.</summary>
    private static Step? Place(Observation seen, ClientRecord current) => seen switch
    {
        { IsOutOfPlace: false } or { Account.Barred: not null } => null,
        { Listed: null } => NeedsAccount(seen) ?? new Step.FindByMarker(),
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
    private static Step? Retire(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        var due = seen.Status.Retiring?.FirstOrDefault(retiring => retiring.RevokeAfter <= now
            && !seen.IsInUse(retiring.ClientId)
            && Records(resource, retiring)
            && !seen.Asked.ContainsKey(retiring.ClientId)
            && !seen.StillListed.ContainsKey(retiring.ClientId));
        if (due is null)
        {
            return Unconfirmed(seen) ?? (seen.Asked.Count > 0 ? Confirm(seen) : null);
        }

        return (seen.OutOfSight.Contains(due.ClientId) ? OutOfSight(due.ClientId) : MayRevoke(seen.AccountOf(due.ClientId))) switch
        {
            null => seen.StandingOf(due.ClientId) switch
            {
                Standing.Ours => new Step.Revoke(due.ClientId),
                Standing.Unknown => new Step.FindByMarker(seen.AccountOf(due.ClientId).Key),
                Standing.Unseen => Incomplete(seen.ListOf(due.ClientId)!.Gap!),
                Standing.TooNew => NotYetListed(due.ClientId),
                Standing.Login => LogsIn(seen, due.ClientId),
                var standing => new Step.Drop(due.ClientId, IsForeign: standing == Standing.NotOurs),
            },
            Step.Wait wait => wait with { Message = $"the replaced client {due.ClientId} cannot be revoked yet: {wait.Message}" },
            var end => end,
        };
    }

    private static bool Records(M2MOAuthClient resource, RetiringClient client) =>
        resource.Status?.Retiring?.Any(recorded => recorded.ClientId == client.ClientId) == true;

    /// <summary>Clients that a comparison found in another account go on record: they may be in use. An account out of reach is not waited for.</summary>
    private static Step? RetireElsewhere(Observation seen)
    {
        if (UnlistedStrayAccounts(seen).OfType<AccountView.Available>().FirstOrDefault() is { } account)
        {
            return new Step.FindByMarker(account.Key);
        }

        return seen.MarkedElsewhere.Select(other => other.Client.ClientId).FirstOrDefault(client => !seen.Holds(client)) is { } stray
            ? new Step.Retire(stray)
            : null;
    }

    /// <summary>The accounts in which a comparison found clients that are not on record, and that were not listed since.</summary>
    internal static IEnumerable<AccountView> UnlistedStrayAccounts(Observation seen) =>
        seen.Others.Where(other => seen.StrayAccounts.Contains(other.Key) && !seen.Lists.ContainsKey(other.Key));

    private static Step? RevokeStrays(Observation seen) => DriftPlan.Strays(seen) is { } step ? NeedsAccount(seen) ?? step : null;

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

    /// <summary>
    /// CARTO has had its time to take the pair that it told when it created the client. It may have been no secret: what CARTO tells now is tried
    /// as well. Null: it was, or cannot be.
    /// </summary>
    private static Step? ReadAgain(Observation seen, ClientRecord current, DateTimeOffset now) =>
        current.CreatedAt + Patience > now || seen.Unreadable.Contains(current.ClientId) ? null : seen.StandingOf(current.ClientId) switch
        {
            Standing.Unknown => NeedsAccount(seen) ?? new Step.FindByMarker(seen.AccountOf(current.ClientId).Key),
            Standing.Ours => NeedsAccount(seen) ?? new Step.ReadBack(current.ClientId),
            _ => null,
        };

    /// <summary>The pair is lost, unless CARTO tells it again, or the person who had the client adopted does.</summary>
    private static Step Restore(M2MOAuthClient resource, Observation seen, ClientRecord current)
    {
        var standing = seen.StandingOf(current.ClientId);
        if (standing == Standing.Unknown)
        {
            return new Step.FindByMarker(seen.AccountOf(current.ClientId).Key);
        }

        if (standing == Standing.Unseen)
        {
            return Incomplete(seen.ListOf(current.ClientId)!.Gap!);
        }

        if (standing == Standing.TooNew)
        {
            return NotYetListed(current.ClientId);
        }

        // What another may own is not written down.
        if (standing is Standing.Ours && !seen.Unreadable.Contains(current.ClientId))
        {
            return new Step.ReadBack(current.ClientId);
        }

        var given = resource.Spec.ClientSecretRef is not null
            && resource.Spec.ClientId == current.ClientId
            && standing is Standing.Ours
            && seen.GivenSecretProblem is null;
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

        if (seen.Account is not AccountView.Available { CanRename: true })
        {
            // It cannot be set, but what it is can be told.
            return seen.Status.DisplayName is null && seen.Listed is null ? new Step.FindByMarker() : null;
        }

        return seen.StandingOf(current.ClientId) switch
        {
            Standing.Ours => new Step.Rename(current.ClientId, current.Serial),
            Standing.Unknown => new Step.FindByMarker(seen.AccountOf(current.ClientId).Key),
            Standing.Unseen => Incomplete(seen.ListOf(current.ClientId)!.Gap!),
            Standing.NotOurs => new Step.Stall(Reasons.ClientNotMarked, NotMarked(seen, current.ClientId), ConflictLook),
            Standing.TooNew => NotYetListed(current.ClientId),
            Standing.Login => LogsIn(seen, current.ClientId),
            _ when seen.Presence != Presence.Unknown => DriftPlan.Missing(seen, current),
            _ when !seen.SecretIsLive => new Step.ReadSecret(),
            _ => new Step.ConfirmMissing(current.ClientId, TryPair: true),
        };
    }

    private static bool Moves(M2MOAuthClient resource, AccountRecord? account) =>
        account is not null && (account.Kind, account.Name) != (resource.Spec.AccountRef.Kind, resource.Spec.AccountRef.Name);

    private static Step? NeedsAccount(Observation seen) => NeedsAccount(seen.Account);

    private static Step? NeedsAccount(AccountView account) =>
        account.Barred is { } barred ? new Step.Wait(barred.Reason, barred.Message) : MayRevoke(account);

    /// <summary>A client is created only where it is certain that it can be revoked.</summary>
    private static Step? MayCreate(Observation seen) => NeedsAccount(seen) ?? seen.Account switch
    {
        _ when seen.HasCreated => new Step.Wait(Reasons.Progressing, "the client that was just created goes on record first", TimeSpan.Zero),
        _ when seen.CreatesPausedFor is { } pause => new Step.Wait(
            Reasons.ClientSecretUnknown,
            "CARTO creates clients in this account without telling their secrets, neither at once nor later; they were revoked again, and nothing is "
                + "created for a while: check in docs of the account's interface how a client's secret can be read",
            pause),
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
        var left = (seen.FirstMiss ?? now) + ClientListing.Lag - now;
        return left > TimeSpan.Zero
            ? new Step.Wait(Reasons.ConfirmingCreate, "an earlier create may still show in CARTO's list; looking again before going on", left)
            : null;
    }

    internal static bool HasFinalizer(M2MOAuthClient resource) => resource.Metadata.Finalizers?.Contains(WireNames.Finalizer) == true;
}
