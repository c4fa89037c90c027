using System.Collections.Immutable;
using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// Gathers what is known about a resource when its reconcile starts, from caches and this process's memory, without any calls.
/// </summary>
/// <param name="accounts">The accounts.</param>
/// <param name="secrets">The credentials Secrets.</param>
/// <param name="changes">Statuses changed by other writers.</param>
/// <param name="claims">Resolves which resource owns a client.</param>
/// <param name="drift">Findings of drift detection.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock.</param>
internal sealed class ClientObserver(
    AccountDirectory accounts,
    CredentialsSecrets secrets,
    StatusChanges changes,
    ClientClaims claims,
    DriftFindings drift,
    ClientOptions options,
    TimeProvider time
)
{
    /// <summary>Leases the accounts of a resource and observes it. Dispose of the work after the reconcile.</summary>
    public async ValueTask<ClientWork> ObserveAsync(M2MOAuthClient resource, ClientMemory memory)
    {
        var known = RecordOf(resource);
        var work = new ClientWork(Lease(resource, known.Doubted), memory)
        {
            Resource = resource,
            IsGone = mark => mark.Cluster == options.Cluster && claims.IsGone(mark.Owner),
        };
        try
        {
            Observe(work, known.Record, known.Doubted);
            return work;
        }
        catch
        {
            await work.DisposeAsync();
            throw;
        }
    }

    /// <summary>The status of a resource: a trusted record, or a doubted one that others may have written.</summary>
    private (M2MOAuthClientStatus? Record, M2MOAuthClientStatus? Doubted) RecordOf(M2MOAuthClient resource)
    {
        if (changes.IsDoubted(resource, out var doubted))
        {
            return (null, doubted);
        }

        // A status the operator could not have written is only a hint, until a record is rebuilt from lists.
        return resource.Record() is { } record && !record.IsPlausible(time.GetUtcNow()) ? (null, record) : (resource.Record(), null);
    }

    private List<AccountLease> Lease(M2MOAuthClient resource, M2MOAuthClientStatus? doubted)
    {
        var acting = AccountKey.Acting(resource);
        return
        [
            accounts.Acquire(acting, resource),
            .. AccountKey
                .AllOf(resource, doubted)
                .Union(drift.StrayAccountsOf(resource))
                .Where(other => other != acting)
                .Select(other => accounts.Acquire(other, resource)),
        ];
    }

    private void Observe(ClientWork work, M2MOAuthClientStatus? record, M2MOAuthClientStatus? doubted)
    {
        var (resource, memory, account) = (work.Resource, work.Memory, work.Account);
        if (record is null && (doubted is not null || resource.Status is { ResourceUid: not null }))
        {
            memory.Doubt();
        }

        var status = (record ?? new M2MOAuthClientStatus { Conditions = resource.Status?.Conditions }) with
        {
            Account = AccountKey.RecordOf(resource),
        };
        var spec = resource.Spec;
        var found = drift.Of(resource) is { } finding && finding.Account == account.Key ? finding : null;
        memory.Found(found);
        if (found?.ListedName is { } listed)
        {
            // The record was wrong: let the plan see a name to fix.
            status = status with { DisplayName = listed };
        }

        var name = ClientName.Of(resource, options.Cluster, account.Access?.MaxNameLength ?? AccountAccess.DefaultMaxNameLength);
        var seen = new Observation
        {
            Status = status,
            Record = record is not null || memory is { IsNew: true, NoCreateOutstanding: true } ? RecordSource.Status : RecordSource.None,
            Recorded = resource.Record(),
            Doubted = doubted,
            HadClients = resource.Status is { Current: not null } or { ClientId: not null },
            Name = name,
            Account = account.View,
            Others = [.. work.Accounts.Skip(1).Select(lease => lease.View)],
            AdoptedId = spec.ClientId,
            Secret = new SecretView.Absent(),
            SecretAcceptance =
                memory.SecretWasRefused
                || ConditionSet.Find(record?.Conditions, ConditionTypes.Synced) is { Reason: Reasons.SecretNotWritten }
                    ? SecretAcceptance.Refused
                    : SecretAcceptance.Unknown,
            LoginAccountOf = accounts.LoginAccountOf,
            ConfiguredLoginOf = accounts.ConfiguredLoginOf,
            Overlap = Rotation.OverlapOf(resource),
            StrayAccounts = [.. drift.StrayAccountsOf(resource)],
            IsReconcileRequested = ClientReporter.RequestOf(resource) is { } request && request != status.LastHandledReconcileAt,
            Fingerprint = account.View.Endpoints is { } endpoints ? SecretRenderer.Fingerprint(spec.Secret, endpoints) : null,
            ClaimedBy = claims.ClaimedBy(resource),
            SecretProblem = SecretRenderer.Problem(spec.Secret, account.View.Endpoints),
            CreatedPair = memory.CreatedPair,
            Pair = memory.CreatedPair is { } held && !memory.Revoking.ContainsKey(held.ClientId) ? held : null,
            Drift = found,
            Presence = found is not null && memory.GoneClient == found.ClientId ? Presence.Gone : Presence.Unknown,
            Revoking = memory.Revoking,
            ReadyLists = memory.Revoking.IsEmpty
                ? ImmutableHashSet<AccountKey>.Empty
                : work
                    .Accounts.Where(lease => memory.HasAwaitedList || lease.Access?.Listing.HasAfter(memory.ActedAt) == true)
                    .Select(lease => lease.Key)
                    .ToHashSet(),
            FirstMiss = memory.FirstMiss,
            HighestSerialSeen = memory.HighestSerial,
            NoCreateOutstanding = memory.NoCreateOutstanding,
            CreatesPausedFor = account.Access?.Secretless.PausedFor(time.GetUtcNow()),
            MustVerify = spec.Verify && options.Verify,
            VerifiedClients =
                record?.ClientId is { } verified
                && ConditionSet.Find(record.Conditions, ConditionTypes.CredentialsVerified) is { Status: "True" }
                    ? [verified]
                    : [],
        };
        work.Seen = seen;
        work.Seen = seen with { Proven = ProvenOf(work) };
        work.Seen = work.Seen.WithSecret(secrets.FromCache(resource), time.GetUtcNow());
        work.Seen = work.Seen with
        {
            Elsewhere = memory.Places.IsEmpty
                ? ElsewhereOf(work)
                : ElsewhereOf(work).SetItems(memory.Places.Select(place => KeyValuePair.Create(place.Key, work.LeaseOf(place.Value).View))),
            AccountMayBeAnother = work.MayBeOutOfSight(work.Seen.Status.Current?.ClientId),
            MayBeHidden = [.. work.RecordedClients.Where(client => !memory.Places.ContainsKey(client) && work.MayBeOutOfSight(client))],
        };
    }

    /// <summary>Clients that are proven to belong to the resource.</summary>
    private static ImmutableHashSet<string> ProvenOf(ClientWork work) =>
        [
            .. work
                .RecordedClients.Append(work.Seen.Pair?.ClientId)
                .OfType<string>()
                .Where(client => work.LeaseOf(client).Access?.Listing.IsProven(work.Seen.Name.Owner, client) == true),
        ];

    private static ImmutableDictionary<string, AccountView> ElsewhereOf(ClientWork work) =>
        work
            .RecordedClients.Select(client => (Client: client, Lease: work.LeaseOf(client)))
            .Where(found => found.Lease != work.Account)
            .ToImmutableDictionary(found => found.Client, found => found.Lease.View);
}
