using Operator.Access;
using Operator.Contracts;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>
/// Looks at one account: connects to CARTO with what its spec and the objects named there say, puts the way in where resources find it,
/// and tells people in the status how it went.
/// </summary>
/// <typeparam name="T">Which kind of account.</typeparam>
/// <param name="accounts">The accounts as the API server has them.</param>
/// <param name="watches">Wakes this reconciler when something changes that an account names.</param>
/// <param name="connector">Connects.</param>
/// <param name="directory">Where resources find accounts.</param>
/// <param name="guard">Keeps the account as long as it is used.</param>
/// <param name="reporter">Tells people.</param>
internal sealed class AccountReconciler<T>(
    Store<T> accounts,
    SourceWatches watches,
    AccountConnector connector,
    AccountDirectory directory,
    AccountGuard<T> guard,
    AccountReporter<T> reporter) : IReconciler<T>
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

        // Watched before they are read: what changes in between is not missed.
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

    private ValueTask PublishAsync(AccountKey account, T resource, AccountFinding finding) => finding switch
    {
        AccountFinding.Connected connected => directory.PublishAsync(account, resource, connected.Access),
        AccountFinding.Broken { Problem: var problem } => directory.PublishAsync(account, resource, problem.Reason, problem.Message),
        _ => ValueTask.CompletedTask,
    };
}
