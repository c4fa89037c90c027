using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// The part of <see cref="Plan"/> for a resource that is being deleted: it first revokes the resource's clients in CARTO, has a list prove
/// that they are gone, and removes the finalizer last. Revoking never needs the credentials Secret.
/// </summary>
internal static class DeletionPlan
{
    public static Step Decide(M2MOAuthClient resource, Observation seen, DateTimeOffset now)
    {
        if (!Plan.HasFinalizer(resource))
        {
            return new Step.Gone();
        }

        if (resource.Metadata.Annotations.Find(WireNames.Annotations.Abandon) == "true")
        {
            return new Step.RemoveFinalizer();
        }

        if (resource.IsRetained())
        {
            return Retain(seen, now);
        }

        return Preconditions.WhyNotRevoke(seen.Account) is { } end
            ? RevokeElsewhere(seen) ?? (IsNothingLeft(seen) ? new Step.RemoveFinalizer() : Blocked(end))
            : RevokeAll(seen, kept: null, now) ?? new Step.RemoveFinalizer();
    }

    private static bool IsNothingLeft(Observation seen) => seen.IsRecorded && !seen.IsUnsure && !Recorded(seen).Any();

    /// <summary>
    /// What can be done while the recorded account is unusable: the record may be wrong, and lists of other accounts the resource names
    /// show whether they hold its clients. Null if nothing.
    /// </summary>
    private static Step? RevokeElsewhere(Observation seen)
    {
        foreach (var account in seen.Others.OfType<AccountView.Available>())
        {
            if (!seen.Lists.ContainsKey(account.Key))
            {
                return new Step.FindByMark(account.Key);
            }
        }

        return
            seen.MarkedElsewhere.Select(other => other.Client.ClientId).FirstOrDefault(client => !seen.IsBeingRevoked(client)) is { } found
            ? Revoke(seen, found, kept: null)
            : Preconditions.Confirm(seen);
    }

    /// <summary>
    /// Keeps the client and its Secret. Revokes its predecessors and unfinished successors, unless their account is what blocks the
    /// deletion.
    /// </summary>
    private static Step Retain(Observation seen, DateTimeOffset now)
    {
        if (seen.LiveSecret is null)
        {
            return new Step.ReadSecret();
        }

        if (
            seen.Account is not AccountView.Unavailable
            && (seen.Status.Retiring is not null || !seen.IsRecorded || seen.IsUnsure || seen.Revoking.Count > 0)
            && (
                Preconditions.WhyNotRevoke(seen.Account)
                ?? RecordPlan.RecordFirst(seen, now)
                ?? RevokeAll(seen, seen.Status.Current?.ClientId, now)
            )
                is { } step
        )
        {
            return step;
        }

        return seen.Secret is SecretView.Ours ? new Step.ReleaseSecret() : new Step.RemoveFinalizer();
    }

    /// <summary>
    /// Revokes the resource's clients in CARTO, recorded or not, and has a list prove it. Leaves recorded clients without the resource's
    /// mark alone.
    /// </summary>
    /// <param name="seen">The observation.</param>
    /// <param name="kept">The client to keep; null for none.</param>
    /// <param name="now">The time.</param>
    /// <returns>The next step; null when nothing is left.</returns>
    private static Step? RevokeAll(Observation seen, string? kept, DateTimeOffset now)
    {
        var recorded = Recorded(seen).Where(client => client != kept).ToList();
        var isSure = seen.IsRecorded && !seen.IsUnsure && seen.Drift is not { HasStrays: true };
        if (
            seen.Listed is null
            && !(isSure && recorded.TrueForAll(client => seen.OwnershipOf(client) == Ownership.Ours || IsInAnother(seen, client)))
        )
        {
            return new Step.FindByMark();
        }

        // The recorded account lacks it, but another one the resource names may have it.
        if (
            recorded.Exists(client => seen.OutOfSight.Contains(client) || seen.OwnershipOf(client) == Ownership.Absent)
            && seen.Others.OfType<AccountView.Available>().FirstOrDefault(other => !seen.Lists.ContainsKey(other.Key)) is { } other
        )
        {
            return new Step.FindByMark(other.Key);
        }

        if (RecordPlan.SearchOthers(seen) is { } search)
        {
            return Blocked(search);
        }

        if (Preconditions.UnlistedStrayAccounts(seen).FirstOrDefault() is { } unlisted)
        {
            return new Step.FindByMark(unlisted.Key);
        }

        var marked = (seen.Marked ?? []).Concat(seen.MarkedElsewhere.Select(other => other.Client)).Select(client => client.ClientId);
        Step? blocked = null;
        foreach (var client in recorded.Union(marked))
        {
            if (client != kept && !seen.IsBeingRevoked(client) && Revoke(seen, client, kept) is { } step)
            {
                if (step is not Step.End)
                {
                    return step;
                }

                // One client that cannot be revoked must not hold up the others.
                blocked ??= step;
            }
        }

        if (Preconditions.Unconfirmed(seen) is { } unconfirmed)
        {
            return Blocked(unconfirmed.Message, after: null);
        }

        if (Preconditions.Confirm(seen) is { } confirm)
        {
            return confirm;
        }

        if (blocked is not null)
        {
            return blocked;
        }

        if (!seen.IsUnsure && !seen.LacksInUse)
        {
            return null;
        }

        return seen.AccountMayBeAnother
                ? Blocked(
                    "the account belongs to another CARTO user than the one for whom a client may have been created: restore its former "
                        + "credentials",
                    after: null
                )
            : seen.Listed is { Gap: { } gap } ? Blocked(Preconditions.Incomplete(gap).Message, after: null)
            : !seen.IsRecorded || seen.LacksInUse || seen.LacksPending ? Preconditions.StillInGrace(seen, now)
            : null;
    }

    private static bool IsInAnother(Observation seen, string client) =>
        seen.AccountOf(client) is var account
        && account != seen.Account
        && account is not AccountView.Unavailable { Reason: Reasons.AccountNotFound };

    private static Step? Revoke(Observation seen, string client, string? kept)
    {
        if (Preconditions.WhyNotRevoke(seen.AccountOf(client)) is { } end)
        {
            // A retained client does not wait for an account that holds only its predecessors.
            return kept is not null && end is Step.Wait ? null : Blocked(end);
        }

        if (seen.OutOfSight.Contains(client))
        {
            return Blocked(Preconditions.OutOfSight(client));
        }

        return seen.OwnershipOf(client) switch
        {
            Ownership.Ours => new Step.Revoke(client),
            Ownership.Unknown => new Step.FindByMark(seen.AccountOf(client).Key),
            Ownership.TooNew => Preconditions.NotYetListed(client),
            Ownership.Login => Blocked(Preconditions.LogsIn(seen, client)),
            Ownership.Absent => new Step.Forget(client, IsForeign: false),
            Ownership.Unseen => Blocked(Preconditions.Incomplete(seen.ListOf(client)!.Gap!).Message, after: null),
            // The record is wrong if another client has the mark, or had it before it was revoked.
            _ when client != seen.Status.Current?.ClientId || seen.HighestSerialSeen > 0 => new Step.Forget(client, IsForeign: true),
            _ => Blocked(Preconditions.NotMarked(seen, client), after: null),
        };
    }

    private static IEnumerable<string> Recorded(Observation seen) =>
        RecordedStatus
            .Ids([
                .. (seen.Status.Retiring ?? []).Select(retiring => retiring.ClientId),
                seen.Unwritten?.ClientId,
                seen.Status.Current?.ClientId,
                .. (seen.Doubted?.Retiring ?? []).Select(retiring => retiring.ClientId),
                seen.Doubted?.Current?.ClientId,
            ])
            .Distinct();

    /// <summary>A blocked deletion, with what a person can do about it.</summary>
    public static Step.Wait Blocked(string cause, TimeSpan? after) =>
        new(
            Reasons.DeletionBlocked,
            $"the client cannot be revoked yet: {cause.TrimEnd('.')}; to leave it in CARTO and end the deletion, set the annotation "
                + $"{WireNames.Annotations.Abandon}: \"true\"",
            after
        );

    public static Step Blocked(Step end) =>
        end switch
        {
            Step.Wait wait => Blocked(wait.Message, wait.After),
            Step.Stall stall => Blocked(stall.Message, after: null),
            _ => end,
        };
}
