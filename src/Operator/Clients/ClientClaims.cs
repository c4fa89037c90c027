using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>
/// Decides which resource a client belongs to when several name it: the one that has it on record, otherwise the oldest. Created once at
/// startup.
/// </summary>
internal sealed class ClientClaims
{
    private const string ByClient = "client";

    private readonly Store<M2MOAuthClient> _resources;

    private readonly bool _seesAll;

    /// <param name="resources">The resources.</param>
    /// <param name="seesAll">Whether the store covers the whole cluster.</param>
    public ClientClaims(Store<M2MOAuthClient> resources, bool seesAll)
    {
        _resources = resources;
        _seesAll = seesAll;
        _resources.AddIndex(ByClient, ClientsOf);
    }

    /// <summary>Display name of the resource that holds the client this one should adopt; null if there is none.</summary>
    public string? ClaimedBy(M2MOAuthClient resource) =>
        resource.Spec.ClientId is { } id
        && resource.Record()?.Current is null
        && _resources.ByIndex(ByClient, id).FirstOrDefault(other => HasMoreRight(other, resource, id)) is { } holder
            ? $"{M2MOAuthClient.KubeKind} {ObjectKey.Of(holder)}"
            : null;

    /// <summary>
    /// Whether no resource in this cluster has this owner mark any more, see <see cref="Mark.Owner"/>. Hashes every resource.
    /// </summary>
    public bool IsGone(string owner) => _seesAll && !_resources.Items.Any(resource => Mark.OwnerOf(resource.Metadata.Uid) == owner);

    private static bool HasMoreRight(M2MOAuthClient other, M2MOAuthClient resource, string id) =>
        other.Metadata.Uid != resource.Metadata.Uid && (Has(other, id) || IsOlder(other, resource));

    private static bool Has(M2MOAuthClient resource, string id) =>
        resource.Record() is { } record
        && (record.Current?.ClientId == id || record.Retiring?.Any(client => client.ClientId == id) == true);

    private static bool IsOlder(M2MOAuthClient left, M2MOAuthClient right)
    {
        var order = Nullable.Compare(left.Metadata.CreationTimestamp, right.Metadata.CreationTimestamp);
        return order < 0 || (order == 0 && string.CompareOrdinal(left.Metadata.Uid, right.Metadata.Uid) < 0);
    }

    private static IEnumerable<string> ClientsOf(M2MOAuthClient resource)
    {
        var status = resource.Record();
        return (
            (string?[])[resource.Spec.ClientId, status?.Current?.ClientId, .. (status?.Retiring ?? []).Select(client => client.ClientId)]
        )
            .OfType<string>()
            .Distinct();
    }
}
