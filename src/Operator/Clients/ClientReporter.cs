using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>Reports a reconcile: at most one status write, an event on a transition, and when to requeue.</summary>
/// <param name="writer">Writes the status.</param>
/// <param name="accounts">Tracks resources waiting for their account.</param>
/// <param name="memories">Drops what is now on record.</param>
/// <param name="changes">Statuses changed by other writers.</param>
/// <param name="events">Publishes events.</param>
/// <param name="time">Clock.</param>
internal sealed class ClientReporter(
    StatusWriter<M2MOAuthClient, M2MOAuthClientStatus> writer,
    AccountDirectory accounts,
    ClientMemories memories,
    StatusChanges changes,
    EventRecorder events,
    TimeProvider time
)
{
    /// <summary>How long a resource reports nothing while its account is probed for the first time.</summary>
    private static readonly TimeSpan FirstConnect = TimeSpan.FromSeconds(10);

    /// <summary>The value of the annotation that requests a full reconcile; null if there is none.</summary>
    public static string? RequestOf(M2MOAuthClient resource) =>
        resource.Metadata.Annotations.Find(WireNames.Annotations.ReconcileRequestedAt);

    /// <summary>Writes the status and returns when to requeue.</summary>
    public async Task<ReconcileResult> ReportAsync(ClientWork work, Step.End end, CancellationToken cancellationToken)
    {
        var key = ObjectKey.Of(work.Resource);
        if (end is Step.Gone)
        {
            return new Settled(null);
        }

        var now = time.GetUtcNow();
        if (end is Step.AwaitAccount)
        {
            work.Memory.AwaitingAccountSince ??= now;
            var left = work.Memory.AwaitingAccountSince.Value + FirstConnect - now;
            if (left > TimeSpan.Zero)
            {
                Await(work, key);
                return new Waiting(Reasons.AccountNotReady, left);
            }

            end = new Step.Wait(Reasons.AccountNotReady, $"{work.Account.Key} is being connected");
        }

        if (end is Step.AwaitList && work.Resource.Metadata.DeletionTimestamp is not null)
        {
            // The resource is about to be gone, so nothing would read the status.
            AwaitList(work);
            return new Waiting(Reasons.RevocationUnconfirmed, RevocationChecks.Longest);
        }

        var status = ClientReport.StatusOf(work, end, now);
        var before = work.Resource.Status;
        work.Resource = await writer.WriteAsync(work.Resource, status, cancellationToken);
        if (work.Seen.IsRecorded)
        {
            changes.Settle(key);
        }

        TellTurn(work.Resource, before, end);
        if (end is Step.Wait or Step.Stall)
        {
            if (StepFailures.MayBeOfAccount(ReasonOf(end)!) && work.Account.Access is not null)
            {
                accounts.Doubt(work.Account.Key);
            }

            Await(work, key);
        }
        else if (end is Step.AwaitList)
        {
            AwaitList(work);
            return new Waiting(Reasons.RevocationUnconfirmed, RevocationChecks.Longest);
        }
        else
        {
            memories.Forget(key);
        }

        return ResultOf(end, status, now);
    }

    /// <summary>Requeues the resource once CARTO has been listed after the requested deletions.</summary>
    public void AwaitList(ClientWork work)
    {
        var key = ObjectKey.Of(work.Resource);
        work.Memory.HasAwaitedList = true;
        foreach (var account in work.Seen.Revoking.Keys.Select(work.AccessOf).Distinct())
        {
            account.Revocations.Await(() => accounts.Wake(key));
        }
    }

    private void Await(ClientWork work, ObjectKey key)
    {
        foreach (var account in work.Accounts)
        {
            accounts.Await(account, key);
        }
    }

    private static ReconcileResult ResultOf(Step.End end, M2MOAuthClientStatus status, DateTimeOffset now) =>
        end switch
        {
            Step.Wait(var reason, _, var after) => new Waiting(reason, after),
            Step.Stall { RequeueAfter: { } after } stall => new Waiting(stall.Reason, after),
            Step.Stall(var reason, var message, _) => new Stalled(reason, message),
            Step.Done => new Settled(RequeueAfter(status, now)),
            _ => new Settled(null),
        };

    /// <summary>When something becomes due by time alone.</summary>
    private static TimeSpan? RequeueAfter(M2MOAuthClientStatus status, DateTimeOffset now)
    {
        var next = status.NextRotationTime;
        foreach (var retiring in status.Retiring ?? [])
        {
            next = next < retiring.RevokeAfter ? next : retiring.RevokeAfter;
        }

        return next is { } time ? (time > now ? time - now : TimeSpan.Zero) : null;
    }

    /// <summary>Publishes an event and a log line when a resource hits a problem or recovers; nothing while it stays the same.</summary>
    private void TellTurn(M2MOAuthClient resource, M2MOAuthClientStatus? before, Step.End end)
    {
        var problem = ConditionSet.Find(before?.Conditions, ConditionTypes.Synced) is { Status: "False" } condition
            ? condition.Reason
            : null;
        var reason = ReasonOf(end);
        if (reason == problem || reason is Reasons.ConfirmingCreate or Reasons.Progressing)
        {
            return;
        }

        if (reason is not null)
        {
            var message = end is Step.Stall stall ? stall.Message : ((Step.Wait)end).Message;
            events.Record(resource, EventType.Warning, reason, "Reconcile", message);
        }
        else if (end is Step.Done && problem is not null && problem != Reasons.RenameUnsupported)
        {
            events.Record(
                resource,
                EventType.Normal,
                Reasons.Available,
                "Reconcile",
                $"No longer {problem}: everything is as the resource specifies"
            );
        }
    }

    private static string? ReasonOf(Step.End end) =>
        end switch
        {
            Step.Wait wait => wait.Reason,
            Step.Stall stall => stall.Reason,
            _ => null,
        };
}
