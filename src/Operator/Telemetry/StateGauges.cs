using System.Diagnostics.Metrics;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Telemetry;

/// <summary>Current state, as instruments of the meter <c>Operator.State</c>. Computed from the stores on each scrape.</summary>
internal sealed class StateGauges : IDisposable
{
    private const string Clients = "operator.clients";
    private const string CredentialsAge = "operator.credentials.oldest.age";
    private const string RotationNext = "operator.rotation.next";
    private const string AccountReady = "operator.account.ready";
    private const string AccountSynced = "operator.account.synced";

    private readonly Meter _meter = new("Operator.State");
    private readonly TimeProvider _time;
    private readonly Func<IEnumerable<M2MOAuthClient>> _clients;
    private readonly Func<IEnumerable<IAccountResource>> _accounts;

    /// <summary>Creates the gauges.</summary>
    /// <param name="clients">All resources.</param>
    /// <param name="accounts">All accounts.</param>
    /// <param name="controllers">The running controllers, if any.</param>
    /// <param name="leads">Whether this process leads.</param>
    /// <param name="namespaces">The namespaces this process watches; empty for all.</param>
    /// <param name="time">Clock.</param>
    public StateGauges(
        Func<IEnumerable<M2MOAuthClient>> clients,
        Func<IEnumerable<IAccountResource>> accounts,
        Func<IReadOnlyList<IController>> controllers,
        Func<bool> leads,
        IReadOnlyList<string> namespaces,
        TimeProvider time
    )
    {
        _clients = clients;
        _accounts = accounts;
        _time = time;
        _meter.CreateObservableGauge(
            "operator.build.info",
            () => new Measurement<int>(1, Tag("version", ProductVersion.Short)),
            null,
            "1, labelled with the version that runs."
        );
        var watched = string.Join(',', namespaces.Order(StringComparer.Ordinal));
        _meter.CreateObservableGauge(
            "operator.leader",
            () => new Measurement<int>(leads() ? 1 : 0, Tag("watched_namespaces", watched)),
            null,
            "1 when this process leads, else 0; labelled with the only namespaces that it watches, if it is limited to some."
        );
        _meter.CreateObservableGauge(
            "operator.queue.length",
            () => controllers().Select(controller => new Measurement<int>(controller.QueueLength, Tag("controller", controller.Name))),
            "{object}",
            "Objects that wait for a worker."
        );
        _meter.CreateObservableGauge(
            "operator.queue.oldest.age",
            () =>
                controllers()
                    .Select(controller => new Measurement<double>(controller.OldestWait.TotalSeconds, Tag("controller", controller.Name))),
            "s",
            "For how long the object that has waited longest for a worker has waited."
        );
        _meter.CreateObservableGauge(
            "operator.reconciles.running",
            () => controllers().Select(controller => new Measurement<int>(controller.Running, Tag("controller", controller.Name))),
            "{reconcile}",
            "Objects that are being reconciled."
        );
        _meter.CreateObservableGauge(Clients, CountClients, "{resource}", "M2MOAuthClients by account and state.");
        _meter.CreateObservableGauge(
            CredentialsAge,
            () =>
                Extremes(static (client, now) => now - client.Status?.Current?.CreatedAt, static (one, other) => one > other ? one : other),
            "s",
            "Age of the oldest credentials in use, by account."
        );
        _meter.CreateObservableGauge(
            RotationNext,
            () => Extremes(static (client, now) => NextRotation(client) - now, static (one, other) => one < other ? one : other),
            "s",
            "Time until the next rotation, by account; below zero when it is overdue."
        );
        _meter.CreateObservableGauge(AccountReady, () => Accounts(ConditionTypes.Ready), null, "1 when the account is ready, else 0.");
        _meter.CreateObservableGauge(
            AccountSynced,
            () => Accounts(ConditionTypes.Synced),
            null,
            "1 when the last comparison with CARTO's list was acted on, 0 when a person has to check first, or the list could not be "
                + "read completely."
        );
    }

    /// <summary>Maximum series of an instrument per account; 0 if it has no account label.</summary>
    public static int SeriesOfAccount(string instrument) =>
        instrument switch
        {
            Clients => 5, // One per resource state.
            CredentialsAge or RotationNext or AccountReady or AccountSynced => 1,
            _ => 0,
        };

    public void Dispose() => _meter.Dispose();

    /// <summary>The state of a resource, as one word.</summary>
    internal static string StateOf(M2MOAuthClient client) =>
        client switch
        {
            { Metadata.DeletionTimestamp: not null } => "deleting",
            { Spec.Suspend: true } => "suspended",
            _ when IsTrue(client, ConditionTypes.Stalled) => "stalled",
            _ when IsTrue(client, ConditionTypes.Ready) => "ready",
            _ => "progressing",
        };

    /// <summary>When credentials are due for rotation. A suspended resource is never overdue.</summary>
    internal static DateTimeOffset? NextRotation(M2MOAuthClient client) => client.Spec.Suspend ? null : client.Status?.NextRotationTime;

    internal static bool IsTrue(M2MOAuthClient client, string type) =>
        ConditionSet.Find(client.Status?.Conditions, type) is { Status: "True" };

    private IEnumerable<Measurement<int>> CountClients()
    {
        var counts = new Dictionary<(AccountKey Account, string State), int>();
        foreach (var client in _clients())
        {
            var key = (AccountKey.Of(client), StateOf(client));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        return counts.Select(count => new Measurement<int>(count.Value, [.. Tags(count.Key.Account), Tag("state", count.Key.State)]));
    }

    private IEnumerable<Measurement<double>> Extremes(
        Func<M2MOAuthClient, DateTimeOffset, TimeSpan?> read,
        Func<TimeSpan, TimeSpan, TimeSpan> better
    )
    {
        var now = _time.GetUtcNow();
        var found = new Dictionary<AccountKey, TimeSpan>();
        foreach (var client in _clients())
        {
            if (client.Metadata.DeletionTimestamp is null && read(client, now) is { } span)
            {
                var account = AccountKey.Of(client);
                found[account] = found.TryGetValue(account, out var best) ? better(best, span) : span;
            }
        }

        return found.Select(each => new Measurement<double>(each.Value.TotalSeconds, Tags(each.Key)));
    }

    private IEnumerable<Measurement<int>> Accounts(string type) =>
        from account in _accounts()
        let condition = ConditionSet.Find(account.Status?.Conditions, type)
        where condition is not null
        select new Measurement<int>(condition.Status == "True" ? 1 : 0, Tags(AccountKey.Of(ObjectKey.Of(account))));

    private static KeyValuePair<string, object?>[] Tags(AccountKey account) =>
        [Tag("account_kind", account.Kind.ToString()), Tag("account_namespace", account.Namespace ?? ""), Tag("account", account.Name)];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
