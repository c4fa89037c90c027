using System.Collections.Concurrent;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Drift;

/// <summary>What this process knows about drift detection per account. After a restart the first run is one interval later.</summary>
internal sealed class DriftMemories
{
    private readonly ConcurrentDictionary<AccountKey, DriftMemory> _memories = new();

    /// <summary>The memory of an account. A deleted predecessor with the same name leaves none.</summary>
    public DriftMemory Of(AccountKey key, IAccountResource account, DateTimeOffset now)
    {
        var memory = _memories.GetOrAdd(key, static (_, begin) => new DriftMemory(begin.Uid, begin.now), (account.Metadata.Uid, now));
        return memory.AccountUid == account.Metadata.Uid ? memory : _memories[key] = new DriftMemory(account.Metadata.Uid, now);
    }

    /// <summary>Result of an account's last drift detection; null before the first.</summary>
    public DriftResult? ResultOf(AccountKey key, IAccountResource account) =>
        _memories.TryGetValue(key, out var memory) && memory.Result is { } result && result.AccountUid == account.Metadata.Uid
            ? result
            : null;

    /// <summary>Forgets an account that is gone.</summary>
    public void Forget(AccountKey key) => _memories.TryRemove(key, out _);
}

/// <summary>The memory of one account. Only changed by its drift reconcile, which never runs concurrently.</summary>
internal sealed class DriftMemory(string accountUid, DateTimeOffset start)
{
    /// <summary>Fraction of the interval over which accounts first seen together are spread.</summary>
    private const double Spread = 0.1;

    /// <summary>When to check whether accepted losses were replaced: until then their number is not reported.</summary>
    private static readonly TimeSpan AfterAcceptance = TimeSpan.FromMinutes(1);

    private readonly double _jitter = 1 + (Random.Shared.NextDouble() * Spread);
    private DateTimeOffset _from = start;
    private AccountOwner? _owner;
    private string? _accepted;
    private bool _healing;

    public string AccountUid => accountUid;

    /// <summary>Result of the last drift detection; null before the first.</summary>
    public DriftResult? Result { get; private set; }

    /// <summary>Time until the next drift detection; zero if due.</summary>
    public TimeSpan Left(IAccountResource account, AccountOwner? owner, DateTimeOffset now)
    {
        _owner ??= owner;
        var asked =
            IsNew(account.Annotation(WireNames.Annotations.ReconcileRequestedAt), HandledRequest(account))
            || (Acceptance(account) is { } accepted && accepted != _accepted)
            || Result is { Synced: null }
            || (Result is null && IsUnsettled(account));
        var left = asked || _owner != owner ? TimeSpan.Zero : _from + Interval(account) - now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>A value of <see cref="WireNames.Annotations.AcceptDrift"/> that is still in force; null if none.</summary>
    public string? Acceptance(IAccountResource account) =>
        account.Annotation(WireNames.Annotations.AcceptDrift) is { } value && IsNew(value, HandledAcceptance(account)) ? value : null;

    /// <summary>Records a failed drift detection, which stays due.</summary>
    /// <param name="account">The account.</param>
    /// <param name="error">Why the list failed.</param>
    /// <param name="suspected">Whether earlier missing clients still count as suspected.</param>
    public void Fail(IAccountResource account, CartoError error, bool suspected) =>
        Result = DriftResult.Failed(account, error, suspected, HandledRequest(account), HandledAcceptance(account));

    /// <summary>Records a drift detection.</summary>
    public void Take(IAccountResource account, AccountOwner? owner, DriftOutcome outcome, DateTimeOffset begun)
    {
        if (outcome.Gap is not null)
        {
            // What is missing is unknown, so there was nothing to accept yet.
            (_from, _owner) = (begun, owner);
            Result = DriftResult.Of(account, outcome, HandledAcceptance(account));
            return;
        }

        // An acceptance is consumed when fully acted on, not when that starts: findings do not survive a crash.
        var acceptance = Acceptance(account);
        _healing = acceptance is not null && outcome.Many;
        (_from, _owner, _accepted) = (begun, owner, acceptance);
        Result = DriftResult.Of(account, outcome, _healing ? HandledAcceptance(account) : acceptance ?? HandledAcceptance(account));
    }

    private TimeSpan Interval(IAccountResource account)
    {
        // The schema rejects anything else and has a default.
        var interval = WireDuration.TryParse(account.Spec.DriftCheckInterval, out var duration)
            ? duration * _jitter
            : TimeSpan.FromHours(1);
        return _healing && AfterAcceptance < interval ? AfterAcceptance : interval;
    }

    private string? HandledRequest(IAccountResource account) =>
        Result is { } result ? result.HandledRequest : account.Status?.LastHandledReconcileAt;

    /// <summary>
    /// There is nothing to accept before a report: an annotation on an account that was never checked predates the loss of its status.
    /// </summary>
    private string? HandledAcceptance(IAccountResource account) =>
        Result is { } result ? result.HandledAcceptance
        : account.Status?.LastHandledAcceptDrift is { } handled ? handled
        : ConditionSet.Find(account.Status?.Conditions, ConditionTypes.Synced) is null
            ? account.Annotation(WireNames.Annotations.AcceptDrift)
        : null;

    /// <summary>The last drift detection before this process started left something open, which has to be found again.</summary>
    private static bool IsUnsettled(IAccountResource account) =>
        ConditionSet.Find(account.Status?.Conditions, ConditionTypes.Synced) is { Status: not "True" };

    private static bool IsNew(string? value, string? handled) => value is not null && value != handled;
}
