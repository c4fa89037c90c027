using System.Collections.Concurrent;
using Operator.Accounts;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Drift;

/// <summary>
/// Where comparisons leave what they found for the reconciles of the resources. Lost in a crash, and found again by the next comparison.
/// </summary>
internal sealed class DriftFindings
{
    private readonly ConcurrentDictionary<ObjectKey, DriftFinding> _findings = new();

    /// <summary>A resource about which something was found, or no longer is, should be looked at. Set once, before anything runs.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>What was found about a resource as it is on record now; null when nothing was.</summary>
    public DriftFinding? Of(M2MOAuthClient resource) =>
        _findings.TryGetValue(ObjectKey.Of(resource), out var finding)
        && finding.ResourceUid == resource.Metadata.Uid
        && finding.ClientId == resource.Status?.Current?.ClientId
            ? finding
            : null;

    /// <summary>Puts what a comparison found in the place of what the one before did.</summary>
    public void Replace(AccountKey account, IReadOnlyDictionary<ObjectKey, DriftFinding> found)
    {
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
    }

    /// <summary>Forgets what has been dealt with, unless something else was found meanwhile.</summary>
    public void Settle(ObjectKey resource, DriftFinding? finding)
    {
        if (finding is not null)
        {
            _findings.TryRemove(new(resource, finding));
        }
    }

    /// <summary>Forgets a resource that is gone.</summary>
    public void Forget(ObjectKey resource) => _findings.TryRemove(resource, out _);
}
