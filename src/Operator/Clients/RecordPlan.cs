using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>The part of <see cref="Plan"/> that rebuilds the record if none can be trusted or CARTO's list contradicts it.</summary>
internal static class RecordPlan
{
    /// <summary>
    /// Rebuilds an untrusted record from the clients CARTO lists with the resource's mark. Null if there is a record that the list does not
    /// contradict.
    /// </summary>
    internal static Step? RecordFirst(Observation seen, DateTimeOffset now)
    {
        if (!IsMissing(seen) && !IsContradicted(seen))
        {
            return null;
        }

        if (seen.LiveSecret is null)
        {
            return new Step.ReadSecret();
        }

        if (Preconditions.WhyNotUse(seen) is { } end)
        {
            return end;
        }

        return seen.Listed switch
        {
            null => new Step.FindByMark(),
            { Gap: { } gap } when !(seen.Secret is SecretView.Ours { ClientId: { } named } && seen.Proven.Contains(named)) =>
                Preconditions.Incomplete(gap),
            _ => SearchOthers(seen)
                ?? ObtainPlan.Unlisted(seen)
                ?? (seen.LacksInUse && !seen.MustVerify ? Preconditions.StillInGrace(seen, now) : null)
                ?? (Step)new Step.RebuildRecord(),
        };
    }

    /// <summary>
    /// Without a record, clients of the resource may be in any account that it or a doubted record names, so those are listed too. Null if
    /// they were or need not be.
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
                    return Preconditions.Incomplete(gap);
                }
            }
            else if (account is not AccountView.Unavailable { Reason: Reasons.AccountNotFound })
            {
                return Preconditions.WhyNotRevoke(account) switch
                {
                    null => new Step.FindByMark(account.Key),
                    Step.Wait wait => wait with { Message = $"the resource may have a client in another account as well: {wait.Message}" },
                    var end => end,
                };
            }
        }

        return null;
    }

    /// <summary>There is no record, or it has no client although a create may have taken effect that it does not show.</summary>
    private static bool IsMissing(Observation seen) =>
        seen.Record switch
        {
            RecordSource.None => true,
            RecordSource.Status => seen is { Status.Current: null, NoCreateOutstanding: false },
            _ => false,
        };

    /// <summary>Whether CARTO's list speaks against the record: of the client, or of the account that it is in.</summary>
    private static bool IsContradicted(Observation seen) => IsHere(seen) || IsUnmarked(seen);

    /// <summary>The account that the resource works with lists the recorded client, which the record has in another account.</summary>
    private static bool IsHere(Observation seen) =>
        seen is { Status.Current: { } current, Record: not RecordSource.Lists }
        && seen.IsElsewhere(seen.Status.Account)
        && seen.Marked?.Any(client => client.ClientId == current.ClientId) == true;

    /// <summary>
    /// CARTO lists the resource's mark on a client other than the recorded one, which it lists without the mark or not at all. With another
    /// client pending, that may be the one, unless the Secret already names it or the recorded one surely belongs to another owner.
    /// </summary>
    private static bool IsUnmarked(Observation seen) =>
        seen is { Status.Current: { } current, Record: not RecordSource.Lists, AccountMayBeAnother: false, Listed: not null }
        && !seen.Elsewhere.ContainsKey(current.ClientId)
        && !seen.Gone.Contains(current.ClientId)
        && seen.OwnershipOf(current.ClientId) switch
        {
            Ownership.NotOurs => seen.Unrecorded.Count > 0 || seen.Listed.IsMarkedForOthers(current.ClientId, seen.Name.Owner),
            Ownership.Absent => seen.Unrecorded.Exists(client => seen.Status.Pending is null || seen.IsInUse(client.ClientId)),
            _ => false,
        };
}
