using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>Builds the status of a resource from what is known at the end of a reconcile.</summary>
internal static class ClientReport
{
    /// <summary>The whole status. Unchanged if nothing has changed.</summary>
    public static M2MOAuthClientStatus StatusOf(ClientWork work, Step.End end, DateTimeOffset now)
    {
        var resource = work.Resource;
        var seen = work.Seen;
        // Keep a doubted record until a list has settled it.
        var doubted = seen.IsRecorded ? null : seen.Doubted;
        var status = doubted ?? seen.Status;
        return status with
        {
            ObservedGeneration = resource.Metadata.Generation,
            ResourceUid = seen.IsRecorded || doubted is not null ? resource.Metadata.Uid : null,
            Conditions = ConditionsOf(resource, seen, end, now),
            ClientId =
                seen.Secret is SecretView.Ours { ClientId: { } named } && named == status.Current?.ClientId
                    ? named
                    : status.Current?.ClientId ?? status.ClientId,
            SecretName = seen.Secret is SecretView.Ours ? CredentialsSecrets.NameOf(resource) : status.SecretName,
            Pending = status.Pending ?? Unwritten(seen, now),
            Account = doubted is null ? AccountOf(work) : doubted.Account,
            RestartedFor = resource.Spec.RolloutRestart is { Count: > 0 } ? status.RestartedFor ?? status.Current?.ClientId : null,
            Restarts = resource.Spec.RolloutRestart is { Count: > 0 } ? status.Restarts : null,
            NextRotationTime = Rotation.Of(resource, status, now).Next,
            LastHandledReconcileAt =
                end is Step.Done && ClientReporter.RequestOf(resource) is { } request ? request : status.LastHandledReconcileAt,
        };
    }

    /// <summary>Records a first client that could not be written into its Secret.</summary>
    private static PendingClient? Unwritten(Observation seen, DateTimeOffset now) =>
        seen is { IsRecorded: true, Status.Current: null, Unwritten: { } pair } && pair.ClientId != seen.AdoptedId
            ? new PendingClient { Serial = pair.Serial, Since = WireTime.Of(now) }
            : null;

    /// <summary>The account on record. A recreated account replaces it once the client is known to be in it.</summary>
    private static AccountRecord? AccountOf(ClientWork work)
    {
        var status = work.Seen.Status;
        if (status.Current is not { } current)
        {
            return work.Seen is { Record: RecordSource.Lists, Doubted: not null } ? status.Account : work.Resource.Record()?.Account;
        }

        if (work.LeaseOf(current.ClientId).Access is not { } access)
        {
            // Unreachable, but known: the client may have moved there just before another process ended.
            return status.Account;
        }

        return work.Seen.IsOutOfPlace ? status.Account : AccountOwners.Update(status.Account, access.Record);
    }

    private static IReadOnlyList<V1Condition> ConditionsOf(M2MOAuthClient resource, Observation seen, Step.End end, DateTimeOffset now)
    {
        var conditions = new ConditionSet(resource.Status?.Conditions, resource.Metadata.Generation, now);
        if (end is Step.AwaitList && seen.Status is { Current: null } or { Pending: not null })
        {
            // An earlier problem stands until the list is read and acted on.
            end = ConditionSet.Find(resource.Status?.Conditions, ConditionTypes.Synced) is { Status: "False" } last
                ? new Step.Wait(last.Reason, last.Message)
                : new Step.Wait(Reasons.RevocationUnconfirmed, "waiting for CARTO's list to confirm that a deleted client is gone");
        }

        switch (end)
        {
            case Step.Wait(var reason, var message, _):
                conditions.Set(ConditionTypes.Reconciling, true, reason, message).Set(ConditionTypes.Synced, false, reason, message);
                SetReady(conditions, resource, seen, reason, message, isShown: reason == Reasons.RestartFailed);
                break;
            case Step.Stall(var reason, var message, _):
                conditions.Set(ConditionTypes.Stalled, true, reason, message).Set(ConditionTypes.Synced, false, reason, message);
                SetReady(conditions, resource, seen, reason, message, isShown: true);
                break;
            case Step.Suspended:
                const string Suspended = "spec.suspend is true: nothing is done until it is false";
                conditions.Set(ConditionTypes.Synced, false, Reasons.Suspended, Suspended);
                SetReady(conditions, resource, seen, Reasons.Suspended, Suspended, isShown: true);
                break;
            default:
                SetSynced(conditions, seen);
                SetReady(conditions, resource, seen, Reasons.Progressing, "the Secret does not hold credentials yet", isShown: false);
                break;
        }

        SetVerified(conditions, seen);
        return conditions.ToList();
    }

    /// <summary>
    /// Ready covers the credentials in use, whatever else is wrong. Its reason still names what blocks the rest and needs a person: people
    /// see it first.
    /// </summary>
    private static void SetReady(
        ConditionSet conditions,
        M2MOAuthClient resource,
        Observation seen,
        string reason,
        string message,
        bool isShown
    )
    {
        const string Works = "the Secret holds working credentials";
        if (resource.Metadata.DeletionTimestamp is not null || !HasPair(seen))
        {
            conditions.Set(ConditionTypes.Ready, false, reason, message);
        }
        else if (!IsCertain(seen))
        {
            conditions.Set(ConditionTypes.Ready, null, reason, message);
        }
        else if (seen.MustVerify && !seen.Verified)
        {
            conditions.Set(ConditionTypes.Ready, false, reason, message);
        }
        else if (isShown)
        {
            conditions.Set(ConditionTypes.Ready, true, reason, $"{Works}; {message}");
        }
        else
        {
            conditions.Set(ConditionTypes.Ready, true, Reasons.Available, Works);
        }
    }

    private static bool HasPair(Observation seen) =>
        seen.Status.Current is { } current
        && seen.Secret is SecretView.Ours ours
        && ours.ClientId == current.ClientId
        && seen.Presence != Presence.Gone
        && seen.LiveSecret is null or { HoldsPair: true, IsPairDoubted: false };

    /// <summary>
    /// Whether there is no evidence against credentials that last worked, such as a list without the client or a Secret that changed and
    /// was not reread.
    /// </summary>
    private static bool IsCertain(Observation seen) =>
        !(seen.Absence is not null && seen.Presence == Presence.Unknown)
        && (seen.LiveSecret is not null || (seen.Secret as SecretView.Ours)?.ResourceVersion == seen.Status.SecretResourceVersion);

    private static void SetSynced(ConditionSet conditions, Observation seen)
    {
        if (seen.Status.Current is { } current && seen.Status.DisplayName != seen.Name.For(current.Serial))
        {
            conditions.Set(
                ConditionTypes.Synced,
                false,
                Reasons.RenameUnsupported,
                $"the API of the account cannot rename: the client is still called {seen.Status.DisplayName ?? "otherwise"}; rename it "
                    + "in CARTO's "
                    + $"Workspace to {seen.Name.For(current.Serial)}, or leave it"
            );
        }
        else
        {
            conditions.Set(ConditionTypes.Synced, true, Reasons.Available, "CARTO and the Secret are as the resource specifies");
        }
    }

    private static void SetVerified(ConditionSet conditions, Observation seen)
    {
        if (seen.Status.Current is null)
        {
            return;
        }

        if (seen.Absence is not null && seen.Presence is Presence.Unknown or Presence.Gone)
        {
            conditions.Set(
                ConditionTypes.CredentialsVerified,
                null,
                Reasons.NotVerified,
                "CARTO does not list the client, so it is unknown whether its credentials still work"
            );
        }
        else if (!seen.MustVerify)
        {
            conditions.Set(
                ConditionTypes.CredentialsVerified,
                null,
                Reasons.VerificationDisabled,
                "verification is turned off, so the credentials were not tried"
            );
        }
        else if (seen.Verified)
        {
            conditions.Set(ConditionTypes.CredentialsVerified, true, Reasons.TokenObtained, "a token was obtained with the credentials");
        }
        else if (seen.Refusal is { } refusal)
        {
            conditions.Set(ConditionTypes.CredentialsVerified, false, Reasons.CredentialsInvalid, refusal);
        }
        else
        {
            conditions.Set(ConditionTypes.CredentialsVerified, null, Reasons.NotVerified, "the credentials have not been tried yet");
        }
    }
}
