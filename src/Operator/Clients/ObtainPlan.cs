using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// The part of <see cref="Plan"/> for a resource without a recorded client, or with another one pending: find, adopt or create it.
/// </summary>
internal static class ObtainPlan
{
    /// <summary>No client is on record, or another one is pending: find it or create it.</summary>
    internal static Step Obtain(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (seen.LiveSecret is null)
        {
            return new Step.ReadSecret();
        }

        if (Preconditions.WhyNotUse(seen) is { } end)
        {
            return end;
        }

        if (resource.Spec.ClientId is { } adopted && seen.Status is { Current: null, Pending: null })
        {
            return Adopt(seen, adopted);
        }

        var known = seen.Status.Current?.Serial ?? 0;
        if (
            seen is { SecretAcceptance: SecretAcceptance.Refused, HasCreated: false, Unwritten: { } unused }
            && Plan.IsOld(seen, now)
            && !(unused.CreatedAt + Preconditions.Patience > now)
        )
        {
            return new Step.Revoke(unused.ClientId);
        }

        if (Preconditions.Unconfirmed(seen) is { } unconfirmed)
        {
            return unconfirmed;
        }

        if (!seen.NoCreateOutstanding)
        {
            if (seen.Listed is not { } list)
            {
                return Preconditions.Confirm(seen) ?? new Step.FindByMark();
            }

            if (
                seen.Unrecorded.FindAll(client => !seen.Revoking.ContainsKey(client.ClientId)) is [_, ..] found
                && Resume(resource, seen, found, now) is { } resumed
            )
            {
                return resumed;
            }

            if (Preconditions.Confirm(seen) is { } confirm)
            {
                return confirm;
            }

            if (list.Gap is { } gap && seen.Pair is null)
            {
                return Preconditions.Incomplete(gap);
            }
        }

        if (seen.Pair is { } pair && pair.Serial > known)
        {
            return Switch(seen, pair, now);
        }

        if (!seen.NoCreateOutstanding && seen.LacksPending && Preconditions.StillInGrace(seen, now) is { } wait)
        {
            return wait;
        }

        if (seen is { NoCreateOutstanding: false, AccountMayBeAnother: true } && seen.Status.Pending?.Account is null)
        {
            return new Step.Stall(
                Reasons.AccountOwnerChanged,
                "the account belongs to another CARTO user than the one for whom a client may have been created: restore its former "
                    + "credentials, or "
                    + $"delete the resource with the annotation {WireNames.Annotations.Abandon}: \"true\" and create it again",
                Preconditions.ConflictRetry
            );
        }

        return Preconditions.WhyNotCreate(seen)
            ?? Unlisted(seen)
            ?? (seen.SecretAcceptance == SecretAcceptance.Refused ? new Step.DryRunSecret() : null)
            ?? (Step)new Step.Create(Math.Max(Math.Max(known, seen.HighestSerialSeen) + 1, seen.Status.Pending?.Serial ?? 1));
    }

    /// <summary>
    /// The record was lost, and CARTO does not list the client named by the Secret. If its credentials work, the list is wrong or the
    /// client is in another account, and a second client must not be created. Null if one may be created.
    /// </summary>
    internal static Step? Unlisted(Observation seen) =>
        seen switch
        {
            { UnlistedPair: null or { Works: false } } or { MustVerify: false } => null,
            { NoCreateOutstanding: true } or { Status.Current: not null } => null,
            { UnlistedPair.ClientId: var client } when seen.Gone.Contains(client) || seen.OwnershipOf(client) != Ownership.Absent => null,
            { UnlistedPair.Works: null } => new Step.VerifyUnlisted(),
            { UnlistedPair.ClientId: var client } => new Step.Wait(
                Reasons.ClientNotListed,
                $"the Secret holds credentials of the client {client} that obtain tokens, but {seen.Account.Key} does not list it: if it "
                    + "is in another account, "
                    + "delete the Secret to have a new client created"
            ),
        };

    /// <summary>The client already exists: adopt it once the account is known to allow it and its credentials work.</summary>
    private static Step Adopt(Observation seen, string clientId)
    {
        if (seen.Listed is not { } list)
        {
            return new Step.FindByMark();
        }

        if (list.Lacks(clientId))
        {
            return new Step.Stall(
                Reasons.ClientNotFound,
                $"spec.clientId: CARTO shows no client {clientId} to the user of the account; write the ID of one of that user's clients",
                Preconditions.ConflictRetry
            );
        }

        if (seen.AdoptionRefusal is { } refused)
        {
            return new Step.Stall(Reasons.AdoptionNotAllowed, refused, Preconditions.ConflictRetry);
        }

        if (!list.Has(clientId))
        {
            return Preconditions.Incomplete(list.Gap!);
        }

        if (seen.Pair?.ClientId != clientId)
        {
            return seen.ReferencedSecretProblem is { } problem
                    ? new Step.Stall(
                        seen.Refusal is null ? Reasons.ClientSecretUnknown : Reasons.CredentialsInvalid,
                        problem,
                        Preconditions.ConflictRetry
                    )
                : seen.Unreadable.Contains(clientId) ? new Step.ReadReferencedSecret(clientId)
                : (Step)new Step.ReadBack(clientId);
        }

        if (seen.IsPairTried)
        {
            return new Step.WriteSecret();
        }

        return seen.Refusal is { } refusal
            ? new Step.Stall(
                Reasons.CredentialsInvalid,
                $"CARTO does not accept the credentials of the client {clientId}: {refusal}",
                Preconditions.ConflictRetry
            )
            : new Step.Verify();
    }

    /// <summary>
    /// Clients of an interrupted create: keeps the newest whose secret can be read and revokes the others. Those not newer than the
    /// recorded one were there before and may be in use. Null if only the client named by the Secret is left.
    /// </summary>
    private static Step? Resume(M2MOAuthClient resource, Observation seen, List<MarkedClient> found, DateTimeOffset now)
    {
        var known = seen.Status.Current?.Serial ?? 0;
        Step Release(string client) => Preconditions.MayBeInUse(resource, seen, now) ? new Step.Retire(client) : new Step.Revoke(client);
        if (found.Find(client => client.Serial <= known && !seen.IsInUse(client.ClientId)) is { } replaced)
        {
            return new Step.Retire(replaced.ClientId);
        }

        if (seen.Pair is { } pair && found.Any(client => client.ClientId == pair.ClientId))
        {
            var stray = found.FirstOrDefault(client => client.ClientId != pair.ClientId);
            return stray is null ? Switch(seen, pair, now) : Release(stray.ClientId);
        }

        var newest = found
            .Where(client => !seen.Unreadable.Contains(client.ClientId))
            .OrderByDescending(client => client.Serial)
            .ThenByDescending(client => client.CreatedAt)
            .FirstOrDefault();
        return newest is not null ? new Step.ReadBack(newest.ClientId)
            : found.Find(client => !seen.IsInUse(client.ClientId)) is { } unreadable ? Release(unreadable.ClientId)
            : null;
    }

    /// <summary>Working credentials are only replaced by ones that also work.</summary>
    private static Step Switch(Observation seen, Pair pair, DateTimeOffset now)
    {
        var gentle = seen.Status.Pending?.Overlap is not null && seen.LiveSecret is { HoldsPair: true };
        if (seen.IsPairTried || !(gentle || Preconditions.NeedsTrial(pair)))
        {
            return new Step.WriteSecret();
        }

        return seen.Refusal is { } refusal ? Preconditions.NotYet(pair, refusal, now) : new Step.Verify();
    }
}
