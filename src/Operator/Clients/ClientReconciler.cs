using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>Brings CARTO and the credentials Secret to what one resource asks for.</summary>
/// <param name="resources">The resources.</param>
/// <param name="accounts">Their accounts.</param>
/// <param name="secrets">Their Secrets.</param>
/// <param name="ledger">What this process knows of their creates.</param>
/// <param name="lost">Resources that went without a word.</param>
/// <param name="changes">Statuses that other hands have changed.</param>
/// <param name="claims">Which of several resources a client belongs to.</param>
/// <param name="drift">What comparisons with CARTO's list found.</param>
/// <param name="steps">Carries out what the plan wants.</param>
/// <param name="reporter">Says how it went.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Where each step is told.</param>
internal sealed partial class ClientReconciler(
    Informer<M2MOAuthClient> resources,
    AccountDirectory accounts,
    CredentialsSecrets secrets,
    CreateLedger ledger,
    LostResources lost,
    StatusChanges changes,
    ClientClaims claims,
    DriftFindings drift,
    StepExecutor steps,
    ClientReporter reporter,
    ClientOptions options,
    TimeProvider time,
    ILogger<ClientReconciler> logger) : IReconciler<M2MOAuthClient>
{
    /// <summary>Far more than any way through the plan takes: a plan that does not come to an end must not spin.</summary>
    private const int MaxSteps = 100;

    /// <inheritdoc />
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        // What is left of a resource that went does not hold up the one that has its name now.
        var left = lost.Find(key) is { } gone ? await CleanUpAsync(gone, cancellationToken) : null;
        var result = await ReconcilePresentAsync(key, cancellationToken);
        return left ?? result;
    }

    private async Task<ReconcileResult> ReconcilePresentAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!resources.Store.TryGet(key, out var resource))
        {
            ledger.Forget(key);
            drift.Forget(key);
            return new Settled(null);
        }

        if (ledger.Of(resource).Released)
        {
            return new Settled(null);
        }

        using var _ = changes.Begin(key);
        var known = RecordOf(resource);
        var leases = Lease(resource, known.Doubted);
        ClientWork? work = null;
        try
        {
            work = Observe(resource, known, leases, ledger.Of(resource));
            var end = await ActAsync(work, static _ => false, cancellationToken);
            if (end is Step.Done)
            {
                drift.Settle(key, work.Seen.Drift);
                drift.SettleStrays(key, work.Seen.StrayAccounts);
            }

            return await reporter.ReportAsync(work, end, cancellationToken);
        }
        catch (Exception exception) when (work is not null && InternalError.Is(exception))
        {
            await reporter.ReportAsync(work, InternalError.EndOf(exception), cancellationToken);
            throw;
        }
        finally
        {
            foreach (var lease in leases)
            {
                await lease.DisposeAsync();
            }
        }
    }

    /// <summary>Goes the way of a deletion for a resource that is gone already. Returns when to try again; null when nothing is left.</summary>
    private async Task<ReconcileResult?> CleanUpAsync(M2MOAuthClient gone, CancellationToken cancellationToken)
    {
        Log.Lost(logger);
        var known = RecordOf(gone);
        var leases = Lease(gone, known.Doubted);
        try
        {
            var work = Observe(gone, known, leases, ledger.OfLost(gone));
            switch (await ActAsync(work, step => step is Step.RemoveFinalizer, cancellationToken))
            {
                case Step.Wait(var reason, _, var after):
                    return new Waiting(reason, after);
                case Step.Stall(var reason, _, var after):
                    return new Waiting(reason, after);
                case Step.AwaitAccount:
                    return new Waiting(Reasons.AccountNotReady, After: null);
                case Step.AwaitList:
                    reporter.AwaitList(work);
                    return new Waiting(Reasons.RevocationUnconfirmed, RevocationChecks.Longest);
                default:
                    ledger.ForgetLost(gone);
                    lost.Settle(gone);
                    return null;
            }
        }
        finally
        {
            foreach (var lease in leases)
            {
                await lease.DisposeAsync();
            }
        }
    }

    /// <summary>The status of a resource as a record that holds, or else as one that others may have written.</summary>
    private (M2MOAuthClientStatus? Record, M2MOAuthClientStatus? Doubted) RecordOf(M2MOAuthClient resource)
    {
        if (changes.IsDoubted(resource, out var doubted))
        {
            return (null, doubted);
        }

        // What the operator never wrote is a hint at most. It stays so until a record is made from lists.
        return resource.Record() is { } record && !record.IsPlausible(time.GetUtcNow()) ? (null, record) : (resource.Record(), null);
    }

    private List<AccountLease> Lease(M2MOAuthClient resource, M2MOAuthClientStatus? doubted)
    {
        var acting = AccountKey.Acting(resource);
        return
        [
            accounts.Look(acting, resource),
            .. AccountKey.AllOf(resource, doubted).Union(drift.StrayAccountsOf(resource)).Where(other => other != acting).Select(other => accounts.Look(other, resource)),
        ];
    }

    private ClientWork Observe(
        M2MOAuthClient resource, (M2MOAuthClientStatus? Record, M2MOAuthClientStatus? Doubted) known, List<AccountLease> leases, CreateMemory memory)
    {
        var account = leases[0];
        var (record, doubted) = known;
        if (record is null && (doubted is not null || resource.Status is { ResourceUid: not null }))
        {
            memory.Doubt();
        }

        var status = (record ?? new M2MOAuthClientStatus { Conditions = resource.Status?.Conditions }) with { Account = AccountKey.RecordOf(resource) };
        var spec = resource.Spec;
        var found = drift.Of(resource) is { } finding && finding.Account == account.Key ? finding : null;
        memory.Found(found);
        if (found?.ListedName is { } listed)
        {
            // The record was wrong: from here on the plan sees a name to put right.
            status = status with { DisplayName = listed };
        }

        var name = ClientName.Of(resource, options.Cluster, account.Access?.MaxNameLength ?? AccountAccess.DefaultMaxNameLength);
        var seen = new Observation
        {
            Status = status,
            IsRecorded = record is not null || memory is { IsNew: true, NoCreateOutstanding: true },
            Doubted = doubted,
            HadClients = resource.Status is { Current: not null } or { ClientId: not null },
            Name = name,
            Account = account.View,
            Others = [.. leases.Skip(1).Select(lease => lease.View)],
            AdoptedId = spec.ClientId,
            Secret = new SecretView.Absent(),
            SecretWasRefused = memory.SecretWasRefused
                || ConditionSet.Find(record?.Conditions, ConditionTypes.Synced) is { Reason: Reasons.SecretNotWritten },
            LoggingIn = accounts.LoggingInWith,
            ClaimsLogin = accounts.ClaimsLogin,
            Overlap = Rotation.OverlapOf(resource),
            StrayAccounts = [.. drift.StrayAccountsOf(resource)],
            LookAtAll = ClientReporter.RequestOf(resource) is { } request && request != status.LastHandledReconcileAt,
            Fingerprint = account.View.Endpoints is { } endpoints ? SecretRenderer.Fingerprint(spec.Secret, endpoints) : null,
            ClaimedBy = claims.ClaimedBy(resource),
            SecretProblem = SecretRenderer.Problem(spec.Secret, account.View.Endpoints),
            Pair = memory.Held is { } held && !memory.Asked.ContainsKey(held.ClientId) ? held : null,
            Drift = found,
            Presence = found is not null && memory.GoneClient == found.ClientId ? Presence.Gone : Presence.Unknown,
            Asked = memory.Asked,
            ReadyLists = memory.Asked.IsEmpty
                ? ImmutableHashSet<AccountKey>.Empty
                : leases.Where(lease => memory.HasAwaitedList || lease.Access?.Listing.HasAfter(memory.ActedAt) == true).Select(lease => lease.Key).ToHashSet(),
            FirstMiss = memory.FirstMiss,
            HighestSerialSeen = memory.HighestSerial,
            NoCreateOutstanding = memory.NoCreateOutstanding,
            CreatesPausedFor = account.Access?.Secretless.PausedFor(time.GetUtcNow()),
            MustVerify = spec.Verify && options.Verify,
            VerifiedClients = record?.ClientId is { } verified && ConditionSet.Find(record.Conditions, ConditionTypes.CredentialsVerified) is { Status: "True" }
                ? [verified]
                : [],
        };
        var work = new ClientWork(leases, memory)
        {
            Resource = resource,
            Seen = seen,
            IsGone = marker => marker.Cluster == options.Cluster && claims.IsGone(marker.Owner),
        };
        work.Seen = seen with { Proven = ProvenOf(work) };
        work.Seen = work.Seen.WithSecret(secrets.Look(resource), time.GetUtcNow());
        work.Seen = work.Seen with
        {
            Elsewhere = ElsewhereOf(work),
            AccountMayBeAnother = work.MayBeOutOfSight(work.Seen.Status.Current?.ClientId),
            MayBeHidden = [.. ClientsOf(work).Where(work.MayBeOutOfSight)],
        };
        return work;
    }

    /// <summary>The clients of a resource that are its own beyond doubt.</summary>
    private static ImmutableHashSet<string> ProvenOf(ClientWork work) =>
    [
        .. ClientsOf(work).Append(work.Seen.Pair?.ClientId).OfType<string>()
            .Where(client => work.LeaseOf(client).Access?.Listing.IsProven(work.Seen.Name.Owner, client) == true),
    ];

    /// <summary>The clients that the record of a resource names, or one that is in doubt.</summary>
    private static IEnumerable<string> ClientsOf(ClientWork work) => ClientsOf(work.Seen.Status).Union(ClientsOf(work.Seen.Doubted));

    private static IEnumerable<string> ClientsOf(M2MOAuthClientStatus? status) =>
        RecordedStatus.Ids([status?.Current?.ClientId, .. (status?.Retiring ?? []).Select(retiring => retiring.ClientId)]);

    private static ImmutableDictionary<string, AccountView> ElsewhereOf(ClientWork work) => ClientsOf(work)
        .Select(client => (Client: client, Lease: work.LeaseOf(client)))
        .Where(found => found.Lease != work.Account)
        .ToImmutableDictionary(found => found.Client, found => found.Lease.View);

    /// <summary>Decides and acts until the plan is at its end, or a step cannot be done.</summary>
    /// <param name="work">How far it has come.</param>
    /// <param name="isEnd">Which step counts as an end.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<Step.End> ActAsync(ClientWork work, Func<Step, bool> isEnd, CancellationToken cancellationToken)
    {
        for (var count = 0; count < MaxSteps; count++)
        {
            var step = Plan.Decide(work.Resource, work.Seen, time.GetUtcNow());
            if (step is Step.End end)
            {
                return end;
            }

            if (isEnd(step))
            {
                return new Step.Gone();
            }

            Log.Step(logger, step);
            try
            {
                await steps.ExecuteAsync(step, work, cancellationToken);
            }
            catch (CartoException exception)
            {
                return Failures.EndOf(exception.Error, work);
            }
            catch (SecretRenderException exception)
            {
                return new Step.Stall(Reasons.InvalidSecretTemplate, exception.Message);
            }
            catch (KubernetesApiException exception) when (ResourceRefusal.EndOf(step, exception) is { } refused)
            {
                return refused;
            }
            catch (SecretRefusedException exception)
            {
                return new Step.Wait(Reasons.SecretNotWritten, exception.Message);
            }
            catch (KubernetesApiException exception) when (exception.Refuser is { } refuser)
            {
                var message = $"{refuser} refuses what the operator has to write, and has to let it pass: {exception.Message}";
                return work.Resource.Metadata.DeletionTimestamp is null
                    ? new Step.Wait(Reasons.AdmissionDenied, message)
                    : DeletionPlan.Blocked(message, after: null);
            }
        }

        throw new InvalidOperationException("The plan did not come to an end.");
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Debug, "Next: {Step}")]
        public static partial void Step(ILogger logger, Step step);

        [LoggerMessage(501, LogLevel.Warning, "Kubernetes removed the resource although its finalizer was on it; its clients are revoked as if it were being deleted")]
        public static partial void Lost(ILogger logger);
    }
}

/// <summary>Settings of all clients.</summary>
/// <param name="Cluster">See <see cref="Marker.Cluster"/>.</param>
/// <param name="Verify">Whether pairs are verified at all, see <see cref="M2MOAuthClientSpec.Verify"/>.</param>
internal sealed record ClientOptions(string Cluster, bool Verify);
