using System.Collections.Concurrent;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>
/// Where comparisons leave what they found for the reconciles of the resources. Lost in a crash, and found again by the next comparison;
/// that too many clients were missing is on record in the resources, and holds until then.
/// </summary>
internal sealed class DriftFindings
{
    private readonly ConcurrentDictionary<ObjectKey, DriftFinding> _findings = new();
    private readonly ConcurrentDictionary<AccountKey, bool> _compared = new();
    private readonly ConcurrentDictionary<(ObjectKey Resource, AccountKey Account), string> _strays = new();

    /// <summary>A resource about which something was found, or no longer is, should be looked at. Set once, before anything runs.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>What was found about a resource as it is on record now; null when nothing was.</summary>
    public DriftFinding? Of(M2MOAuthClient resource) =>
        _findings.TryGetValue(ObjectKey.Of(resource), out var finding)
        && finding.ResourceUid == resource.Metadata.Uid
        && finding.ClientId == resource.Record()?.Current?.ClientId
            ? finding
            : Recorded(resource);

    /// <summary>Other accounts than its own in which clients of a resource were found that are not on its record.</summary>
    public IEnumerable<AccountKey> StrayAccountsOf(M2MOAuthClient resource)
    {
        if (_strays.IsEmpty)
        {
            return [];
        }

        var key = ObjectKey.Of(resource);
        return _strays.Where(stray => stray.Key.Resource == key && stray.Value == resource.Metadata.Uid).Select(stray => stray.Key.Account);
    }

    /// <summary>Whether the status of a resource says that its client was one of too many that were missing.</summary>
    public static bool SaysSuspected(M2MOAuthClient resource) =>
        resource.Status?.Conditions?.Any(condition => condition.Reason == Reasons.MassDriftSuspected) == true;

    /// <summary>Puts what a comparison found in the place of what the one before did.</summary>
    /// <param name="account">Whose clients were compared.</param>
    /// <param name="resources">The resources that have their clients there.</param>
    /// <param name="found">What was found.</param>
    /// <param name="strays">The resources with clients here that are not on their record, although they have their clients elsewhere.</param>
    public void Replace(
        AccountKey account,
        IReadOnlyList<M2MOAuthClient> resources,
        IReadOnlyDictionary<ObjectKey, DriftFinding> found,
        IReadOnlyList<M2MOAuthClient> strays)
    {
        _compared[account] = true;
        foreach (var resource in strays)
        {
            _strays[(ObjectKey.Of(resource), account)] = resource.Metadata.Uid;
            Wake(ObjectKey.Of(resource));
        }

        foreach (var (resource, last) in _findings)
        {
            if (last.Account == account && !found.ContainsKey(resource) && _findings.TryRemove(new(resource, last)))
            {
                Wake(resource);
            }
        }

        foreach (var (resource, finding) in found)
        {
            _findings[resource] = finding;
            Wake(resource);
        }

        // A process before this one may have left it to them.
        foreach (var resource in resources.Where(SaysSuspected).Select(ObjectKey.Of).Where(resource => !found.ContainsKey(resource)))
        {
            Wake(resource);
        }
    }

    /// <summary>Forgets what was found in an account of which this process has compared nothing: it was in another one of that name.</summary>
    public void Forget(AccountKey account)
    {
        _compared.TryRemove(account, out _);
        foreach (var (resource, last) in _findings)
        {
            if (last.Account == account)
            {
                _findings.TryRemove(new(resource, last));
            }
        }
    }

    /// <summary>Forgets what has been dealt with, unless something else was found meanwhile.</summary>
    public void Settle(ObjectKey resource, DriftFinding? finding)
    {
        if (finding is not null)
        {
            _findings.TryRemove(new(resource, finding));
        }
    }

    /// <summary>Forgets accounts whose clients of the resource have been put on record.</summary>
    public void SettleStrays(ObjectKey resource, IReadOnlyList<AccountKey> accounts)
    {
        foreach (var account in accounts)
        {
            _strays.TryRemove((resource, account), out _);
        }
    }

    /// <summary>Forgets a resource that is gone.</summary>
    public void Forget(ObjectKey resource)
    {
        _findings.TryRemove(resource, out _);
        SettleStrays(resource, [.. _strays.Keys.Where(stray => stray.Resource == resource).Select(stray => stray.Account)]);
    }

    /// <summary>What a process before this one found: it holds until this one has compared.</summary>
    private DriftFinding? Recorded(M2MOAuthClient resource) =>
        resource.Record()?.Current is { } current && SaysSuspected(resource) && AccountKey.Of(resource) is var account && !_compared.ContainsKey(account)
            ? new DriftFinding(account, resource.Metadata.Uid, current.ClientId) { Absence = Absence.Suspected }
            : null;
}
