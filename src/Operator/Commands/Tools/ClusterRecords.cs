using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;
using k8s.Models;

namespace Operator.Commands.Tools;

/// <summary>What the cluster has on record of clients, as the API server had it at one moment.</summary>
internal sealed class ClusterRecords
{
    private readonly ILookup<string, M2MOAuthClient> _byOwner;
    private readonly ILookup<string, M2MOAuthClient> _byClient;
    private readonly ILookup<string, MetadataOf<V1Secret>> _secretsByClient;

    private ClusterRecords(IReadOnlyList<M2MOAuthClient> resources, IReadOnlyList<MetadataOf<V1Secret>> secrets)
    {
        Resources = resources;
        _byOwner = resources.ToLookup(resource => Marker.OwnerOf(resource.Metadata.Uid), StringComparer.Ordinal);
        _byClient = resources
            .SelectMany(resource => ClientsOf(resource).Select(client => (Client: client, Resource: resource)))
            .ToLookup(held => held.Client, held => held.Resource, StringComparer.Ordinal);
        _secretsByClient = secrets
            .Where(secret => ClientIn(secret) is not null)
            .ToLookup(secret => ClientIn(secret)!, StringComparer.Ordinal);
    }

    /// <summary>All resources that were looked at.</summary>
    public IReadOnlyList<M2MOAuthClient> Resources { get; }

    /// <summary>Reads the resources alone.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="namespace">In one namespace; null: in all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<ClusterRecords> ReadResourcesAsync(KubernetesApi api, string? @namespace, CancellationToken cancellationToken) =>
        new(await api.For(Kinds.Clients).ListAsync(@namespace, labelSelector: null, cancellationToken), []);

    /// <summary>Reads resources and, without their data, Secrets of the whole cluster.</summary>
    public static async Task<ClusterRecords> ReadAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        // Secrets first: what is taken out of one by then is on record elsewhere.
        var secrets = await api.For(BuiltIn.SecretMetadata).ListAsync(@namespace: null, labelSelector: null, cancellationToken);
        return new ClusterRecords(await api.For(Kinds.Clients).ListAsync(@namespace: null, labelSelector: null, cancellationToken), secrets);
    }

    /// <summary>
    /// The resource that a client belongs to, by its marker in a name of this cluster, or else by a record, whoever wrote that; null: none.
    /// </summary>
    public ObjectKey? ResourceOf(string clientId, string? owner) =>
        ((owner is null ? null : _byOwner[owner].FirstOrDefault()) ?? _byClient[clientId].FirstOrDefault()) is { } resource ? ObjectKey.Of(resource) : null;

    /// <summary>The Secret that says that it holds a client's pair, whosever it is; null: none.</summary>
    public ObjectKey? SecretOf(string clientId) => _secretsByClient[clientId].FirstOrDefault() is { } secret ? ObjectKey.Of(secret) : null;

    private static IEnumerable<string> ClientsOf(M2MOAuthClient resource)
    {
        string?[] clients =
        [
            resource.Spec.ClientId,
            resource.Status?.ClientId,
            resource.Status?.Current?.ClientId,
            .. (resource.Status?.Retiring ?? []).Select(client => client.ClientId),
        ];
        return clients.OfType<string>().Distinct();
    }

    private static string? ClientIn(MetadataOf<V1Secret> secret) =>
        secret.Metadata.Annotations is { } annotations && annotations.TryGetValue(WireNames.Annotations.ClientId, out var client) ? client : null;
}
