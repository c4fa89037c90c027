using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>Tells people how an account is doing: in its status, and where that is news as an event and in the log.</summary>
/// <param name="accounts">The accounts as the API server has them.</param>
/// <param name="status">Writes the status.</param>
/// <param name="events">Writes the events.</param>
/// <param name="managedClients">How many clients are managed in an account at the moment.</param>
/// <param name="drift">What comparisons of its clients came to.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountReporter<T>(
    Store<T> accounts,
    StatusWriter<T, AccountStatus> status,
    EventRecorder events,
    Func<AccountKey, int> managedClients,
    DriftMemories drift,
    TimeProvider time)
    where T : class, IAccountResource
{
    private const string Action = "Connect";

    /// <summary>Reports what a look at an account came to. When it says nothing new, nothing is written.</summary>
    public async Task ReportAsync(AccountKey key, T account, AccountFinding finding, InUseNote? inUse, CancellationToken cancellationToken)
    {
        var next = AccountReport.Next(account, finding, managedClients(key), drift.ResultOf(key, account), inUse, time.GetUtcNow());
        await status.WriteAsync(Newest(account), next, cancellationToken);
        foreach (var news in AccountReport.News(account.Status, next))
        {
            events.Record(account, news.Type, news.Reason, Action, news.Message);
        }
    }

    /// <summary>
    /// The account as it is known now, if it asks for the same. An account may be annotated more often than a look at it takes: what the
    /// look came to holds all the same, and would never be told if it had to be of the last version.
    /// </summary>
    private T Newest(T account) =>
        accounts.TryGet(ObjectKey.Of(account), out var now)
        && now.Metadata.Uid == account.Metadata.Uid
        && now.Metadata.Generation == account.Metadata.Generation
            ? now
            : account;
}
