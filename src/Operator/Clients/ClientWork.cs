using k8s.Models;
using Operator.Accounts;
using Operator.Contracts;

namespace Operator.Clients;

/// <summary>One reconcile of one resource, as far as it has come. Deliberately no record: it holds a Secret, and must not print.</summary>
/// <param name="account">The resource's account, held for as long as the reconcile lasts.</param>
/// <param name="memory">What this process knows of the resource's creates.</param>
internal sealed class ClientWork(AccountLease account, CreateMemory memory)
{
    public AccountLease Account => account;

    public CreateMemory Memory => memory;

    /// <summary>The account in CARTO. The plan asks for nothing there unless it is available.</summary>
    public AccountAccess Access => account.Access ?? throw new InvalidOperationException($"{account.Key} is not available.");

    /// <summary>The resource as last read or written.</summary>
    public required M2MOAuthClient Resource { get; set; }

    /// <summary>What is known.</summary>
    public required Observation Seen { get; set; }

    /// <summary>The credentials Secret with its data, once it was read; null before, and when there is none.</summary>
    public V1Secret? Secret { get; set; }
}
