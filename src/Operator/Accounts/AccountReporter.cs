using Microsoft.Extensions.Logging;
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
/// <param name="logger">The log.</param>
internal sealed partial class AccountReporter<T>(
    StatusWriter<T, AccountStatus> status,
    EventRecorder events,
    Func<AccountKey, int> managedClients,
    DriftMemories drift,
    TimeProvider time,
    ILogger<AccountReporter<T>> logger)
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
            Log.News(logger, news.Type == EventType.Normal ? LogLevel.Information : LogLevel.Warning, key, news.Reason, news.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 520, Message = "{Account}: {Reason}: {Message}")]
        public static partial void News(ILogger logger, LogLevel level, AccountKey account, string reason, string message);
    }
}
