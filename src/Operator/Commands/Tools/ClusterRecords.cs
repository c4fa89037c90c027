using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Commands.Tools;

/// <summary>A snapshot of the clients recorded in the cluster.</summary>
internal sealed class ClusterRecords
{
    private readonly ILookup<string, M2MOAuthClient> _byOwner;
    private readonly ILookup<string, M2MOAuthClient> _byClient;
    private readonly ILookup<string, MetadataOf<V1Secret>> _secretsByClient;

    private ClusterRecords(IReadOnlyList<M2MOAuthClient> resources, IReadOnlyList<MetadataOf<V1Secret>> secrets)
    {
        Resources = resources;
        _byOwner = resources.ToLookup(resource => Mark.OwnerOf(resource.Metadata.Uid), StringComparer.Ordinal);
        _byClient = resources
            .SelectMany(resource => ClientsOf(resource).Select(client => (Client: client, Resource: resource)))
            .ToLookup(held => held.Client, held => held.Resource, StringComparer.Ordinal);
        _secretsByClient = secrets
            .Where(secret => ClientIn(secret) is not null)
            .ToLookup(secret => ClientIn(secret)!, StringComparer.Ordinal);
    }

    /// <summary>All resources read.</summary>
    public IReadOnlyList<M2MOAuthClient> Resources { get; }

    /// <summary>Reads only the resources.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="namespace">The namespace; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<ClusterRecords> ReadResourcesAsync(
        KubernetesApi api,
        string? @namespace,
        CancellationToken cancellationToken
    ) => new(await api.For(Kinds.Clients).ListAsync(@namespace, labelSelector: null, cancellationToken), []);

    /// <summary>Reads resources and, without their data, Secrets of the whole cluster.</summary>
    public static async Task<ClusterRecords> ReadAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        // Secrets first: a client removed from one by then is recorded elsewhere.
        var secrets = await api.For(BuiltIn.SecretMetadata).ListAsync(@namespace: null, labelSelector: null, cancellationToken);
        return new ClusterRecords(
            await api.For(Kinds.Clients).ListAsync(@namespace: null, labelSelector: null, cancellationToken),
            secrets
        );
    }

    /// <summary>The resource a client belongs to, by its mark or else by any record, whoever wrote it; null if none.</summary>
    public ObjectKey? ResourceOf(string clientId, string? owner) =>
        ((owner is null ? null : _byOwner[owner].FirstOrDefault()) ?? _byClient[clientId].FirstOrDefault()) is { } resource
            ? ObjectKey.Of(resource)
            : null;

    /// <summary>A Secret, of any owner, that claims to hold a client's credentials; null if none.</summary>
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

    private static string? ClientIn(MetadataOf<V1Secret> secret) => secret.Metadata.Annotations.Find(WireNames.Annotations.ClientId);
}
