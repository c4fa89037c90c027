using Operator.Access;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>What must hold before a step is taken, and what the resource reports until it does.</summary>
internal static class Preconditions
{
    internal static readonly TimeSpan ConflictRetry = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long to keep a client that cannot be written into its Secret, how long CARTO may take to accept new credentials, and how old an
    /// interrupted create can be.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // A create is several calls behind CARTO's API, and what the token endpoint knows may lag behind.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    /// <summary>Whether an unrecorded client may be revoked: it is unused, and its deletion was not requested yet.</summary>
    internal static bool IsRevocable(Observation seen, MarkedClient client) =>
        !seen.IsInUse(client.ClientId) && !seen.IsBeingRevoked(client.ClientId);

    /// <summary>
    /// Whether an unrecorded client may be in use rather than left by an interrupted create, which is recovered within moments. With an
    /// older or missing intent, the resource may come from a backup.
    /// </summary>
    internal static bool MayBeInUse(M2MOAuthClient resource, Observation seen, DateTimeOffset now) =>
        (seen.Status.Pending?.Since ?? (resource.Metadata.CreationTimestamp is { } created ? new DateTimeOffset(created) : now)) + Patience
        <= now;

    /// <summary>The serial of the next client: above any seen in CARTO.</summary>
    internal static int NextSerial(Observation seen, ClientRecord current) => Math.Max(current.Serial, seen.HighestSerialSeen) + 1;

    internal static Step.Wait LogsIn(Observation seen, string client) =>
        new(
            Reasons.ClientIsLogin,
            $"{seen.LoginAccountOf(client)} logs in with the client {client}, so the client is not changed: give the account other "
                + "credentials, or delete the account"
        );

    internal static Step.Wait Incomplete(string gap) =>
        new(
            Reasons.ListIncomplete,
            $"CARTO's list of clients could not be read completely, so nothing is concluded from what it lacks: {gap}"
        );

    internal static Step.Wait NotYetListed(string client) =>
        new(
            Reasons.ConfirmingCreate,
            $"CARTO does not list the client {client} yet, which is new; the list is read again",
            ClientListing.Lag
        );

    /// <summary>Message for a recorded client that is left alone because it lacks the mark.</summary>
    internal static string NotMarked(Observation seen, string client) =>
        client == seen.AdoptedId && seen.AdoptionRefusal is { } refusal
            ? refusal
            : $"CARTO lists the client {client} without the mark of this resource, so it is not changed: rename it in CARTO to "
                + $"\"{seen.Name.For(seen.Status.Current is { } current && current.ClientId == client ? current.Serial : 1)}\" if it "
                + "belongs to the resource";

    /// <summary>Has a list prove the requested deletions; null if there are none to prove.</summary>
    internal static Step? Confirm(Observation seen)
    {
        if (seen.Revoking.IsEmpty)
        {
            return null;
        }

        var client = seen.Revoking.Keys.First();
        return seen.ReadyLists.Contains(seen.AccountOf(client).Key)
            ? new Step.FindByMark(seen.AccountOf(client).Key)
            : new Step.AwaitList();
    }

    /// <summary>A deletion that had no effect according to a list; null if none.</summary>
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
                    $"CARTO does not list the client {client}, which is new, and answered its deletion with: {refusal?.Message}; a list "
                        + "may lag behind, so the "
                        + "deletion is requested again",
                    ClientListing.Lag
                );
            }

            return new Step.Wait(
                Reasons.RevocationUnconfirmed,
                refusal is null
                    ? $"CARTO still lists the client {client} although it accepted the deletion, which is requested again"
                    : $"CARTO still lists the client {client} and answered its deletion with: {refusal.Message}; the deletion is "
                        + "requested again"
            );
        }

        return null;
    }

    /// <summary>
    /// Whether a secret may not be the real one: CARTO may later return a masked value, and a person may provide a wrong one.
    /// </summary>
    internal static bool NeedsTrial(Pair pair) => pair.Origin is PairOrigin.ReadBack or PairOrigin.Referenced;

    /// <summary>CARTO does not accept the credentials: not yet, if the client is new.</summary>
    internal static Step.Wait NotYet(Pair? pair, string refusal, DateTimeOffset now) =>
        IsNew(pair, now)
            ? Pending(pair!, refusal)
            : new Step.Wait(
                Reasons.CredentialsInvalid,
                $"CARTO does not accept the credentials, and verification is retried: {refusal.TrimEnd('.')}; if this persists, check "
                    + "the client in CARTO"
            );

    /// <summary>CARTO knows the client and issues no token with it: not yet, if the client is new.</summary>
    internal static Step.Wait NoGrant(Pair pair, string refusal, DateTimeOffset now) =>
        IsNew(pair, now)
            ? Pending(pair, refusal)
            : new Step.Wait(
                Reasons.GrantMissing,
                $"CARTO knows the client {pair.ClientId} and does not let it obtain tokens, which is retried: {refusal.TrimEnd('.')}; "
                    + "delete the client in CARTO to have another one created, or ask CARTO's support"
            );

    private static bool IsNew(Pair? pair, DateTimeOffset now) => pair?.CreatedAt + Settling > now;

    private static Step.Wait Pending(Pair pair, string refusal) =>
        new(
            Reasons.CredentialsPending,
            $"CARTO does not issue tokens with the new client {pair.ClientId} yet, and is asked again: {refusal.TrimEnd('.')}"
        );

    internal static Step.Wait OutOfSight(string clientId) =>
        new(
            Reasons.AccountOwnerChanged,
            $"CARTO does not show the client {clientId} to the account's present user, who may not be the one that created it: restore the "
                + "account's former credentials, or delete the client in CARTO as the user that created it"
        );

    /// <summary>Accounts in which drift detection found unrecorded clients and that were not listed since.</summary>
    internal static IEnumerable<AccountView> UnlistedStrayAccounts(Observation seen) =>
        seen.Others.Where(other => seen.StrayAccounts.Contains(other.Key) && !seen.Lists.ContainsKey(other.Key));

    internal static Step? WhyNotUse(Observation seen) => WhyNotUse(seen.Account);

    internal static Step? WhyNotUse(AccountView account) =>
        account.Denied is { } denied ? new Step.Wait(denied.Reason, denied.Message) : WhyNotRevoke(account);

    /// <summary>A client is only created where it can surely be revoked.</summary>
    internal static Step? WhyNotCreate(Observation seen) =>
        WhyNotUse(seen)
        ?? seen.Account switch
        {
            _ when seen.HasCreated => new Step.Wait(
                Reasons.Progressing,
                "a client was just created; the status records it before anything else is created",
                TimeSpan.Zero
            ),
            _ when seen.CreatesPausedFor is { } pause => new Step.Wait(
                Reasons.ClientSecretUnknown,
                "CARTO creates clients in this account but does not return their secrets; they were revoked, and creation is paused: "
                    + "find out from CARTO how "
                    + "this interface returns the secret of a client",
                pause
            ),
            AccountView.Available { CreateDenied: { } denied } when denied != Restriction.NotYet => new Step.Wait(
                denied.Reason,
                denied.Message
            ),
            AccountView.Available { CreateDenied: not null } => new Step.AwaitAccount(),
            _ => null,
        };

    /// <summary>Existing clients may still be revoked where nothing else is allowed.</summary>
    internal static Step? WhyNotRevoke(AccountView account) =>
        account switch
        {
            AccountView.Available => null,
            AccountView.Unavailable unavailable => new Step.Wait(unavailable.Reason, unavailable.Message),
            _ => new Step.AwaitAccount(),
        };

    internal static Step.Wait? StillInGrace(Observation seen, DateTimeOffset now)
    {
        var left = (seen.FirstMiss ?? now) + ClientListing.Lag - now;
        return left > TimeSpan.Zero
            ? new Step.Wait(Reasons.ConfirmingCreate, "an earlier create may still appear in CARTO's list, which is read again first", left)
            : null;
    }
}
