using Operator.Carto;
using Operator.Clients;

namespace Operator.Accounts;

/// <summary>
/// Finds clients by their marker in one list that all who ask share. Whoever asks gets a list that began after the question, so that it
/// shows what had happened by then; those who ask while a list is under way share the next one.
/// </summary>
/// <param name="clients">Where to list.</param>
/// <param name="cluster">Whose markers count, see <see cref="Marker.Cluster"/>.</param>
internal sealed class ClientListing(ICartoClients clients, string cluster)
{
    private readonly Lock _lock = new();
    private Task<ILookup<string, MarkedClient>>? _running;
    private Task<ILookup<string, MarkedClient>>? _next;

    /// <summary>The clients that bear a marker of this cluster and owner.</summary>
    /// <param name="owner">See <see cref="Marker.Owner"/>.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public async Task<IReadOnlyList<MarkedClient>> FindAsync(string owner, CancellationToken cancellationToken)
    {
        var list = await Join().WaitAsync(cancellationToken);
        return [.. list[owner]];
    }

    private Task<ILookup<string, MarkedClient>> Join()
    {
        lock (_lock)
        {
            if (_next is not null)
            {
                return _next;
            }

            return _running is null ? _running = Task.Run(ListAsync) : _next = ListAfterAsync(_running);
        }
    }

    private async Task<ILookup<string, MarkedClient>> ListAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            // From here on it is too late to join this list.
            (_running, _next) = (_next, null);
        }

        return await ListAsync();
    }

    private async Task<ILookup<string, MarkedClient>> ListAsync()
    {
        try
        {
            var listed = await clients.ListAsync(CancellationToken.None);
            return listed
                .Select(client => (Client: client, Marker: Marker.Read(client.Name)))
                .Where(found => found.Marker?.Cluster == cluster)
                .ToLookup(
                    found => found.Marker!.Value.Owner,
                    found => new MarkedClient(found.Client.Id, found.Marker!.Value.Serial, found.Client.Name!, found.Client.CreatedAt));
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
            }
        }
    }
}
