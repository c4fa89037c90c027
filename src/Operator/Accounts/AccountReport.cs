using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>What is reported about an account: its next status, and the events it causes.</summary>
internal static class AccountReport
{
    private const int MaxIdLength = 512;
    private const int MaxKindLength = 64;
    private const int MaxServerLength = 1024;
    private const int MaxTools = 64;
    private const int MaxUrlLength = 1024;
    private const int MaxToolLength = 4096;

    /// <summary>The status that results from a finding. What CARTO last reported is kept while it cannot be read.</summary>
    /// <param name="account">The account with its previous status.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="managedClients">Number of clients managed in it.</param>
    /// <param name="drift">Result of the last drift detection; null if this process has run none.</param>
    /// <param name="inUse">A deletion that waits until the account is no longer in use; null if none.</param>
    /// <param name="now">The time of a transition.</param>
    public static AccountStatus Next(
        IAccountResource account,
        AccountFinding finding,
        int managedClients,
        DriftResult? drift,
        InUseNote? inUse,
        DateTimeOffset now
    )
    {
        var before = account.Status ?? new AccountStatus();
        var generation = account.Metadata.Generation;
        var conditions = new ConditionSet(before.Conditions, generation, now);
        var status = before with { ObservedGeneration = generation, ManagedClients = managedClients };
        switch (finding)
        {
            case AccountFinding.Connected { Access.Info: var info }:
                SetConnected(conditions, info, inUse);
                status = status with { Owner = AccountOwners.Next(before.Owner, info), Api = ApiOf(info) };
                break;
            case AccountFinding.Broken { Problem: var problem }:
                var message = inUse is null ? problem.Message : $"{problem.Message}; {inUse.Message}";
                conditions.Set(ConditionTypes.Ready, false, problem.Reason, message);
                conditions.Set(problem.NeedsPerson ? ConditionTypes.Stalled : ConditionTypes.Reconciling, true, problem.Reason, message);
                break;
        }

        status = drift?.In(status, conditions) ?? status;
        if (drift is null)
        {
            conditions.Keep(ConditionTypes.Synced);
        }

        return status with
        {
            Conditions = conditions.ToList(),
        };
    }

    /// <summary>Differences between two statuses worth an event: readiness, its reason, and the owner.</summary>
    public static IEnumerable<AccountNews> News(AccountStatus? before, AccountStatus after)
    {
        if (before?.Owner is { } old && after.Owner is { } current && AccountOwners.Other(old, current) is not null)
        {
            yield return new AccountNews(
                EventType.Warning,
                Reasons.AccountOwnerChanged,
                $"It was accepted that the credentials belong to {AccountOwners.Name(current)} and no longer to {AccountOwners.Name(old)}"
            );
        }

        if (Turned(before, after, ConditionTypes.Ready) is { } ready)
        {
            yield return ready;
        }

        // A clean first drift detection is not worth an event.
        if (
            Turned(before, after, ConditionTypes.Synced) is { } synced
            && (synced.Type == EventType.Warning || ConditionSet.Find(before?.Conditions, ConditionTypes.Synced) is not null)
        )
        {
            yield return synced;
        }
    }

    private static void SetConnected(ConditionSet conditions, CartoApiInfo info, InUseNote? inUse)
    {
        switch (inUse)
        {
            case null:
                conditions.Set(ConditionTypes.Ready, true, Reasons.Connected, Sentence(info));
                break;
            case { AccountGoes: true }:
                conditions
                    .Set(ConditionTypes.Ready, false, Reasons.InUse, inUse.Message)
                    .Set(ConditionTypes.Reconciling, true, Reasons.InUse, inUse.Message);
                break;
            default:
                conditions.Set(ConditionTypes.Ready, true, Reasons.InUse, $"{Sentence(info)}; {inUse.Message}");
                break;
        }
    }

    private static AccountNews? Turned(AccountStatus? before, AccountStatus after, string type)
    {
        var last = ConditionSet.Find(before?.Conditions, type);
        return ConditionSet.Find(after.Conditions, type) is { } now && (last?.Status, last?.Reason) != (now.Status, now.Reason)
            ? new AccountNews(
                now.Status == "True" && now.Reason != Reasons.InUse ? EventType.Normal : EventType.Warning,
                now.Reason,
                now.Message
            )
            : null;
    }

    private static string Sentence(CartoApiInfo info)
    {
        var user = info.UserId is null ? "Connected" : $"Connected as {Text.Fit(info.UserId, MaxIdLength)}";
        return info.Warnings.Count == 0 ? user : $"{user}; warning: {string.Join(" ", info.Warnings)}";
    }

    private static AccountApi ApiOf(CartoApiInfo info) =>
        new()
        {
            Kind = Text.Fit(info.ApiKind, MaxKindLength),
            Url = Fit(info.Address, MaxUrlLength),
            Server = Fit(info.Server, MaxServerLength),
            Tools = [.. info.Operations.Take(MaxTools).Select(line => Text.Fit(line, MaxToolLength))],
        };

    private static string? Fit(string? text, int maxLength) => text is null ? null : Text.Fit(text, maxLength);
}

/// <summary>An event to publish about an account.</summary>
internal readonly record struct AccountNews(EventType Type, string Reason, string Message);
