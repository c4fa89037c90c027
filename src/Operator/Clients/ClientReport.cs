using k8s.Models;
using Operator.Accounts;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>Makes the status of a resource from what is known at the end of a reconcile.</summary>
internal static class ClientReport
{
    /// <summary>The whole status. It says nothing new when nothing has changed.</summary>
    public static M2MOAuthClientStatus StatusOf(ClientWork work, Step.End end, DateTimeOffset now)
    {
        var resource = work.Resource;
        var seen = work.Seen;
        var status = seen.Status;
        return status with
        {
            ObservedGeneration = resource.Metadata.Generation,
            Conditions = ConditionsOf(resource, seen, end, now),
            ClientId = seen.Secret is SecretView.Ours { ClientId: { } named } ? named : status.ClientId,
            SecretName = seen.Secret is SecretView.Ours ? CredentialsSecrets.NameOf(resource) : status.SecretName,
            Account = AccountOf(work),
            RestartedFor = resource.Spec.RolloutRestart is { Count: > 0 } ? status.RestartedFor ?? status.Current?.ClientId : null,
            Restarts = resource.Spec.RolloutRestart is { Count: > 0 } ? status.Restarts : null,
            NextRotationTime = Rotation.Of(resource, status, now).Next,
            LastHandledReconcileAt = end is Step.Done && ClientReporter.RequestOf(resource) is { } request ? request : status.LastHandledReconcileAt,
        };
    }

    /// <summary>The account on record. One that was made anew takes its place once it is certain that the client is in it.</summary>
    private static AccountRecord? AccountOf(ClientWork work)
    {
        var status = work.Seen.Status;
        if (status.Current is not { } current)
        {
            return work.Resource.Status?.Account;
        }

        if (work.LeaseOf(current.ClientId).Access is not { } access)
        {
            // Out of reach, but known: the client may have moved there just before another process came to its end.
            return status.Account;
        }

        return work.Seen.IsOutOfPlace ? status.Account : AccountOwners.Update(status.Account, access.Record);
    }

    private static IReadOnlyList<V1Condition> ConditionsOf(M2MOAuthClient resource, Observation seen, Step.End end, DateTimeOffset now)
    {
        var conditions = new ConditionSet(resource.Status?.Conditions, resource.Metadata.Generation, now);
        switch (end)
        {
            case Step.Wait(var reason, var message, _):
                conditions.Set(ConditionTypes.Reconciling, true, reason, message).Set(ConditionTypes.Synced, false, reason, message);
                SetReady(conditions, resource, seen, reason, message);
                break;
            case Step.Stall(var reason, var message, _):
                conditions.Set(ConditionTypes.Stalled, true, reason, message).Set(ConditionTypes.Synced, false, reason, message);
                SetReady(conditions, resource, seen, reason, message);
                break;
            case Step.Suspended:
                const string Suspended = "spec.suspend is true: nothing is done until it is false";
                conditions.Set(ConditionTypes.Synced, false, Reasons.Suspended, Suspended);
                SetReady(conditions, resource, seen, Reasons.Suspended, Suspended);
                break;
            default:
                SetSynced(conditions, seen);
                SetReady(conditions, resource, seen, Reasons.Progressing, "the pair is not in the Secret yet");
                break;
        }

        SetVerified(conditions, seen);
        return conditions.ToList();
    }

    /// <summary>Ready says that the pair can be used, whatever else is wrong; and what is wrong when it cannot.</summary>
    private static void SetReady(ConditionSet conditions, M2MOAuthClient resource, Observation seen, string reason, string message)
    {
        if (resource.Metadata.DeletionTimestamp is null && IsUsable(seen))
        {
            conditions.Set(ConditionTypes.Ready, true, Reasons.Available, "the Secret holds a pair that works");
        }
        else
        {
            conditions.Set(ConditionTypes.Ready, false, reason, message);
        }
    }

    private static bool IsUsable(Observation seen) =>
        seen.Status.Current is { } current
        && seen.Secret is SecretView.Ours ours
        && ours.ClientId == current.ClientId
        && !seen.PairIsDoubted
        && seen.Presence != Presence.Gone
        && (!seen.SecretIsLive || seen.SecretInSync)
        && (seen.Verified || !seen.MustVerify);

    private static void SetSynced(ConditionSet conditions, Observation seen)
    {
        if (seen.Status.Current is { } current && seen.Status.DisplayName != seen.Name.For(current.Serial))
        {
            conditions.Set(
                ConditionTypes.Synced,
                false,
                Reasons.RenameUnsupported,
                $"the API of the account cannot rename: the client is still called {seen.Status.DisplayName ?? "otherwise"}; rename it in CARTO's "
                    + $"Workspace to {seen.Name.For(current.Serial)}, or leave it");
        }
        else
        {
            conditions.Set(ConditionTypes.Synced, true, Reasons.Available, "CARTO and the Secret are as the resource asks");
        }
    }

    private static void SetVerified(ConditionSet conditions, Observation seen)
    {
        if (seen.Status.Current is null)
        {
            return;
        }

        if (!seen.MustVerify)
        {
            conditions.Set(ConditionTypes.CredentialsVerified, null, Reasons.VerificationDisabled, "verification is turned off: the pair was not tried");
        }
        else if (seen.Verified)
        {
            conditions.Set(ConditionTypes.CredentialsVerified, true, Reasons.TokenObtained, "a token was obtained with the pair");
        }
        else if (seen.Refusal is { } refusal)
        {
            conditions.Set(ConditionTypes.CredentialsVerified, false, Reasons.CredentialsInvalid, refusal);
        }
        else
        {
            conditions.Set(ConditionTypes.CredentialsVerified, null, Reasons.NotVerified, "the pair has not been tried yet");
        }
    }
}
