using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// Makes a record of what CARTO's lists show of a resource whose record was lost or is in doubt. Each client with its mark may be in use, so
/// each one but the client that goes on gets a full overlap.
/// </summary>
internal static class RecordFromLists
{
    /// <summary>
    /// The client that the Secret names is the one in use, if it bears the mark; where nothing says which one is, it is the newest of the account
    /// that was listed first.
    /// </summary>
    /// <param name="seen">What is known.</param>
    /// <param name="wanted">The account that the spec names: a newer client that is there already is on its way.</param>
    /// <param name="now">The time.</param>
    public static Observation Make(Observation seen, AccountKey wanted, DateTimeOffset now)
    {
        // A record that only lacks its client goes on to hold; of one that is wrong, what it says of other accounts is a hint.
        var kept = seen.IsRecorded && seen.Status.Current is null ? seen.Status : new M2MOAuthClientStatus();
        // What the Secret names is in use, whatever the record says of it.
        kept = kept with { Retiring = kept.Retiring?.Where(client => !seen.IsInUse(client.ClientId)).ToList() };
        var hint = seen.IsRecorded ? seen.Status : seen.Doubted ?? kept;
        var here = (seen.Account as AccountView.Available)?.Account ?? seen.Status.Account;
        var found = (seen.Marked ?? []).Where(client => kept.Retiring?.Any(retiring => retiring.ClientId == client.ClientId) != true)
            .OrderByDescending(client => client.Serial).ThenByDescending(client => client.CreatedAt).ToList();
        var elsewhere = seen.MarkedElsewhere.Select(other => new ClientElsewhere(other.Client, other.Account.Account, other.Account.Key)).ToList();
        var (current, place) = InUse(seen, found, here, elsewhere);

        // One that was just created is about to take the place of the one in use.
        var next = current is not null && seen.Pair is { Origin: PairOrigin.Created } held && held.Serial > current.Serial ? held : null;
        var moving = elsewhere.Where(other => other.Key == wanted && current is not null && place == here && other.Client.Serial > current.Serial)
            .MaxBy(other => other.Client.Serial);
        var pending = next is not null ? new PendingClient { Serial = next.Serial, Since = WireTime.Of(now), Overlap = seen.Overlap }
            : hint.Pending is { } intent && intent.IsPlausible(now) && (kept.Pending is not null || intent.Account is not null) && !(intent.Serial <= current?.Serial) ? intent
            : moving is { Client: var coming }
                ? new PendingClient { Serial = coming.Serial, Since = WireTime.Of(now), Overlap = seen.Overlap, Account = moving.Account }
            : null;

        var end = WireTime.Of(now + Rotation.LengthOf(seen.Overlap));
        // Of a record that names another account, nothing is left but what was found here; else it may be another account of the same name.
        var account = current is not null || seen.IsElsewhere(seen.Doubted?.Account) ? place : seen.Status.Account;
        // Without one in use here, those that were found here are looked at one by one.
        var others = (current is null ? [] : found.Where(client => client.ClientId != next?.ClientId).Select(client => (client.ClientId, Account: here)))
            .Concat(elsewhere.Where(other => !other.Account.IsSameAs(pending?.Account)).Select(other => (other.Client.ClientId, Account: (AccountRecord?)other.Account)))
            .Select(other => new RetiringClient
            {
                ClientId = other.ClientId,
                RevokeAfter = end,
                Account = other.Account.IsSameAs(account) ? null : other.Account,
            });
        List<RetiringClient> retiring =
        [
            .. others.Concat(kept.Retiring ?? KeptElsewhere(seen, hint, end))
                .Where(client => client.ClientId != current?.ClientId)
                .DistinctBy(client => client.ClientId),
        ];
        var made = seen with
        {
            IsRecorded = true,
            IsRecordFromList = true,
            Status = seen.Status with { Pending = pending, Retiring = retiring.Count > 0 ? retiring : null, Account = account },
            NoCreateOutstanding = current is null ? seen.NoCreateOutstanding : pending is null,
        };
        if (current is null)
        {
            // Nothing was ever in use, or nothing is left: the way of an interrupted create.
            return made with { Status = made.Status with { Current = null, ClientId = null, DisplayName = null } };
        }

        return made with
        {
            Status = made.Status with
            {
                Current = new ClientRecord { ClientId = current.ClientId, Serial = current.Serial, CreatedAt = WireTime.NotAfter(current.CreatedAt, now) },
                DisplayName = current.Name.Length > 0 ? current.Name : null,
                LastHandledRotateAt = seen.HandledRotation,
                SecretResourceVersion = null,
            },
        };
    }

    /// <summary>The client that goes on, and the account that it is in.</summary>
    private static (MarkedClient? Client, AccountRecord? Account) InUse(
        Observation seen, List<MarkedClient> found, AccountRecord? here, List<ClientElsewhere> elsewhere)
    {
        var named = (seen.Secret as SecretView.Ours)?.ClientId;
        if (named is not null && found.Find(client => client.ClientId == named) is { } listed)
        {
            return (listed, here);
        }

        if (named is not null && named == seen.AdoptedId && seen.StandingOf(named) == Standing.Ours)
        {
            return (new MarkedClient(named, found is [var newest, ..] ? newest.Serial - 1 : 1, seen.Listed!.Names[named] ?? "", CreatedAt: null), here);
        }

        if (named is not null && elsewhere.Find(other => other.Client.ClientId == named) is { } other)
        {
            return (other.Client, other.Account);
        }

        // Clients of several serials are more than one interrupted create leaves.
        var hadClients = seen.HadClients || (!seen.IsRecorded && found.DistinctBy(client => client.Serial).Count() > 1);
        return (hadClients && seen.Pair is null ? found.FirstOrDefault() : null, here);
    }

    /// <summary>
    /// Clients that a record names in other accounts than the one that was listed. They are kept: whether they are the resource's, the lists of
    /// their accounts show before one is revoked.
    /// </summary>
    private static IEnumerable<RetiringClient> KeptElsewhere(Observation seen, M2MOAuthClientStatus record, DateTimeOffset end)
    {
        var named = record.Retiring ?? [];
        if (record.Current is { ClientId.Length: > 0 } current)
        {
            named = [.. named, new RetiringClient { ClientId = current.ClientId }];
        }

        return
            from client in named
            let account = client.Account ?? record.Account
            where seen.IsElsewhere(account)
            select client with { Account = account, RevokeAfter = end };
    }

    private sealed record ClientElsewhere(MarkedClient Client, AccountRecord Account, AccountKey Key);
}
