using System.Net;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;
using Operator.Telemetry;
using Operator.Workloads;

namespace Operator.Clients;

/// <summary>Carries out the steps of the plan: each does one thing, and brings the observation up to date.</summary>
/// <param name="resources">Reads a resource where the cache may be behind.</param>
/// <param name="finalizers">Writes finalizers.</param>
/// <param name="status">Records an intent before it is acted on.</param>
/// <param name="secrets">The credentials Secrets.</param>
/// <param name="restarter">Restarts what uses them.</param>
/// <param name="secondLook">Tries clients that were not listed.</param>
/// <param name="events">Tells people what was done.</param>
/// <param name="time">Clock.</param>
internal sealed class StepExecutor(
    ResourceClient<M2MOAuthClient> resources,
    Finalizers<M2MOAuthClient> finalizers,
    StatusWriter<M2MOAuthClient, M2MOAuthClientStatus> status,
    CredentialsSecrets secrets,
    WorkloadRestarter restarter,
    SecondLook secondLook,
    EventRecorder events,
    TimeProvider time)
{
    /// <summary>Serial of a client that is adopted.</summary>
    private const int FirstSerial = 1;

    /// <summary>Does one step.</summary>
    /// <exception cref="CartoException">CARTO did not do it.</exception>
    /// <exception cref="KubernetesApiException">The API server did not do it.</exception>
    /// <exception cref="SecretRefusedException">The API server will not have the Secret.</exception>
    /// <exception cref="SecretRenderException">The Secret cannot be rendered.</exception>
    public Task ExecuteAsync(Step step, ClientWork work, CancellationToken cancellationToken) => step switch
    {
        Step.AddFinalizer => AddFinalizerAsync(work, cancellationToken),
        Step.ReadSecret => ReadSecretAsync(work, cancellationToken),
        Step.FindByMarker(var account) => FindByMarkerAsync(work, account, cancellationToken),
        Step.TakeRecord => Do(() => TakeRecord(work)),
        Step.Drop drop => Do(() => Drop(work, drop)),
        Step.Retire(var clientId) => Do(() => Retire(work, clientId)),
        Step.ReadBack(var clientId) => ReadBackAsync(work, clientId, cancellationToken),
        Step.ReadGivenSecret(var clientId) => ReadGivenSecretAsync(work, clientId, cancellationToken),
        Step.ConfirmMissing missing => secondLook.ConfirmAsync(work, missing, cancellationToken),
        Step.RecordPending pending => RecordPendingAsync(work, pending, cancellationToken),
        Step.TrySecret => TrySecretAsync(work, cancellationToken),
        Step.Create(var serial) => CreateAsync(work, serial, cancellationToken),
        Step.WriteSecret => WriteSecretAsync(work, cancellationToken),
        Step.Verify => VerifyAsync(work, cancellationToken),
        Step.VerifyUnlisted => VerifyUnlistedAsync(work, cancellationToken),
        Step.Rename(var clientId, var serial) => RenameAsync(work, clientId, serial, cancellationToken),
        Step.RestartWorkloads(var clientId) => RestartWorkloadsAsync(work, clientId, cancellationToken),
        Step.Revoke(var clientId) => RevokeAsync(work, clientId, cancellationToken),
        Step.ReleaseSecret => ReleaseSecretAsync(work, cancellationToken),
        Step.RemoveFinalizer => RemoveFinalizerAsync(work, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "This step cannot be carried out."),
    };

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private async Task AddFinalizerAsync(ClientWork work, CancellationToken cancellationToken)
    {
        // One whose finalizer was taken off may have a client all the same: then there is a trace of it.
        var isNew = !HasTrace(work);
        // The patch applies to the version that was looked at: had another operator begun meanwhile, it would fail.
        // The account goes with it: until the status says where a client may be, the spec could be made to name another one.
        var account = new Dictionary<string, string> { [WireNames.Annotations.Account] = AccountKey.Annotate(work.Access.Record, work.Resource) };
        work.Resource = await finalizers.AddAsync(work.Resource, WireNames.Finalizer, account, cancellationToken);
        if (isNew)
        {
            work.Memory.NoneOutstanding();
            work.Memory.IsNew = true;
            work.Seen = work.Seen with { NoCreateOutstanding = true, IsRecorded = true };
        }
    }

    /// <summary>Whether anything says that the resource had our finalizer before: its annotation, a status of whomever, or a Secret of its own.</summary>
    private static bool HasTrace(ClientWork work) =>
        work.Resource.Metadata.Annotations?.ContainsKey(WireNames.Annotations.Account) == true
        || work.Resource.Status is { ResourceUid: not null } or { Current: not null } or { Pending: not null } or { ClientId: not null } or { Retiring: not null }
        || work.Seen.Secret is SecretView.Ours;

    private async Task ReadSecretAsync(ClientWork work, CancellationToken cancellationToken)
    {
        work.Secret = await secrets.ReadAsync(work.Resource, cancellationToken);
        work.Seen = work.Seen with { HandledRotation = work.Secret is { } secret ? CredentialsSecrets.HandledRotationOf(secret) : null };
        work.Seen = work.Seen.WithSecret(CredentialsSecrets.ViewOf(work.Secret?.Metadata, work.Resource), time.GetUtcNow()) with { SecretIsLive = true };
        TakePair(work);
    }

    /// <summary>Takes the pair of the client on record out of the Secret that was read.</summary>
    private void TakePair(ClientWork work)
    {
        var current = work.Seen.Status.Current;
        var pair = work.Secret is null ? null : CredentialsSecrets.PairIn(work.Secret, work.Resource, current);
        if (work.Memory.Held is { } held && held.ClientId == current?.ClientId && pair?.ClientSecret.Equals(held.ClientSecret) == false)
        {
            // What was created did not get there as it was written.
            work.Seen = work.Seen with { Pair = held, SecretHoldsPair = false, PairIsDoubted = false };
            Compare(work);
            return;
        }

        work.Memory.Recorded(current?.ClientId);
        if (current is null)
        {
            work.Seen = work.Seen with { UnlistedPair = pair };
        }
        else if (pair is not null && pair.ClientId == current.ClientId)
        {
            // Where no record vouches for a version of the Secret, somebody may have been at it before the first one was made.
            var recorded = work.Seen.IsRecordFromList ? null : work.Resource.Record();
            var isDoubted = recorded?.Current?.ClientId == pair.ClientId && recorded.SecretResourceVersion is { } version
                ? version != work.Secret!.Metadata.ResourceVersion
                : secrets.IsPairFromOthers(work.Secret!, work.Resource.Spec.Secret);
            work.Seen = work.Seen with { SecretHoldsPair = true };
            if (!(work.Seen.Pair?.Serial > pair.Serial))
            {
                work.Seen = work.Seen with { Pair = pair, PairWorks = false, PairIsDoubted = isDoubted };
            }
        }

        Compare(work);
    }

    private async Task FindByMarkerAsync(ClientWork work, AccountKey? account, CancellationToken cancellationToken)
    {
        var lease = account is { } key ? work.LeaseOf(key) : work.Account;
        var asked = work.Seen.Asked;
        var current = work.Seen.Status.Current;
        var list = await ClientWork.AccessOf(lease).Listing.AfterAsync(asked.IsEmpty ? work.Memory.ListSince : work.Memory.ActedAt, cancellationToken);
        var refusal = work.Resource.Spec.ClientId is { } adopted && list.Names.TryGetValue(adopted, out var name)
            ? work.AdoptionRefusal(lease, adopted, name)
            : null;
        work.Seen = work.Seen.WithList(lease.Key, list, refusal, time.GetUtcNow());
        work.Memory.Asked = work.Seen.Asked;
        work.Memory.HighestSerial = work.Seen.HighestSerialSeen;
        work.Memory.Listed(work.Seen.FirstMiss);
        foreach (var gone in asked.Keys.Where(work.Seen.Gone.Contains))
        {
            work.Memory.Recorded(gone);
            events.Record(work.Resource, EventType.Normal, Reasons.Revoked, "Revoke", $"Revoked the client {gone} in CARTO");
        }

        if (ClientsOnRecord(work.Seen).Any(client => work.Seen.StandingOf(client) == Standing.TooNew))
        {
            // The next list has to be a later one.
            work.Memory.Acted();
        }

        if (work.Seen.Status.Current is { } now && now.ClientId != current?.ClientId && work.Seen.SecretIsLive)
        {
            // The Secret was a record after all.
            TakePair(work);
        }
    }

    private static IEnumerable<string> ClientsOnRecord(Observation seen) =>
        RecordedStatus.Ids(seen.Status.Current?.ClientId, seen.Doubted?.Current?.ClientId);

    private void TakeRecord(ClientWork work)
    {
        var held = work.Seen.Pair;
        work.Seen = RecordFromLists.Make(work.Seen, AccountKey.Wanted(work.Resource), time.GetUtcNow());
        if (held is { Origin: PairOrigin.Secret })
        {
            work.Seen = work.Seen with { Pair = null };
        }

        if (work.Seen.SecretIsLive)
        {
            TakePair(work);
        }
    }

    private void Drop(ClientWork work, Step.Drop step)
    {
        work.Seen = work.Seen.Dropped(step.ClientId);
        if (step.IsForeign)
        {
            events.Record(
                work.Resource,
                EventType.Warning,
                Reasons.ClientNotMarked,
                "Revoke",
                $"The client {step.ClientId} was on record and does not bear the mark of this resource in CARTO: it was not revoked");
        }
    }

    private void Retire(ClientWork work, string clientId)
    {
        work.Seen = work.Seen.WithRetiring(clientId, time.GetUtcNow());
        events.Record(
            work.Resource,
            EventType.Normal,
            Reasons.Recovered,
            "Retire",
            $"Found the client {clientId} of this resource in CARTO, which no record had: it is revoked when an overlap is over");
    }

    private async Task ReadBackAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        OAuthClient? client = null;
        CartoError? refusal = null;
        try
        {
            client = await work.AccessOf(clientId).Carto.Clients.GetAsync(clientId, cancellationToken);
        }
        catch (CartoException exception) when (exception.Error.IsAboutTheClient)
        {
            refusal = exception.Error;
        }

        var seen = work.Seen;
        if (client?.Secret is not { } secret)
        {
            work.Memory.Acted();
            if (work.Memory.CreatedWithoutSecret == clientId && client is not null)
            {
                work.Memory.CreatedWithoutSecret = null;
                work.Access.Secretless.Add(time.GetUtcNow());
                seen = seen with { CreatesPausedFor = work.Access.Secretless.PausedFor(time.GetUtcNow()) };
            }

            // What CARTO does not tell has to be taken as it is; unless it says that there is no such client, or a try will tell, or,
            // where nothing is tried, somebody else wrote it. That there is no such client, a list decides.
            work.Seen = seen with
            {
                Unreadable = refusal is { Kind: CartoErrorKind.Transient } ? seen.Unreadable : [.. seen.Unreadable, clientId],
                Refused = client is null
                    ? seen.Refused.SetItem(clientId, refusal ?? new CartoError(CartoErrorKind.NotFound, CartoStage.Api, $"there is no client {clientId}"))
                    : seen.Refused,
                Lists = client is null ? seen.Lists.Remove(seen.AccountOf(clientId).Key) : seen.Lists,
                PairIsDoubted = seen.PairIsDoubted
                    && (seen.MustVerify || client is null || secrets.IsPairFromOthers(work.Secret!, work.Resource.Spec.Secret)),
            };
            Compare(work);
            return;
        }

        work.Memory.CreatedWithoutSecret = null;
        var current = seen.Status.Current is { } known && known.ClientId == clientId ? known : null;
        var serial = current?.Serial ?? seen.Marked?.FirstOrDefault(marked => marked.ClientId == clientId)?.Serial ?? FirstSerial;
        var same = seen.Pair is { } pair && pair.ClientId == clientId && pair.ClientSecret.Equals(secret);
        work.Seen = seen with
        {
            Pair = new Pair(clientId, serial, secret, client.Name, client.CreatedAt, PairOrigin.Told),
            PairIsDoubted = false,
            PairWorks = same && seen.PairWorks,
            SecretHoldsPair = current is null ? seen.SecretHoldsPair : same && seen.SecretHoldsPair,
            Refusal = same ? seen.Refusal : null,
            // It was refused already.
            Unreadable = same && seen.Refusal is not null ? [.. seen.Unreadable, clientId] : seen.Unreadable,
            Status = current is null ? seen.Status : seen.Status with { DisplayName = client.Name ?? seen.Status.DisplayName },
        };
        Compare(work);
        if (current is null && work.Resource.Spec.ClientId != clientId && work.Memory.RecoveredClient != clientId)
        {
            work.Memory.RecoveredClient = clientId;
            events.Record(
                work.Resource, EventType.Normal, Reasons.Recovered, "Create", $"Found the client {clientId} of an interrupted create in CARTO");
        }
    }

    private async Task ReadGivenSecretAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        var current = work.Seen.Status.Current;
        var (secret, problem) = await secrets.ReadGivenAsync(work.Resource, clientId, cancellationToken);
        work.Seen = secret is null
            ? work.Seen with { GivenSecretProblem = problem }
            : work.Seen with
            {
                Pair = new Pair(clientId, current?.Serial ?? FirstSerial, secret, Name: null, current?.CreatedAt, PairOrigin.Given),
                PairIsDoubted = false,
                PairWorks = false,
                Refusal = null,
            };
        Compare(work);
    }

    private async Task RecordPendingAsync(ClientWork work, Step.RecordPending step, CancellationToken cancellationToken)
    {
        var intent = work.Seen.Status with
        {
            ResourceUid = work.Resource.Metadata.Uid,
            Pending = new PendingClient { Serial = step.Serial, Since = WireTime.Of(time.GetUtcNow()), Overlap = step.Overlap, Account = step.Account },
            NextRotationTime = null,
            LastHandledRotateAt = step.Request ?? work.Seen.Status.LastHandledRotateAt,
        };
        work.Resource = await status.WriteAsync(work.Resource, intent, cancellationToken);
        work.Memory.NoneOutstanding();
        work.Seen = work.Seen with { Status = intent, NoCreateOutstanding = true };
    }

    private async Task TrySecretAsync(ClientWork work, CancellationToken cancellationToken)
    {
        try
        {
            await secrets.TryWriteAsync(work.Secret, work.Resource, work.Account.View.Endpoints!, cancellationToken);
            work.Memory.SecretWasRefused = false;
            work.Seen = work.Seen with { SecretIsAccepted = true };
        }
        catch (KubernetesApiException exception) when (IsRefusal(exception))
        {
            work.Memory.SecretWasRefused = true;
            throw new SecretRefusedException(exception, work.Secret?.Immutable == true, clientSecret: null);
        }
    }

    private static bool IsRefusal(KubernetesApiException exception) =>
        exception.Refuser is not null || exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity;

    private async Task CreateAsync(ClientWork work, int serial, CancellationToken cancellationToken)
    {
        if (work.Seen.HasCreated)
        {
            throw new InvalidOperationException("The plan wants a second client in one reconcile.");
        }

        var name = work.Seen.Name.For(serial);
        var takeBack = work.Memory.BeginCreate();
        OAuthClient created;
        try
        {
            created = await work.Access.Carto.Clients.CreateAsync(name, cancellationToken);
        }
        catch (CartoException exception) when (!exception.Error.MayHaveTakenEffect)
        {
            takeBack();
            throw;
        }
        finally
        {
            work.Memory.Acted();
        }

        work.Access.Listing.Created(work.Seen.Name.Owner, created.Id);
        work.Seen = work.Seen with { Proven = work.Seen.Proven.Add(created.Id), HasCreated = true, Refusal = null };
        if (created.Secret is { } secret)
        {
            var pair = new Pair(created.Id, serial, secret, name, WireTime.Of(time.GetUtcNow()), PairOrigin.Created);
            work.Access.Secretless.Clear();
            work.Memory.Created(pair);
            work.Seen = work.Seen with { Pair = pair, PairWorks = false };
        }
        else
        {
            // It is found again by its mark, and its secret asked for.
            work.Memory.CreatedWithoutSecret = created.Id;
            work.Seen = work.Seen with { NoCreateOutstanding = false, Lists = work.Seen.Lists.Remove(work.Account.Key) };
        }

        if (work.Seen.Status is { Current: null } status)
        {
            // Nothing can be newer than the first pair.
            work.Seen = work.Seen with { Status = status with { LastHandledRotateAt = Rotation.RequestOf(work.Resource) } };
        }

        events.Record(
            work.Resource, EventType.Normal, Reasons.Created, "Create", $"Created the client {created.Id} in CARTO, named {name}");
    }

    private async Task WriteSecretAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var seen = work.Seen;
        var pair = seen.Pair!;
        var before = seen.Status.Current;
        if (TakesOwnership(work) && await IsBeingDeletedAsync(work, cancellationToken))
        {
            return;
        }

        string? mutation;
        try
        {
            (work.Secret, mutation) = await secrets.WriteAsync(
                work.Secret, work.Resource, pair, work.EndpointsOf(pair.ClientId)!, seen.Status.LastHandledRotateAt, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists || (exception.IsNotFound && work.Secret is not null))
        {
            // Not what was read a moment ago: the plan has to see what it is now.
            await ReadSecretAsync(work, cancellationToken);
            return;
        }
        catch (KubernetesApiException exception) when (IsRefusal(exception))
        {
            work.Memory.SecretWasRefused = true;
            throw new SecretRefusedException(exception, work.Secret?.Immutable == true, pair.ClientSecret);
        }

        seen = seen.WithSecret(CredentialsSecrets.ViewOf(work.Secret.Metadata, work.Resource), time.GetUtcNow());
        work.Seen = seen with
        {
            SecretIsLive = true,
            SecretHoldsPair = CredentialsSecrets.PairIn(work.Secret, work.Resource, seen.Status.Current) is { } stored && stored.ClientSecret.Equals(pair.ClientSecret),
            SecretMutation = mutation,
            PairIsDoubted = false,
        };
        work.Memory.SecretWasRefused = false;
        if (work.Seen.SecretHoldsPair)
        {
            work.Memory.Recorded(pair.ClientId);
        }

        Compare(work, asWritten: mutation is null);
        if (mutation is not null)
        {
            return;
        }

        if (before?.ClientId == pair.ClientId)
        {
            events.Record(
                work.Resource, EventType.Normal, Reasons.SecretUpdated, "WriteSecret", $"Wrote the Secret {work.Secret.Metadata.Name} anew");
        }
        else if (before is null && pair.ClientId == work.Resource.Spec.ClientId)
        {
            events.Record(work.Resource, EventType.Normal, Reasons.Adopted, "Adopt", $"Took over the client {pair.ClientId}");
        }
        else if (before is not null)
        {
            OperatorMetrics.Rotated();
            events.Record(
                work.Resource,
                EventType.Normal,
                Reasons.Rotated,
                "WriteSecret",
                $"The Secret {work.Secret.Metadata.Name} now holds the pair of {pair.ClientId} instead of that of {before.ClientId}");
        }
    }

    private static bool TakesOwnership(ClientWork work) =>
        work.Seen.Secret is SecretView.Ours { IsOwned: false } && !work.Resource.IsRetained();

    /// <summary>
    /// A deletion that orphans takes the owner off the Secret, and the cache may show that before it shows the deletion. Owned again, the Secret
    /// would be collected, which is what the person did not want.
    /// </summary>
    private async Task<bool> IsBeingDeletedAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var resource = work.Resource;
        var live = await resources.GetAsync(ObjectKey.Of(resource), cancellationToken);
        if (live?.Metadata.Uid != resource.Metadata.Uid)
        {
            work.Resource = resource with
            {
                Metadata = resource.Metadata with { Finalizers = null, DeletionTimestamp = time.GetUtcNow().UtcDateTime },
            };
        }
        else if (live.Metadata.DeletionTimestamp is not null)
        {
            work.Resource = live;
        }

        return work.Resource.Metadata.DeletionTimestamp is not null;
    }

    private static async Task VerifyAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var pair = work.Seen.Pair!;
        try
        {
            await work.Access.Carto.VerifyAsync(pair.ClientId, pair.ClientSecret, cancellationToken);
            work.Seen = work.Seen with
            {
                VerifiedClients = work.Seen.VerifiedClients.Add(pair.ClientId),
                PairWorks = true,
                PairIsDoubted = false,
                Refusal = null,
            };
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.Unauthorized)
        {
            work.Seen = Refuse(work, pair, exception.Error.Message);
        }

        Compare(work);
    }

    private static async Task VerifyUnlistedAsync(ClientWork work, CancellationToken cancellationToken)
    {
        work.Seen = work.Seen with { UnlistedPairWorks = await work.WorksAsync(work.Seen.UnlistedPair!, cancellationToken) };
        // The next list has to be a later one.
        work.Memory.Acted();
    }

    /// <summary>A pair that does not work. One that was never in the Secret is dropped: it says nothing of the one that is.</summary>
    private static Observation Refuse(ClientWork work, Pair pair, string refusal) => pair.Origin switch
    {
        PairOrigin.Told => work.Seen with { Pair = null, Unreadable = [.. work.Seen.Unreadable, pair.ClientId], Refusal = refusal },
        PairOrigin.Given => work.Seen with
        {
            Pair = null,
            Refusal = refusal,
            GivenSecretProblem = $"spec.clientSecretRef: CARTO does not take the secret that it names for the client {pair.ClientId}: {refusal}",
        },
        _ => work.Seen with { VerifiedClients = work.Seen.VerifiedClients.Remove(pair.ClientId), Refusal = refusal },
    };

    private async Task RenameAsync(ClientWork work, string clientId, int serial, CancellationToken cancellationToken)
    {
        var name = work.Seen.Name.For(serial);
        try
        {
            await work.AccessOf(clientId).Carto.Clients.RenameAsync(clientId, name, cancellationToken);
        }
        catch (CartoException exception) when (exception.Error.IsAboutTheClient)
        {
            // Whether the client is gone, a list decides.
            work.Seen = work.Seen with
            {
                Refused = work.Seen.Refused.SetItem(clientId, exception.Error),
                Lists = work.Seen.Lists.Remove(work.Seen.AccountOf(clientId).Key),
            };
            return;
        }
        finally
        {
            work.Memory.Acted();
        }

        var before = work.Seen.Status.DisplayName;
        work.Seen = work.Seen with { Status = work.Seen.Status with { DisplayName = name } };
        if (before is not null)
        {
            events.Record(work.Resource, EventType.Normal, Reasons.Renamed, "Rename", $"Renamed the client {clientId} to {name}");
        }
    }

    private async Task RestartWorkloadsAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        var (progress, problem) = await restarter.RestartAsync(work.Resource, clientId, work.Seen.Status.Restarts, cancellationToken);
        work.Seen = problem is null
            ? work.Seen with { Status = work.Seen.Status with { RestartedFor = clientId, Restarts = null } }
            : work.Seen with { Status = work.Seen.Status with { Restarts = progress }, RestartProblem = problem };
    }

    private static async Task RevokeAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        var access = work.AccessOf(clientId);
        CartoError? refusal = null;
        access.Revocations.Begin();
        try
        {
            await access.Carto.Clients.DeleteAsync(clientId, cancellationToken);
        }
        catch (CartoException exception) when (exception.Error.IsAboutTheClient)
        {
            refusal = exception.Error;
        }
        finally
        {
            access.Revocations.End();
            work.Memory.Acted();
        }

        work.Seen = work.Seen.WithAsked(clientId, refusal);
        work.Memory.Asked = work.Seen.Asked;
    }

    private async Task ReleaseSecretAsync(ClientWork work, CancellationToken cancellationToken)
    {
        await secrets.ReleaseAsync(work.Secret!, work.Resource, cancellationToken);
        work.Secret = null;
        work.Seen = work.Seen with { Secret = new SecretView.Absent() };
    }

    private async Task RemoveFinalizerAsync(ClientWork work, CancellationToken cancellationToken)
    {
        if (work.Seen.Status.Current is { } left)
        {
            events.Record(
                work.Resource, EventType.Normal, Reasons.Retained, "Retain", $"Left the client {left.ClientId} in CARTO, as the resource asks");
        }

        var resource = work.Resource;
        work.Resource = await finalizers.RemoveAsync(resource, WireNames.Finalizer, cancellationToken)
            ?? resource with { Metadata = resource.Metadata with { Finalizers = null } };
        work.Memory.Released = true;
    }

    /// <summary>
    /// Finds out whether the Secret is what would be written of the client on record. One that is, with a pair beyond doubt, is on record.
    /// </summary>
    /// <param name="work">How far it has come.</param>
    /// <param name="asWritten">It was just written, and the server stored all of it: what others add on the way is no difference.</param>
    private static void Compare(ClientWork work, bool asWritten = false)
    {
        var seen = work.Seen;
        if (seen.Pair is { } other && other.ClientId != seen.Status.Current?.ClientId && seen.Status.Current is not null)
        {
            // The pair in hand is the next one: it says nothing of what is there.
            return;
        }

        var inSync = work.Secret is { } secret
            && seen.Secret is SecretView.Ours
            && seen.Pair is { } pair
            && pair.ClientId == seen.Status.Current?.ClientId
            && work.EndpointsOf(pair.ClientId) is { } endpoints
            && (asWritten || CredentialsSecrets.IsAsWanted(secret, work.Resource, pair, endpoints));
        work.Seen = seen with
        {
            SecretInSync = inSync,
            Status = inSync && !seen.PairIsDoubted
                ? seen.Status with { SecretResourceVersion = work.Secret!.Metadata.ResourceVersion }
                : seen.Status,
        };
    }
}
