using Operator.Contracts;
using Operator.Drift;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>Tells people how an account is doing: in its status, and where that is news as an event and in the log.</summary>
/// <param name="status">Writes the status.</param>
/// <param name="events">Writes the events.</param>
/// <param name="managedClients">How many clients are managed in an account at the moment.</param>
/// <param name="drift">What comparisons of its clients came to.</param>
/// <param name="time">Clock.</param>
internal sealed class AccountReporter<T>(
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
        await status.WriteAsync(account, next, cancellationToken);
        foreach (var news in AccountReport.News(account.Status, next))
        {
            events.Record(account, news.Type, news.Reason, Action, news.Message);
        }
    }
}
