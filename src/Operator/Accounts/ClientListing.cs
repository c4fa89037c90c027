using Operator.Carto;
using Operator.Clients;

namespace Operator.Accounts;

/// <summary>
/// Lists the clients of an account, once for all who ask. Whoever asks says what the list has to show, by the moment after which it must
/// have begun: one that is under way, or that was made a short while ago, may do. Those for whom it does not share the next one.
/// </summary>
/// <param name="clients">Where to list.</param>
/// <param name="cluster">Whose markers count, see <see cref="Marker.Cluster"/>.</param>
/// <param name="time">Clock.</param>
internal sealed class ClientListing(ICartoClients clients, string cluster, TimeProvider time)
{
    /// <summary>For how long a list is kept, from its end: long enough for all that wait for a worker, and no burden on a process at rest.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Listing? _latest;
    private Task<ClientList>? _next;

    /// <summary>All clients of the account as they are now.</summary>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public Task<ClientList> AllAsync(CancellationToken cancellationToken) => Join(since: null).WaitAsync(cancellationToken);

    /// <summary>The clients that bear a marker of this cluster and owner.</summary>
    /// <param name="owner">See <see cref="Marker.Owner"/>.</param>
    /// <param name="since">The list must have begun after this moment, a timestamp of the clock.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public async Task<IReadOnlyList<MarkedClient>> FindAsync(string owner, long since, CancellationToken cancellationToken) =>
        (await Join(since).WaitAsync(cancellationToken)).RequireWhole().MarkedFor(owner);

    private Task<ClientList> Join(long? since)
    {
        lock (_lock)
        {
            if (_latest is { Task: { IsFaulted: false, IsCanceled: false } } latest && latest.Begun > since)
            {
                return latest.Task;
            }

            if (_next is not null)
            {
                return _next;
            }

            return _latest is null or { Task.IsCompleted: true } ? Begin() : _next = ListAfterAsync(_latest.Task);
        }
    }

    private async Task<ClientList> ListAfterAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<ClientList> next;
        lock (_lock)
        {
            // From here on it is too late to join this list without a look at when it began.
            _next = null;
            next = Begin();
        }

        return await next;
    }

    private Task<ClientList> Begin()
    {
        var listing = new Listing(time.GetTimestamp(), Task.Run(ListAsync));
        _latest = listing;
        _ = DropAsync(listing);
        return listing.Task;
    }

    private async Task<ClientList> ListAsync()
    {
        var (listed, gap) = await clients.ListAsync(CancellationToken.None);
        return new ClientList(listed, cluster, gap);
    }

    private async Task DropAsync(Listing listing)
    {
        await ((Task)listing.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        await Task.Delay(KeepFor, time);
        lock (_lock)
        {
            if (_latest == listing)
            {
                _latest = null;
            }
        }
    }

    /// <summary>A list, under way or at its end.</summary>
    /// <param name="Begun">When it began.</param>
    /// <param name="Task">What it comes to.</param>
    private sealed record Listing(long Begun, Task<ClientList> Task);
}
