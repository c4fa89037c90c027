using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>
/// Which resource a client belongs to when several name it: the one that has it on record, or else the oldest. Made once, before anything
/// runs.
/// </summary>
internal sealed class ClientClaims
{
    private const string ByClient = "client";

    private readonly Store<M2MOAuthClient> _resources;

    public ClientClaims(Store<M2MOAuthClient> resources)
    {
        _resources = resources;
        _resources.AddIndex(ByClient, ClientsOf);
    }

    /// <summary>The resource that keeps the client that this one is to adopt, as people name it; null when nobody is in the way.</summary>
    public string? ClaimedBy(M2MOAuthClient resource) =>
        resource.Spec.ClientId is { } id
        && resource.Status?.Current is null
        && _resources.ByIndex(ByClient, id).FirstOrDefault(other => HasMoreRight(other, resource, id)) is { } holder
            ? $"{M2MOAuthClient.KubeKind} {ObjectKey.Of(holder)}"
            : null;

    private static bool HasMoreRight(M2MOAuthClient other, M2MOAuthClient resource, string id) =>
        other.Metadata.Uid != resource.Metadata.Uid && (Has(other, id) || IsOlder(other, resource));

    private static bool Has(M2MOAuthClient resource, string id) =>
        resource.Status?.Current?.ClientId == id || resource.Status?.Retiring?.Any(client => client.ClientId == id) == true;

    private static bool IsOlder(M2MOAuthClient left, M2MOAuthClient right)
    {
        var order = Nullable.Compare(left.Metadata.CreationTimestamp, right.Metadata.CreationTimestamp);
        return order < 0 || (order == 0 && string.CompareOrdinal(left.Metadata.Uid, right.Metadata.Uid) < 0);
    }

    private static IEnumerable<string> ClientsOf(M2MOAuthClient resource)
    {
        var status = resource.Status;
        return ((string?[])[resource.Spec.ClientId, status?.Current?.ClientId, .. (status?.Retiring ?? []).Select(client => client.ClientId)])
            .OfType<string>()
            .Distinct();
    }
}
