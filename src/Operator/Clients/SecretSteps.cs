using System.Net;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;
using Operator.Telemetry;

namespace Operator.Clients;

/// <summary>The steps of the plan that read or write Secrets.</summary>
/// <param name="secrets">The credentials Secrets.</param>
/// <param name="resources">Reads a resource when the cache may be stale.</param>
/// <param name="events">Publishes events.</param>
/// <param name="time">Clock.</param>
internal sealed class SecretSteps(
    CredentialsSecrets secrets,
    ResourceClient<M2MOAuthClient> resources,
    EventRecorder events,
    TimeProvider time
)
{
    /// <summary><see cref="Step.ReadSecret"/>.</summary>
    public async Task ReadAsync(ClientWork work, CancellationToken cancellationToken)
    {
        work.Secret = await secrets.ReadAsync(work.Resource, cancellationToken);
        work.Seen = work.Seen.WithStored(work.Secret is { } secret ? StoredOf(secret, work) : null, time.GetUtcNow());
    }

    /// <summary><see cref="Step.ReadReferencedSecret"/>.</summary>
    public async Task ReadReferencedAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
    {
        var (secret, problem) = await secrets.ReadReferencedAsync(work.Resource, clientId, cancellationToken);
        work.Seen = work.Seen.WithReferencedSecret(clientId, secret, problem);
    }

    /// <summary><see cref="Step.DryRunSecret"/>.</summary>
    public async Task DryRunAsync(ClientWork work, CancellationToken cancellationToken)
    {
        try
        {
            await secrets.DryRunAsync(work.Secret, work.Resource, work.Account.View.Endpoints!, cancellationToken);
            work.Memory.SecretWasRefused = false;
            work.Seen = work.Seen with { SecretAcceptance = SecretAcceptance.AcceptedAgain };
        }
        catch (KubernetesApiException exception) when (IsRefusal(exception))
        {
            work.Memory.SecretWasRefused = true;
            throw new SecretRefusedException(exception, work.Secret?.Immutable == true, clientSecret: null);
        }
    }

    /// <summary><see cref="Step.WriteSecret"/>.</summary>
    public async Task WriteAsync(ClientWork work, CancellationToken cancellationToken)
    {
        if (TakesOwnership(work) && await IsBeingDeletedAsync(work, cancellationToken))
        {
            return;
        }

        var pair = work.Seen.Pair!;
        var before = work.Seen.Status.Current;
        string? mutation;
        try
        {
            (work.Secret, mutation) = await secrets.WriteAsync(
                work.Secret,
                work.Resource,
                pair,
                work.Renderings.Of(work.Resource.Spec.Secret, pair, work.EndpointsOf(pair.ClientId)!),
                work.Seen.Status.LastHandledRotateAt,
                cancellationToken
            );
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists || (exception.IsNotFound && work.Secret is not null))
        {
            // What was read before is stale: the plan has to see the current state.
            await ReadAsync(work, cancellationToken);
            return;
        }
        catch (KubernetesApiException exception) when (IsRefusal(exception))
        {
            work.Memory.SecretWasRefused = true;
            throw new SecretRefusedException(exception, work.Secret?.Immutable == true, pair.ClientSecret);
        }

        work.Seen = work.Seen.WithWritten(StoredOf(work.Secret, work), mutation, time.GetUtcNow());
        work.Memory.SecretWasRefused = false;
        if (mutation is null)
        {
            Report(work, pair, before);
        }
    }

    /// <summary><see cref="Step.ReleaseSecret"/>.</summary>
    public async Task ReleaseAsync(ClientWork work, CancellationToken cancellationToken)
    {
        await secrets.ReleaseAsync(work.Secret!, work.Resource, cancellationToken);
        work.Secret = null;
        work.Seen = work.Seen.WithoutSecret();
    }

    private StoredSecret StoredOf(V1Secret secret, ClientWork work) => new(secret, work.Resource, secrets, work.Renderings);

    private static bool IsRefusal(KubernetesApiException exception) =>
        exception.Refuser is not null || exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity;

    private static bool TakesOwnership(ClientWork work) =>
        work.Seen.Secret is SecretView.Ours { IsOwned: false } && !work.Resource.IsRetained();

    /// <summary>
    /// An orphaning deletion removes the owner reference from the Secret, and the cache may show that before the deletion. Owning the
    /// Secret again would get it garbage collected, against the user's intent.
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

    private void Report(ClientWork work, Pair pair, ClientRecord? before)
    {
        var name = work.Secret!.Metadata.Name;
        if (before?.ClientId == pair.ClientId)
        {
            events.Record(work.Resource, EventType.Normal, Reasons.SecretUpdated, "WriteSecret", $"Wrote the Secret {name} again");
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
                $"The Secret {name} now holds the credentials of {pair.ClientId} instead of those of {before.ClientId}"
            );
        }
    }
}
