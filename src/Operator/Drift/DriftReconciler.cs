using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Telemetry;

namespace Operator.Drift;

/// <summary>
/// Detects drift between the clients of one account and CARTO's list: at intervals, on request, and when the account's user changes.
/// Without drift it costs one list and no Kubernetes calls.
/// </summary>
/// <typeparam name="T">Kind of account.</typeparam>
/// <param name="accounts">Cached accounts.</param>
/// <param name="directory">Access to accounts.</param>
/// <param name="records">The resources' records.</param>
/// <param name="findings">Hands findings to resources.</param>
/// <param name="memories">Results of earlier runs.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Logs drift.</param>
internal sealed partial class DriftReconciler<T>(
    Store<T> accounts,
    AccountDirectory directory,
    ClientRecords records,
    DriftFindings findings,
    DriftMemories memories,
    TimeProvider time,
    ILogger<DriftReconciler<T>> logger
) : IReconciler<T>
    where T : class, IAccountResource
{
    /// <inheritdoc />
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var account = AccountKey.Of(key);
        if (!accounts.TryGet(key, out var resource))
        {
            memories.Forget(account);
            return new Settled(null);
        }

        var memory = memories.Of(account, resource, time.GetUtcNow());
        if (memory.Result is null)
        {
            findings.Forget(account);
        }

        if (directory.Find(account) is not { } access || !access.TryHold())
        {
            // Requeued once the account is usable.
            return new Settled(null);
        }

        try
        {
            var owner = AccountOwners.Of(access.Info);
            if (memory.Left(resource, owner, time.GetUtcNow()) == TimeSpan.Zero || IsLeftOpen(account, memory))
            {
                await CompareAsync(account, resource, access, memory, cancellationToken);
            }

            return memory.Result is { Synced: null } unfinished
                ? new Waiting(unfinished.Reason, After: null)
                : new Settled(memory.Left(resource, owner, time.GetUtcNow()));
        }
        catch (CartoException exception)
        {
            Log.Failed(logger, account, exception.Error.Message);
            memory.Fail(resource, exception.Error, records.Of(account).Any(client => findings.Of(client)?.Absence == Absence.Suspected));
            Tell(account, resource, memory);
            directory.Doubt(account);
            return new Waiting(Reasons.ComparisonFailed, exception.Error.RetryAfter);
        }
        finally
        {
            await access.ReleaseAsync();
        }
    }

    /// <summary>Whether a previous process reported missing clients that are unknown here.</summary>
    private bool IsLeftOpen(AccountKey account, DriftMemory memory) =>
        memory.Result is null && records.Of(account).Any(DriftFindings.SaysSuspected);

    private async Task CompareAsync(
        AccountKey account,
        T resource,
        AccountAccess access,
        DriftMemory memory,
        CancellationToken cancellationToken
    )
    {
        var begun = time.GetUtcNow();
        var before = records.Of(account);
        var list = await access.Listing.AllAsync(cancellationToken);
        var outcome = findings.WithoutStubbornNames(
            before,
            DriftCheck.Compare(
                account,
                before,
                records,
                list,
                accepted: memory.Acceptance(resource) is not null,
                access.LoginClientId,
                findings.Of,
                begun
            )
        );
        findings.Replace(account, before, outcome.Findings, outcome.StraysOfOthers);
        OperatorMetrics.Compared(
            outcome.Missing.Count,
            outcome.Findings.Values.Count(finding => finding.ListedName is not null),
            outcome.Findings.Values.Count(finding => finding.HasStrays),
            outcome.Unowned
        );
        memory.Take(resource, AccountOwners.Of(access.Info), outcome, begun);
        Log.Compared(
            logger,
            outcome.Suspected || outcome.Gap is not null ? LogLevel.Warning
                : outcome.Findings.Count > 0 || outcome.Unowned > 0 ? LogLevel.Information
                : LogLevel.Debug,
            account,
            outcome.Managed,
            outcome.Missing.Count,
            outcome.Findings.Count,
            outcome.Unowned,
            outcome.Gap is null ? "" : $"; the list could be read in part only: {outcome.Gap}"
        );
        Tell(account, resource, memory);
    }

    private void Tell(AccountKey account, T resource, DriftMemory memory)
    {
        if (!memory.Result!.IsIn(resource.Status))
        {
            directory.Recheck(account);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 540,
            Message = "Compared the {Managed} clients of {Account} with CARTO's list: {Missing} missing, {Concerned} resources woken, "
                + "{Unowned} "
                + "clients of no resource{Gap}"
        )]
        public static partial void Compared(
            ILogger logger,
            LogLevel level,
            AccountKey account,
            int managed,
            int missing,
            int concerned,
            int unowned,
            string gap
        );

        [LoggerMessage(541, LogLevel.Warning, "The clients of {Account} could not be compared with CARTO's list: {Error}")]
        public static partial void Failed(ILogger logger, AccountKey account, string error);
    }
}
