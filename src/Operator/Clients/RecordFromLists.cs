using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// Rebuilds a lost or doubted record from CARTO's lists. Every client with the resource's mark may be in use, so all but the current one
/// get a full overlap.
/// </summary>
internal static class RecordFromLists
{
    /// <summary>
    /// The client named by the Secret is the one in use, if it has the mark; if that is unknown, it is the newest one in the account listed
    /// first.
    /// </summary>
    /// <param name="seen">The observation.</param>
    /// <param name="wanted">The account named by the spec: a newer client already there is pending.</param>
    /// <param name="now">The time.</param>
    public static Observation Make(Observation seen, AccountKey wanted, DateTimeOffset now)
    {
        // A record that only lacks its client remains valid; a wrong one is just a hint about other accounts.
        var kept = seen.IsRecorded && seen.Status.Current is null ? seen.Status : new M2MOAuthClientStatus();
        // The client named by the Secret is in use, whatever the record claims.
        kept = kept with { Retiring = kept.Retiring?.Where(client => !seen.IsInUse(client.ClientId)).ToList() };
        var hint = seen.IsRecorded ? seen.Status : seen.Doubted ?? kept;
        var here = (seen.Account as AccountView.Available)?.Account ?? seen.Status.Account;
        var found = (seen.Marked ?? [])
            .Where(client => kept.Retiring?.Any(retiring => retiring.ClientId == client.ClientId) != true)
            .OrderByDescending(client => client.Serial)
            .ThenByDescending(client => client.CreatedAt)
            .ToList();
        var elsewhere = seen
            .MarkedElsewhere.Select(other => new ClientElsewhere(other.Client, other.Account.Account, other.Account.Key))
            .ToList();
        var (current, place) = InUse(seen, found, here, elsewhere);

        // A client that was just created is about to replace the one in use.
        var next = current is not null && seen.Pair is { Origin: PairOrigin.Created } held && held.Serial > current.Serial ? held : null;
        var moving = elsewhere
            .Where(other => other.Key == wanted && current is not null && place == here && other.Client.Serial > current.Serial)
            .MaxBy(other => other.Client.Serial);
        var pending =
            next is not null
                ? new PendingClient
                {
                    Serial = next.Serial,
                    Since = WireTime.Of(now),
                    Overlap = seen.Overlap,
                }
            : hint.Pending is { } intent
            && intent.IsPlausible(now)
            && (kept.Pending is not null || intent.Account is not null)
            && !(intent.Serial <= current?.Serial)
                ? intent
            : moving is { Client: var coming }
                ? new PendingClient
                {
                    Serial = coming.Serial,
                    Since = WireTime.Of(now),
                    Overlap = seen.Overlap,
                    Account = moving.Account,
                }
            : null;

        // Older clients in the account of the intent were there before it.
        bool IsComing(ClientElsewhere other) => other.Account.IsSameAs(pending?.Account) && other.Client.Serial >= pending!.Serial;

        var end = WireTime.Of(now + Rotation.LengthOf(seen.Overlap));
        // If the record names another account, only what was found here remains; otherwise this may be a different account of the same
        // name.
        var account = current is not null || seen.IsElsewhere(seen.Doubted?.Account) ? place : seen.Status.Account;
        // Without a client in use here, those found here are handled one by one.
        var others = (
            current is null
                ? []
                : found.Where(client => client.ClientId != next?.ClientId).Select(client => (client.ClientId, Account: here))
        )
            .Concat(
                elsewhere.Where(other => !IsComing(other)).Select(other => (other.Client.ClientId, Account: (AccountRecord?)other.Account))
            )
            .Select(other => new RetiringClient
            {
                ClientId = other.ClientId,
                RevokeAfter = end,
                Account = other.Account.IsSameAs(account) ? null : other.Account,
            });
        List<RetiringClient> retiring =
        [
            .. others
                .Concat(kept.Retiring ?? KeptElsewhere(seen, hint, end))
                .Where(client => client.ClientId != current?.ClientId)
                .DistinctBy(client => client.ClientId),
        ];
        var made = seen with
        {
            Record = RecordSource.Lists,
            Status = seen.Status with { Pending = pending, Retiring = retiring.Count > 0 ? retiring : null, Account = account },
            NoCreateOutstanding = current is null ? seen.NoCreateOutstanding : pending is null,
        };
        if (current is null)
        {
            // Nothing was ever in use, or nothing is left: resume as an interrupted create.
            return made with { Status = made.Status with { Current = null, ClientId = null, DisplayName = null } };
        }

        return made with
        {
            Status = made.Status with
            {
                Current = new ClientRecord
                {
                    ClientId = current.ClientId,
                    Serial = current.Serial,
                    CreatedAt = WireTime.NotAfter(current.CreatedAt, now),
                },
                DisplayName = current.Name.Length > 0 ? current.Name : null,
                LastHandledRotateAt = seen.LiveSecret?.HandledRotation,
                SecretResourceVersion = null,
            },
        };
    }

    /// <summary>The client that stays current, and its account.</summary>
    private static (MarkedClient? Client, AccountRecord? Account) InUse(
        Observation seen,
        List<MarkedClient> found,
        AccountRecord? here,
        List<ClientElsewhere> elsewhere
    )
    {
        var named = (seen.Secret as SecretView.Ours)?.ClientId;
        if (named is not null && found.Find(client => client.ClientId == named) is { } listed)
        {
            return (listed, here);
        }

        if (named is not null && named == seen.AdoptedId && seen.OwnershipOf(named) == Ownership.Ours)
        {
            return (
                new MarkedClient(
                    named,
                    found is [var newest, ..] ? newest.Serial - 1 : 1,
                    seen.Listed!.Names[named] ?? "",
                    CreatedAt: null
                ),
                here
            );
        }

        if (named is not null && elsewhere.Find(other => other.Client.ClientId == named) is { } other)
        {
            return (other.Client, other.Account);
        }

        // An interrupted create leaves clients of only one serial.
        var hadClients = seen.HadClients || (!seen.IsRecorded && found.DistinctBy(client => client.Serial).Count() > 1);
        return (hadClients && seen.Pair is null ? found.FirstOrDefault() : null, here);
    }

    /// <summary>
    /// Clients that a record names in accounts other than the listed one. They are kept: their accounts' lists show whether they are the
    /// resource's before one is revoked.
    /// </summary>
    private static IEnumerable<RetiringClient> KeptElsewhere(Observation seen, M2MOAuthClientStatus record, DateTimeOffset end)
    {
        var named = record.Retiring ?? [];
        if (record.Current is { ClientId.Length: > 0 } current)
        {
            named = [.. named, new RetiringClient { ClientId = current.ClientId }];
        }

        return from client in named
            let account = client.Account ?? record.Account
            where seen.IsElsewhere(account)
            select client with
            {
                Account = account,
                RevokeAfter = end,
            };
    }

    private sealed record ClientElsewhere(MarkedClient Client, AccountRecord Account, AccountKey Key);
}
