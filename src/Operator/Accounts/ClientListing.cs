using Operator.Carto;
using Operator.Clients;

namespace Operator.Accounts;

/// <summary>
/// Lists the clients of an account, once for all who ask at a time. Whoever asks gets a list that began after the question, so that it
/// shows what had happened by then; those who ask while a list is under way share the next one.
/// </summary>
/// <param name="clients">Where to list.</param>
/// <param name="cluster">Whose markers count, see <see cref="Marker.Cluster"/>.</param>
internal sealed class ClientListing(ICartoClients clients, string cluster)
{
    private readonly Lock _lock = new();
    private Task<ClientList>? _running;
    private Task<ClientList>? _next;

    /// <summary>All clients of the account.</summary>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public Task<ClientList> AllAsync(CancellationToken cancellationToken) => Join().WaitAsync(cancellationToken);

    /// <summary>The clients that bear a marker of this cluster and owner.</summary>
    /// <param name="owner">See <see cref="Marker.Owner"/>.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public async Task<IReadOnlyList<MarkedClient>> FindAsync(string owner, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).MarkedFor(owner);

    private Task<ClientList> Join()
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

    private async Task<ClientList> ListAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            // From here on it is too late to join this list.
            (_running, _next) = (_next, null);
        }

        return await ListAsync();
    }

    private async Task<ClientList> ListAsync()
    {
        try
        {
            return new ClientList(await clients.ListAsync(CancellationToken.None), cluster);
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
