using Operator.Access;
using Operator.Contracts;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>
/// Reconciles one account: connects to CARTO as its spec and the referenced objects specify, publishes the access for resources, and
/// reports the outcome in the status.
/// </summary>
/// <typeparam name="T">Kind of account.</typeparam>
/// <param name="accounts">Cached accounts.</param>
/// <param name="watches">Wakes this reconciler when a referenced object changes.</param>
/// <param name="connector">Connects.</param>
/// <param name="directory">Publishes accounts to resources.</param>
/// <param name="guard">Protects an account in use from deletion.</param>
/// <param name="reporter">Reports the outcome.</param>
internal sealed class AccountReconciler<T>(
    Store<T> accounts,
    SourceWatches watches,
    AccountConnector connector,
    AccountDirectory directory,
    AccountGuard<T> guard,
    AccountReporter<T> reporter
) : IReconciler<T>
    where T : class, IAccountResource
{
    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var account = AccountKey.Of(key);
        if (!accounts.TryGet(key, out var resource))
        {
            return await ForgetAsync(account);
        }

        // Watch before reading, so that no change in between is missed.
        await watches.FollowAsync(account, AccountSource.ObjectsOf(resource), cancellationToken);
        var finding = await connector.ProbeAsync(account, resource, cancellationToken);
        await PublishAsync(account, resource, finding);
        var guarded = await guard.GuardAsync(account, resource, finding is AccountFinding.Connected, cancellationToken);
        if (guarded.Account is not { } kept)
        {
            return await ForgetAsync(account);
        }

        await reporter.ReportAsync(account, kept, finding, guarded.Note, cancellationToken);
        return guarded.NotYet ?? finding.Outcome;
    }

    private async Task<ReconcileResult> ForgetAsync(AccountKey account)
    {
        await watches.UnfollowAsync(account);
        await directory.RemoveAsync(account);
        await connector.ForgetAsync(account);
        return new Settled(RequeueAfter: null);
    }

    private ValueTask PublishAsync(AccountKey account, T resource, AccountFinding finding) =>
        finding switch
        {
            AccountFinding.Connected connected => directory.PublishAsync(account, resource, connected.Access),
            AccountFinding.Broken { Problem: var problem } => directory.PublishAsync(account, resource, problem.Reason, problem.Message),
            _ => ValueTask.CompletedTask,
        };
}
