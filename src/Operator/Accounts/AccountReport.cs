using Operator.Carto;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>What is said about an account: its next status, and what of it is news.</summary>
internal static class AccountReport
{
    private const int MaxIdLength = 512;
    private const int MaxKindLength = 64;
    private const int MaxServerLength = 1024;
    private const int MaxTools = 64;
    private const int MaxToolLength = 4096;

    /// <summary>The status that follows from a look. What was seen of CARTO before stays when it cannot be seen now.</summary>
    public static AccountStatus Next(IAccountResource account, AccountFinding finding, int managedClients, DateTimeOffset now)
    {
        var before = account.Status ?? new AccountStatus();
        var generation = account.Metadata.Generation;
        var conditions = new ConditionSet(before.Conditions, generation, now);
        var status = before with { ObservedGeneration = generation, ManagedClients = managedClients };
        switch (finding)
        {
            case AccountFinding.Connected { Access.Info: var info }:
                conditions.Set(ConditionTypes.Ready, true, Reasons.Connected, Sentence(info));
                status = status with { Owner = OwnerOf(info), Api = ApiOf(info) };
                break;
            case AccountFinding.Broken { Problem: var problem }:
                conditions.Set(ConditionTypes.Ready, false, problem.Reason, problem.Message);
                conditions.Set(
                    problem.NeedsPerson ? ConditionTypes.Stalled : ConditionTypes.Reconciling, true, problem.Reason, problem.Message);
                break;
        }

        return status with { Conditions = conditions.ToList() };
    }

    /// <summary>What a status says that the one before did not: a change of readiness or its reason, and of the owner.</summary>
    public static IEnumerable<AccountNews> News(AccountStatus? before, AccountStatus after)
    {
        if (before?.Owner?.UserId is { } old && after.Owner?.UserId is { } current && old != current)
        {
            yield return new AccountNews(
                EventType.Warning,
                Reasons.AccountOwnerChanged,
                $"The credentials belonged to the CARTO user {old} and now belong to {current}, who does not see the clients of the former.");
        }

        var ready = ConditionSet.Find(after.Conditions, ConditionTypes.Ready)!;
        var last = ConditionSet.Find(before?.Conditions, ConditionTypes.Ready);
        if ((last?.Status, last?.Reason) != (ready.Status, ready.Reason))
        {
            yield return new AccountNews(ready.Status == "True" ? EventType.Normal : EventType.Warning, ready.Reason, ready.Message);
        }
    }

    private static string Sentence(CartoAccountInfo info)
    {
        var user = info.UserId is null ? "Connected" : $"Connected as {Text.Fit(info.UserId, MaxIdLength)}";
        return info.Warnings.Count == 0 ? user : $"{user}; warning: {string.Join(" ", info.Warnings)}";
    }

    private static AccountOwner? OwnerOf(CartoAccountInfo info) => info is { UserId: null, AccountId: null }
        ? null
        : new AccountOwner { UserId = Fit(info.UserId, MaxIdLength), AccountId = Fit(info.AccountId, MaxIdLength) };

    private static AccountApi ApiOf(CartoAccountInfo info) => new()
    {
        Kind = Text.Fit(info.ApiKind, MaxKindLength),
        Server = Fit(info.Server, MaxServerLength),
        Tools = [.. info.Operations.Take(MaxTools).Select(line => Text.Fit(line, MaxToolLength))],
    };

    private static string? Fit(string? text, int maxLength) => text is null ? null : Text.Fit(text, maxLength);
}

/// <summary>Something about an account that people want to hear of.</summary>
internal readonly record struct AccountNews(EventType Type, string Reason, string Message);
