using Operator.Carto;

namespace Operator.Access;

/// <summary>A snapshot of an account's clients, from one list call to CARTO.</summary>
internal sealed class ClientList
{
    private readonly Dictionary<string, string?> _names;
    private readonly HashSet<string> _others = new(StringComparer.Ordinal);
    private readonly ILookup<string, MarkedClient> _byOwner;

    /// <summary>Keeps what matters from a list, which excludes any client secrets.</summary>
    /// <param name="listed">What CARTO listed.</param>
    /// <param name="cluster">The cluster whose marks count, see <see cref="Mark.Cluster"/>.</param>
    /// <param name="begun">When the list started.</param>
    public ClientList(OAuthClientList listed, string cluster, DateTimeOffset begun)
    {
        (Gap, Begun) = (listed.Gap, begun);
        _names = new Dictionary<string, string?>(listed.Clients.Count, StringComparer.Ordinal);
        foreach (var client in listed.Clients)
        {
            _names[client.Id] = client.Name;
            if (IsOther(client))
            {
                _others.Add(client.Id);
            }
        }

        _byOwner = listed
            .Clients.Select(client => (Client: client, Mark: Mark.Read(client.Name)))
            .Where(found => found.Mark?.Cluster == cluster)
            .ToLookup(
                found => found.Mark!.Value.Owner,
                found => new MarkedClient(found.Client.Id, found.Mark!.Value.Serial, found.Client.Name!, found.Client.CreatedAt)
            );
    }

    /// <summary>When it started: clients created shortly before may be missing.</summary>
    public DateTimeOffset Begun { get; }

    /// <summary>
    /// Which part of CARTO's response could not be parsed; null if it is complete. A list with a gap proves no client's absence.
    /// </summary>
    public string? Gap { get; }

    /// <summary>Client names by ID; null where CARTO returned none.</summary>
    public IReadOnlyDictionary<string, string?> Names => _names;

    /// <summary>The clients with a mark of this cluster, by <see cref="Mark.Owner"/>.</summary>
    public IEnumerable<IGrouping<string, MarkedClient>> Marked => _byOwner;

    /// <summary>Whether a client was listed.</summary>
    public bool Has(string clientId) => _names.ContainsKey(clientId);

    /// <summary>Whether CARTO lists it as another kind of application, see <see cref="IsOther(OAuthClient)"/>.</summary>
    public bool IsOther(string clientId) => _others.Contains(clientId);

    /// <summary>Whether a client was certainly absent.</summary>
    public bool Lacks(string clientId) => Gap is null && !Has(clientId);

    /// <summary>Whether a client has a mark of another owner than the resource.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="owner">The resource, as returned by <see cref="Mark.OwnerOf"/>.</param>
    public bool IsMarkedForOthers(string clientId, string owner) =>
        _names.TryGetValue(clientId, out var name)
        && Mark.Read(name) is not null
        && !_byOwner[owner].Any(client => client.ClientId == clientId);

    /// <summary>The clients with a mark of this cluster and owner.</summary>
    public IReadOnlyList<MarkedClient> MarkedFor(string owner) => [.. _byOwner[owner]];

    /// <summary>
    /// Whether CARTO shows a client as another kind of application. One with a mark was created as an M2M client, whatever CARTO shows.
    /// </summary>
    public static bool IsOther(OAuthClient client) => client.IsOther && Mark.Read(client.Name) is null;
}
