using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>The part of <see cref="Plan"/> that makes a record where none can be believed, or where CARTO's list speaks against it.</summary>
internal static class RecordPlan
{
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

        if (Preconditions.NeedsAccount(seen) is { } end)
        {
            return end;
        }

        return seen.Listed switch
        {
            null => new Step.FindByMarker(),
            { Gap: { } gap } when !(seen.Secret is SecretView.Ours { ClientId: { } named } && seen.Proven.Contains(named)) => Preconditions.Incomplete(gap),
            _ => SearchOthers(seen)
                ?? ObtainPlan.Unlisted(seen)
                ?? (seen.LacksInUse && !seen.MustVerify ? Preconditions.StillInGrace(seen, now) : null)
                ?? (Step)new Step.TakeRecord(),
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
                    return Preconditions.Incomplete(gap);
                }
            }
            else if (account is not AccountView.Unavailable { Reason: Reasons.AccountNotFound })
            {
                return Preconditions.MayRevoke(account) switch
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
        (seen is { Status.Current: { } moved, IsRecordFromList: false } && seen.IsElsewhere(seen.Status.Account) && seen.Marked?.Any(client => client.ClientId == moved.ClientId) == true)
        || IsUnmarked(seen);

    private static bool IsUnmarked(Observation seen) =>
        seen is { Status.Current: { } current, IsRecordFromList: false, AccountMayBeAnother: false, Listed: not null }
        && !seen.Elsewhere.ContainsKey(current.ClientId)
        && !seen.Gone.Contains(current.ClientId)
        && seen.StandingOf(current.ClientId) switch
        {
            Standing.NotOurs => seen.Unrecorded.Count > 0 || seen.Listed.IsMarkedForOthers(current.ClientId, seen.Name.Owner),
            Standing.Absent => seen.Unrecorded.Exists(client => seen.Status.Pending is null || seen.IsInUse(client.ClientId)),
            _ => false,
        };
}
