using System.Net;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;
using Operator.Secrets;
using Operator.Telemetry;
using Operator.Workloads;

namespace Operator.Clients;

/// <summary>Carries out the steps of the plan: each does one thing, and brings the observation up to date.</summary>
/// <param name="finalizers">Writes finalizers.</param>
/// <param name="status">Records an intent before it is acted on.</param>
/// <param name="secrets">The credentials Secrets.</param>
/// <param name="restarter">Restarts what uses them.</param>
/// <param name="secondLook">Looks for clients that were not listed.</param>
/// <param name="events">Tells people what was done.</param>
/// <param name="time">Clock.</param>
internal sealed class StepExecutor(
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
        Step.FindByMarker => FindByMarkerAsync(work, cancellationToken),
        Step.ReadBack(var clientId) => ReadBackAsync(work, clientId, cancellationToken),
        Step.ReadGivenSecret(var clientId) => ReadGivenSecretAsync(work, clientId, cancellationToken),
        Step.ConfirmMissing missing => secondLook.ConfirmAsync(work, missing, cancellationToken),
        Step.RecordPending pending => RecordPendingAsync(work, pending, cancellationToken),
        Step.Create(var serial) => CreateAsync(work, serial, cancellationToken),
        Step.WriteSecret => WriteSecretAsync(work, cancellationToken),
        Step.Verify => VerifyAsync(work, cancellationToken),
        Step.Rename(var clientId, var serial) => RenameAsync(work, clientId, serial, cancellationToken),
        Step.RestartWorkloads(var clientId) => RestartWorkloadsAsync(work, clientId, cancellationToken),
        Step.Revoke(var clientId) => RevokeAsync(work, clientId, cancellationToken),
        Step.ReleaseSecret => ReleaseSecretAsync(work, cancellationToken),
        Step.RemoveFinalizer => RemoveFinalizerAsync(work, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "This step cannot be carried out."),
    };

    private async Task AddFinalizerAsync(ClientWork work, CancellationToken cancellationToken)
    {
        // The patch applies to the version that was looked at: had another operator begun meanwhile, it would fail.
        // The account goes with it: until the status says where a client may be, the spec could be made to name another one.
        var account = new Dictionary<string, string> { [WireNames.Annotations.Account] = AccountKey.Annotate(work.Access.Record, work.Resource) };
        work.Resource = await finalizers.AddAsync(work.Resource, WireNames.Finalizer, account, cancellationToken);
        if (work.Seen.Status is { Current: null, Pending: null })
        {
            work.Memory.NoneOutstanding();
            work.Seen = work.Seen with { NoCreateOutstanding = true };
        }
    }

    private async Task ReadSecretAsync(ClientWork work, CancellationToken cancellationToken)
    {
        work.Secret = await secrets.ReadAsync(work.Resource, cancellationToken);
        work.Seen = work.Seen.See(CredentialsSecrets.ViewOf(work.Secret?.Metadata, work.Resource), time.GetUtcNow()) with { SecretIsLive = true };

        var current = work.Seen.Status.Current;
        work.Memory.Recorded(current?.ClientId);
        var pair = work.Secret is null ? null : CredentialsSecrets.PairIn(work.Secret, work.Resource, current);
        if (pair is not null && pair.ClientId == current?.ClientId && !(work.Seen.Pair?.Serial > pair.Serial))
        {
            // Where no record vouches for a version of the Secret, somebody may have been at it before the first one was made.
            var recorded = work.Resource.Status;
            work.Seen = work.Seen with
            {
                Pair = pair,
                PairIsDoubted = recorded?.Current?.ClientId == pair.ClientId && recorded.SecretResourceVersion is { } version
                    ? version != work.Secret!.Metadata.ResourceVersion
                    : secrets.IsPairFromOthers(work.Secret!, work.Resource.Spec.Secret),
            };
        }

        Compare(work);
    }

    private async Task FindByMarkerAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var marked = await work.Access.Listing.FindAsync(work.Seen.Name.Owner, work.Memory.ListSince, cancellationToken);
        work.Seen = work.Seen.List(marked, time.GetUtcNow());
        work.Memory.Listed(work.Seen.FirstMiss);
    }

    private async Task ReadBackAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        var seen = work.Seen;
        var client = await work.Access.Carto.Clients.GetAsync(clientId, cancellationToken);
        if (client?.Secret is not { } secret)
        {
            // What CARTO does not tell has to be taken as it is; unless it says that there is no such client, or a try will tell, or,
            // where nothing is tried, somebody else wrote it.
            work.Seen = seen with
            {
                Unreadable = [.. seen.Unreadable, clientId],
                NotFound = client is null ? [.. seen.NotFound, clientId] : seen.NotFound,
                PairIsDoubted = seen.PairIsDoubted
                    && (seen.MustVerify || client is null || secrets.IsPairFromOthers(work.Secret!, work.Resource.Spec.Secret)),
            };
            Compare(work);
            return;
        }

        var current = seen.Status.Current is { } known && known.ClientId == clientId ? known : null;
        var serial = current?.Serial ?? seen.Marked?.FirstOrDefault(marked => marked.ClientId == clientId)?.Serial ?? FirstSerial;
        var same = seen.Pair is { } pair && pair.ClientId == clientId && pair.ClientSecret.Equals(secret);
        work.Seen = seen with
        {
            Pair = new Pair(clientId, serial, secret, client.Name, client.CreatedAt),
            PairIsDoubted = false,
            Refusal = same ? seen.Refusal : null,
            Status = current is null ? seen.Status : seen.Status with { DisplayName = client.Name ?? seen.Status.DisplayName },
        };
        Compare(work);
        if (current is null && work.Resource.Spec.ClientId != clientId)
        {
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
                Pair = new Pair(clientId, current?.Serial ?? FirstSerial, secret, Name: null, current?.CreatedAt),
                PairIsDoubted = false,
                Refusal = null,
            };
        Compare(work);
    }

    private async Task RecordPendingAsync(ClientWork work, Step.RecordPending step, CancellationToken cancellationToken)
    {
        var intent = work.Seen.Status with
        {
            Pending = new PendingClient { Serial = step.Serial, Since = WireTime.Of(time.GetUtcNow()), Overlap = step.Overlap, Account = step.Account },
            NextRotationTime = null,
            LastHandledRotateAt = step.Request ?? work.Seen.Status.LastHandledRotateAt,
        };
        work.Resource = await status.WriteAsync(work.Resource, intent, cancellationToken);
        work.Memory.NoneOutstanding();
        work.Seen = work.Seen with { Status = intent, NoCreateOutstanding = true };
    }

    private async Task CreateAsync(ClientWork work, int serial, CancellationToken cancellationToken)
    {
        if (work.HasCreated)
        {
            throw new InvalidOperationException("The plan wants a second client in one reconcile.");
        }

        var name = work.Seen.Name.For(serial);
        work.HasCreated = true;
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

        if (created.Secret is not { } secret)
        {
            throw new CartoException(new CartoError(
                CartoErrorKind.Transient,
                CartoStage.Api,
                "The answer to create holds no client secret; the client was probably created, and is searched for in the list.",
                MayHaveTakenEffect: true));
        }

        var pair = new Pair(created.Id, serial, secret, name, created.CreatedAt ?? WireTime.Of(time.GetUtcNow()));
        work.Memory.Created(pair);
        work.Seen = work.Seen with { Pair = pair, Refusal = null };
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
        try
        {
            work.Secret = await secrets.WriteAsync(work.Secret, work.Resource, pair, work.EndpointsOf(pair.ClientId)!, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists || (exception.IsNotFound && work.Secret is not null))
        {
            // Not what was read a moment ago: the plan has to see what it is now.
            await ReadSecretAsync(work, cancellationToken);
            return;
        }
        catch (KubernetesApiException exception)
            when (exception.Refuser is not null || exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity)
        {
            throw new SecretRefusedException(exception, pair.ClientSecret);
        }

        seen = seen.See(CredentialsSecrets.ViewOf(work.Secret.Metadata, work.Resource), time.GetUtcNow());
        work.Seen = seen with { SecretIsLive = true, PairIsDoubted = false };
        work.Memory.Recorded(pair.ClientId);
        Compare(work);
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

    private static async Task VerifyAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var pair = work.Seen.Pair!;
        try
        {
            await work.Access.Carto.VerifyAsync(pair.ClientId, pair.ClientSecret, cancellationToken);
            work.Seen = work.Seen with { VerifiedClient = pair.ClientId, PairIsDoubted = false, Refusal = null };
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.Unauthorized)
        {
            work.Seen = work.Seen with
            {
                VerifiedClient = work.Seen.VerifiedClient == pair.ClientId ? null : work.Seen.VerifiedClient,
                Refusal = exception.Error.Message,
            };
        }

        Compare(work);
    }

    private async Task RenameAsync(ClientWork work, string clientId, int serial, CancellationToken cancellationToken)
    {
        var name = work.Seen.Name.For(serial);
        try
        {
            await work.Access.Carto.Clients.RenameAsync(clientId, name, cancellationToken);
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

    private async Task RevokeAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        try
        {
            await work.AccessOf(clientId).Carto.Clients.DeleteAsync(clientId, cancellationToken);
            events.Record(work.Resource, EventType.Normal, Reasons.Revoked, "Revoke", $"Revoked the client {clientId} in CARTO");
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.NotFound)
        {
            if (work.MayBeOutOfSight(clientId))
            {
                work.Seen = work.Seen with { OutOfSight = [.. work.Seen.OutOfSight, clientId] };
                return;
            }

            // Gone is what was wanted.
        }
        finally
        {
            work.Memory.Acted();
        }

        var seen = work.Seen;
        var wasCurrent = seen.Status.Current?.ClientId == clientId;
        work.Memory.Recorded(clientId);
        work.Seen = seen with
        {
            NoCreateOutstanding = seen.NoCreateOutstanding || (wasCurrent && seen.Status.Pending is null),
            Pair = seen.Pair?.ClientId == clientId ? null : seen.Pair,
            Marked = seen.Marked?.Where(marked => marked.ClientId != clientId).ToList(),
            Status = seen.Status with
            {
                Current = wasCurrent ? null : seen.Status.Current,
                Retiring = seen.Status.Retiring?.Where(retiring => retiring.ClientId != clientId).ToList() is { Count: > 0 } left ? left : null,
            },
        };
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
    private static void Compare(ClientWork work)
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
            && CredentialsSecrets.IsAsWanted(secret, work.Resource, pair, endpoints);
        work.Seen = seen with
        {
            SecretInSync = inSync,
            Status = inSync && !seen.PairIsDoubted
                ? seen.Status with { SecretResourceVersion = work.Secret!.Metadata.ResourceVersion }
                : seen.Status,
        };
    }
}
