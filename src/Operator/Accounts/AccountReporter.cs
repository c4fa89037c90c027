using Operator.Access;
using Operator.Contracts;
using Operator.Drift;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>Reports the state of an account: in its status and, on changes, as an event and in the log.</summary>
/// <param name="accounts">Cached accounts.</param>
/// <param name="status">Writes the status.</param>
/// <param name="events">Publishes events.</param>
/// <param name="managedClients">Counts the clients currently managed in an account.</param>
/// <param name="drift">Results of drift detection.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountReporter<T>(
    Store<T> accounts,
    StatusWriter<T, AccountStatus> status,
    EventRecorder events,
    Func<AccountKey, int> managedClients,
    DriftMemories drift,
    TimeProvider time
)
    where T : class, IAccountResource
{
    private const string Action = "Connect";

    /// <summary>Reports a finding. Writes nothing if nothing changed.</summary>
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
    /// The cached account, if its spec is the same. Annotations may change more often than a probe takes: the finding still holds, and
    /// would never be reported if it required the latest version.
    /// </summary>
    private T Newest(T account) =>
        accounts.TryGet(ObjectKey.Of(account), out var now)
        && now.Metadata.Uid == account.Metadata.Uid
        && now.Metadata.Generation == account.Metadata.Generation
            ? now
            : account;
}
