using System.Collections.Concurrent;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>
/// Hands drift findings to the resources' reconciles. Lost in a crash and rediscovered by the next drift detection; that too many clients
/// were missing is recorded in the resources and holds until then.
/// </summary>
internal sealed class DriftFindings
{
    private readonly ConcurrentDictionary<ObjectKey, DriftFinding> _findings = new();
    private readonly ConcurrentDictionary<AccountKey, bool> _compared = new();
    private readonly ConcurrentDictionary<(ObjectKey Resource, AccountKey Account), string> _strays = new();

    // Clients that were named again after CARTO listed them with another name.
    private readonly ConcurrentDictionary<ObjectKey, DriftFinding> _renamed = new();

    /// <summary>Enqueues a resource whose finding appeared or disappeared. Set once at startup.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>The finding for a resource's current record; null if none.</summary>
    public DriftFinding? Of(M2MOAuthClient resource) =>
        _findings.TryGetValue(ObjectKey.Of(resource), out var finding)
        && finding.ResourceUid == resource.Metadata.Uid
        && finding.ClientId == resource.Record()?.Current?.ClientId
            ? finding
            : Recorded(resource);

    /// <summary>Accounts other than its own in which unrecorded clients of a resource were found.</summary>
    public IEnumerable<AccountKey> StrayAccountsOf(M2MOAuthClient resource)
    {
        if (_strays.IsEmpty)
        {
            return [];
        }

        var key = ObjectKey.Of(resource);
        return _strays.Where(stray => stray.Key.Resource == key && stray.Value == resource.Metadata.Uid).Select(stray => stray.Key.Account);
    }

    /// <summary>Whether a resource's status reports its client as one of too many missing.</summary>
    public static bool SaysSuspected(M2MOAuthClient resource) =>
        resource.Status?.Conditions?.Any(condition => condition.Reason == Reasons.MassDriftSuspected) == true;

    /// <summary>
    /// Leaves out names that came back although the client was renamed: CARTO stores them that way, and the mark in them shows whose the
    /// client is.
    /// </summary>
    /// <param name="resources">The resources that were compared.</param>
    /// <param name="outcome">What was found.</param>
    public DriftOutcome WithoutStubbornNames(IReadOnlyList<M2MOAuthClient> resources, DriftOutcome outcome)
    {
        Dictionary<ObjectKey, DriftFinding>? found = null;
        foreach (var resource in resources)
        {
            var key = ObjectKey.Of(resource);
            if (!_renamed.TryGetValue(key, out var renamed))
            {
                continue;
            }

            if (
                outcome.Findings.GetValueOrDefault(key) is { ListedName: { } listed } finding
                && (finding.ResourceUid, finding.ClientId, listed) == (renamed.ResourceUid, renamed.ClientId, renamed.ListedName)
                && Mark.Read(listed) is { } mark
                && mark == Mark.Read(resource.Record()?.DisplayName)
            )
            {
                found ??= new(outcome.Findings);
                if (finding is { Absence: null, HasStrays: false })
                {
                    found.Remove(key);
                }
                else
                {
                    found[key] = finding with { ListedName = null };
                }
            }
            else
            {
                _renamed.TryRemove(new(key, renamed));
            }
        }

        return found is null ? outcome : outcome with { Findings = found };
    }

    /// <summary>Replaces the previous findings for an account.</summary>
    /// <param name="account">The account checked.</param>
    /// <param name="resources">The resources with clients there.</param>
    /// <param name="found">The findings.</param>
    /// <param name="strays">Resources with unrecorded clients here but their clients elsewhere.</param>
    public void Replace(
        AccountKey account,
        IReadOnlyList<M2MOAuthClient> resources,
        IReadOnlyDictionary<ObjectKey, DriftFinding> found,
        IReadOnlyList<M2MOAuthClient> strays
    )
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

        // A previous process may have recorded it in their status.
        foreach (var resource in resources.Where(SaysSuspected).Select(ObjectKey.Of).Where(resource => !found.ContainsKey(resource)))
        {
            Wake(resource);
        }
    }

    /// <summary>Forgets the findings for an account this process has not checked: they belong to a predecessor of that name.</summary>
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

    /// <summary>Forgets a handled finding, unless it was replaced meanwhile.</summary>
    public void Settle(ObjectKey resource, DriftFinding? finding)
    {
        if (finding is null)
        {
            return;
        }

        _findings.TryRemove(new(resource, finding));
        if (finding.ListedName is not null)
        {
            _renamed[resource] = finding;
        }
    }

    /// <summary>Forgets accounts whose stray clients of the resource are now recorded.</summary>
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
        _renamed.TryRemove(resource, out _);
        SettleStrays(resource, [.. _strays.Keys.Where(stray => stray.Resource == resource).Select(stray => stray.Account)]);
    }

    /// <summary>The finding of a previous process: it holds until this one has checked.</summary>
    private DriftFinding? Recorded(M2MOAuthClient resource) =>
        resource.Record()?.Current is { } current
        && SaysSuspected(resource)
        && AccountKey.Of(resource) is var account
        && !_compared.ContainsKey(account)
            ? new DriftFinding(account, resource.Metadata.Uid, current.ClientId) { Absence = Absence.Suspected }
            : null;
}
