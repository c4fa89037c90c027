using Operator.Carto;
using Operator.Clients;

namespace Operator.Accounts;

/// <summary>All clients of an account as CARTO listed them once.</summary>
internal sealed class ClientList
{
    private readonly ILookup<string, MarkedClient> _byOwner;

    /// <summary>Takes what matters of a list; a client's secret, where the list tells it, is none of it.</summary>
    /// <param name="listed">What CARTO listed.</param>
    /// <param name="cluster">Whose markers count, see <see cref="Marker.Cluster"/>.</param>
    /// <param name="gap">What could not be read, see <see cref="OAuthClientList.Gap"/>.</param>
    public ClientList(IReadOnlyList<OAuthClient> listed, string cluster, string? gap = null)
    {
        Gap = gap;
        var names = new Dictionary<string, string?>(listed.Count, StringComparer.Ordinal);
        foreach (var client in listed)
        {
            names[client.Id] = client.Name;
        }

        Names = names;
        _byOwner = listed
            .Select(client => (Client: client, Marker: Marker.Read(client.Name)))
            .Where(found => found.Marker?.Cluster == cluster)
            .ToLookup(
                found => found.Marker!.Value.Owner,
                found => new MarkedClient(found.Client.Id, found.Marker!.Value.Serial, found.Client.Name!, found.Client.CreatedAt));
    }

    /// <summary>What could not be read: a client that is not here may exist all the same. Null: nothing is missing.</summary>
    public string? Gap { get; }

    /// <summary>The name of each client, by its ID; null where CARTO did not tell it.</summary>
    public IReadOnlyDictionary<string, string?> Names { get; }

    /// <summary>The clients that bear a marker of this cluster, by <see cref="Marker.Owner"/>.</summary>
    public IEnumerable<IGrouping<string, MarkedClient>> Marked => _byOwner;

    /// <summary>The clients that bear a marker of this cluster and owner.</summary>
    public IReadOnlyList<MarkedClient> MarkedFor(string owner) => [.. _byOwner[owner]];

    /// <summary>This list, where it shows all clients of the account.</summary>
    /// <exception cref="CartoException">It does not: nothing may be concluded from what is missing.</exception>
    public ClientList RequireWhole() => Gap is null
        ? this
        : throw new CartoException(new CartoError(CartoErrorKind.Transient, CartoStage.Api, $"CARTO's list of clients could not be read fully: {Gap}"));
}
