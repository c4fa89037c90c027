using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>Reconciles CARTO and the credentials Secret with one resource.</summary>
/// <param name="resources">The resources.</param>
/// <param name="observer">Observes a resource.</param>
/// <param name="memories">What this process knows about their creates.</param>
/// <param name="lost">Resources that disappeared without running their finalizer.</param>
/// <param name="changes">Statuses changed by other writers.</param>
/// <param name="drift">Findings of drift detection.</param>
/// <param name="steps">Executes the plan's steps.</param>
/// <param name="reporter">Reports the outcome.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Logs each step.</param>
internal sealed partial class ClientReconciler(
    Informer<M2MOAuthClient> resources,
    ClientObserver observer,
    ClientMemories memories,
    LostResources lost,
    StatusChanges changes,
    DriftFindings drift,
    StepExecutor steps,
    ClientReporter reporter,
    TimeProvider time,
    ILogger<ClientReconciler> logger
) : IReconciler<M2MOAuthClient>
{
    /// <summary>Far more than any path through the plan needs; keeps a plan that never ends from spinning.</summary>
    private const int MaxSteps = 100;

    /// <inheritdoc />
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        // Cleaning up after a lost resource must not hold up the one that has its name now.
        var left = lost.Find(key) is { } gone ? await CleanUpAsync(gone, cancellationToken) : null;
        var result = await ReconcilePresentAsync(key, cancellationToken);
        return left ?? result;
    }

    private async Task<ReconcileResult> ReconcilePresentAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!resources.Store.TryGet(key, out var resource))
        {
            memories.Forget(key);
            drift.Forget(key);
            return new Settled(null);
        }

        var memory = memories.Of(resource);
        if (memory.Released)
        {
            return new Settled(null);
        }

        using var _ = changes.Begin(key);
        await using var work = await observer.ObserveAsync(resource, memory);
        try
        {
            var end = await ActAsync(work, static _ => false, cancellationToken);
            if (end is Step.Done)
            {
                drift.Settle(key, work.Seen.Drift);
                drift.SettleStrays(key, work.Seen.StrayAccounts);
            }

            return await reporter.ReportAsync(work, end, cancellationToken);
        }
        catch (Exception exception) when (InternalError.Is(exception))
        {
            await reporter.ReportAsync(work, InternalError.EndOf(exception), cancellationToken);
            throw;
        }
    }

    /// <summary>Runs the deletion plan for a resource that is already gone. Returns when to retry; null when nothing is left.</summary>
    private async Task<ReconcileResult?> CleanUpAsync(M2MOAuthClient gone, CancellationToken cancellationToken)
    {
        Log.Lost(logger);
        await using var work = await observer.ObserveAsync(gone, memories.OfLost(gone));
        switch (await ActAsync(work, static step => step is Step.RemoveFinalizer, cancellationToken))
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
                memories.ForgetLost(gone);
                lost.Settle(gone);
                return null;
        }
    }

    /// <summary>Plans and executes steps until the plan ends or a step fails.</summary>
    /// <param name="work">The reconcile in progress.</param>
    /// <param name="isEnd">Which steps end the run.</param>
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
            catch (Exception exception) when (StepFailures.EndOf(exception, step, work, time.GetUtcNow()) is { } failed)
            {
                return failed;
            }
        }

        throw new InvalidOperationException("The plan did not come to an end.");
    }

    private static partial class Log
    {
        [LoggerMessage(500, LogLevel.Debug, "Next: {Step}")]
        public static partial void Step(ILogger logger, Step step);

        [LoggerMessage(
            501,
            LogLevel.Warning,
            "Kubernetes removed the resource although its finalizer was on it; its clients are revoked as if it were being deleted"
        )]
        public static partial void Lost(ILogger logger);
    }
}
