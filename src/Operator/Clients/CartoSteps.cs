using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>The steps of the plan that call CARTO.</summary>
/// <param name="events">Publishes events.</param>
/// <param name="time">Clock.</param>
internal sealed class CartoSteps(EventRecorder events, TimeProvider time)
{
    private const string OtherKind =
        "spec.clientId: CARTO lists this client as another kind of application, not as an M2M OAuth Client, so it cannot be adopted: "
        + "write a new resource "
        + "with the ID of an M2M OAuth Client";

    /// <summary><see cref="Step.FindByMark"/>.</summary>
    public async Task FindByMarkAsync(ClientWork work, AccountKey? account, CancellationToken cancellationToken)
    {
        var lease = account is { } key ? work.LeaseOf(key) : work.Account;
        var revoking = work.Seen.Revoking;
        var list = await ClientWork
            .AccessOf(lease)
            .Listing.AfterAsync(revoking.IsEmpty ? work.Memory.ListSince : work.Memory.ActedAt, cancellationToken);
        var refusal =
            work.Resource.Spec.ClientId is { } adopted && list.Names.TryGetValue(adopted, out var name)
                ? list.IsOther(adopted)
                    ? OtherKind
                    : work.AdoptionRefusal(lease, adopted, name)
                : null;
        var marked = list.MarkedFor(work.Seen.Name.Owner).Select(client => client.ClientId);
        foreach (var client in work.RecordedClients.Intersect(marked).Where(client => work.LeaseOf(client).Key != lease.Key))
        {
            work.Memory.Place(client, lease.Key);
        }

        work.Seen = work.Seen.WithList(lease.Key, list, refusal, time.GetUtcNow());
        work.Memory.Revoking = work.Seen.Revoking;
        work.Memory.HighestSerial = work.Seen.HighestSerialSeen;
        work.Memory.Listed(work.Seen.FirstMiss);
        foreach (var gone in revoking.Keys.Where(work.Seen.Gone.Contains))
        {
            events.Record(work.Resource, EventType.Normal, Reasons.Revoked, "Revoke", $"Revoked the client {gone} in CARTO");
        }

        var recorded = RecordedStatus.Ids(work.Seen.Status.Current?.ClientId, work.Seen.Doubted?.Current?.ClientId);
        if (recorded.Any(client => work.Seen.OwnershipOf(client) == Ownership.TooNew))
        {
            // The next list has to be a later one.
            work.Memory.Acted();
        }
    }

    /// <summary><see cref="Step.ReadBack"/>.</summary>
    public async Task ReadBackAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
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

        if (client?.Secret is not { } secret)
        {
            work.Memory.Acted();
            if (work.Memory.CreatedWithoutSecret == clientId && client is not null)
            {
                work.Memory.CreatedWithoutSecret = null;
                work.Access.Secretless.Add(time.GetUtcNow());
                work.Seen = work.Seen with { CreatesPausedFor = work.Access.Secretless.PausedFor(time.GetUtcNow()) };
            }

            work.Seen = work.Seen.WithoutSecretReadBack(clientId, exists: client is not null, refusal);
            return;
        }

        var isRecorded = work.Seen.Status.Current?.ClientId == clientId;
        work.Memory.CreatedWithoutSecret = null;
        work.Seen = work.Seen.WithSecretReadBack(client with { Id = clientId }, secret);
        if (!isRecorded && work.Resource.Spec.ClientId != clientId && work.Memory.RecoveredClient != clientId)
        {
            work.Memory.RecoveredClient = clientId;
            events.Record(
                work.Resource,
                EventType.Normal,
                Reasons.Recovered,
                "Create",
                $"Found the client {clientId} of an interrupted create in CARTO"
            );
        }
    }

    /// <summary>
    /// <see cref="Step.ConfirmMissing"/>: checks whether the credentials still obtain a token. A truncated list, or one for another user,
    /// must not cost a working client.
    /// </summary>
    public async Task ConfirmMissingAsync(ClientWork work, Step.ConfirmMissing step, CancellationToken cancellationToken)
    {
        var works =
            step.TryPair && work.Seen.Pair is { } pair && pair.ClientId == step.ClientId && await work.WorksAsync(pair, cancellationToken);
        work.Seen = work.Seen.WithPresence(step.ClientId, works ? Presence.OutOfSight : Presence.Gone);
        if (!works)
        {
            work.Memory.GoneClient = step.ClientId;
            events.Record(
                work.Resource,
                EventType.Warning,
                Reasons.ClientMissing,
                "Compare",
                $"The client {step.ClientId} is gone from CARTO: another takes its place, and the Secret changes"
            );
        }
    }

    /// <summary><see cref="Step.Create"/>.</summary>
    public async Task CreateAsync(ClientWork work, int serial, CancellationToken cancellationToken)
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
        work.Seen = work.Seen.WithCreated(created, serial, Rotation.RequestOf(work.Resource), time.GetUtcNow());
        if (created.Secret is null)
        {
            work.Memory.CreatedWithoutSecret = created.Id;
        }
        else
        {
            work.Access.Secretless.Clear();
        }

        events.Record(
            work.Resource,
            EventType.Normal,
            Reasons.Created,
            "Create",
            $"Created the client {created.Id} in CARTO, named {name}"
        );
    }

    /// <summary><see cref="Step.Verify"/>.</summary>
    public static async Task VerifyAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var pair = work.Seen.Pair!;
        try
        {
            await work.Access.Carto.VerifyAsync(pair.ClientId, pair.ClientSecret, cancellationToken);
            work.Seen = work.Seen.WithToken();
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.Unauthorized)
        {
            work.Seen = work.Seen.WithoutToken(exception.Error.Message);
        }
    }

    /// <summary><see cref="Step.VerifyUnlisted"/>.</summary>
    public static async Task VerifyUnlistedAsync(ClientWork work, CancellationToken cancellationToken)
    {
        var unlisted = work.Seen.UnlistedPair!;
        work.Seen = work.Seen with { UnlistedPair = unlisted with { Works = await work.WorksAsync(unlisted.Pair, cancellationToken) } };
        // The next list has to be a later one.
        work.Memory.Acted();
    }

    /// <summary><see cref="Step.Rename"/>.</summary>
    public async Task RenameAsync(ClientWork work, string clientId, int serial, CancellationToken cancellationToken)
    {
        var name = work.Seen.Name.For(serial);
        try
        {
            await work.AccessOf(clientId).Carto.Clients.RenameAsync(clientId, name, cancellationToken);
        }
        catch (CartoException exception) when (exception.Error.IsAboutTheClient)
        {
            work.Seen = work.Seen.WithRefusal(clientId, exception.Error);
            return;
        }
        finally
        {
            work.Memory.Acted();
        }

        var before = work.Seen.Status.DisplayName;
        work.Seen = work.Seen.Renamed(name);
        if (before is not null)
        {
            events.Record(work.Resource, EventType.Normal, Reasons.Renamed, "Rename", $"Renamed the client {clientId} to {name}");
        }
    }

    /// <summary><see cref="Step.Revoke"/>.</summary>
    public static async Task RevokeAsync(ClientWork work, string clientId, CancellationToken cancellationToken)
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

        work.Seen = work.Seen.WithRevoking(clientId, refusal);
        work.Memory.Revoking = work.Seen.Revoking;
    }
}
