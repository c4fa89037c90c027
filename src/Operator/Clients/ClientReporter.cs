using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>Says how a reconcile went: with one status write at most, an event where something turned, and when to look again.</summary>
/// <param name="writer">Writes the status.</param>
/// <param name="accounts">Where a resource waits for its account.</param>
/// <param name="ledger">Forgets what is on record.</param>
/// <param name="changes">Statuses that other hands have changed.</param>
/// <param name="events">Tells people what turned.</param>
/// <param name="time">Clock.</param>
internal sealed class ClientReporter(
    StatusWriter<M2MOAuthClient, M2MOAuthClientStatus> writer,
    AccountDirectory accounts,
    CreateLedger ledger,
    StatusChanges changes,
    EventRecorder events,
    TimeProvider time)
{
    /// <summary>How long a resource says nothing while its account is looked at for the first time.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(10);

    /// <summary>The request for a look at everything that a resource bears; null when it bears none.</summary>
    public static string? RequestOf(M2MOAuthClient resource) =>
        resource.Metadata.Annotations is { } annotations && annotations.TryGetValue(WireNames.Annotations.ReconcileRequestedAt, out var request)
            ? request
            : null;

    /// <summary>Writes the status and says when the resource is to be looked at again.</summary>
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
            var left = work.Memory.AwaitingAccountSince.Value + FirstLook - now;
            if (left > TimeSpan.Zero)
            {
                Await(work, key);
                return new Waiting(Reasons.AccountNotReady, left);
            }

            end = new Step.Wait(Reasons.AccountNotReady, $"{work.Account.Key} is being connected");
        }

        if (end is Step.AwaitList && work.Resource.Metadata.DeletionTimestamp is not null)
        {
            // Over in a moment, and then there is nothing left to read it.
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
            ledger.Forget(key);
        }

        return ResultOf(end, status, now);
    }

    /// <summary>Has the resource reconciled again as soon as CARTO was listed after the deletions that were requested for it.</summary>
    public void AwaitList(ClientWork work)
    {
        var key = ObjectKey.Of(work.Resource);
        work.Memory.HasAwaitedList = true;
        foreach (var account in work.Seen.Asked.Keys.Select(work.AccessOf).Distinct())
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

    private static ReconcileResult ResultOf(Step.End end, M2MOAuthClientStatus status, DateTimeOffset now) => end switch
    {
        Step.Wait(var reason, _, var after) => new Waiting(reason, after),
        Step.Stall { RequeueAfter: { } look } stall => new Waiting(stall.Reason, look),
        Step.Stall(var reason, var message, _) => new Stalled(reason, message),
        Step.Done => new Settled(RequeueAfter(status, now)),
        _ => new Settled(null),
    };

    /// <summary>When time alone calls for something.</summary>
    private static TimeSpan? RequeueAfter(M2MOAuthClientStatus status, DateTimeOffset now)
    {
        var next = status.NextRotationTime;
        foreach (var retiring in status.Retiring ?? [])
        {
            next = next < retiring.RevokeAfter ? next : retiring.RevokeAfter;
        }

        return next is { } time ? (time > now ? time - now : TimeSpan.Zero) : null;
    }

    /// <summary>An event and a line when a resource runs into something, or is out of it again; nothing while it stays as it was.</summary>
    private void TellTurn(M2MOAuthClient resource, M2MOAuthClientStatus? before, Step.End end)
    {
        var problem = ConditionSet.Find(before?.Conditions, ConditionTypes.Synced) is { Status: "False" } condition ? condition.Reason : null;
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
            events.Record(resource, EventType.Normal, Reasons.Available, "Reconcile", $"No longer {problem}: everything is as the resource specifies");
        }
    }

    private static string? ReasonOf(Step.End end) => end switch
    {
        Step.Wait wait => wait.Reason,
        Step.Stall stall => stall.Reason,
        _ => null,
    };
}
