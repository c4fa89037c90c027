using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Operator.Carto;

namespace Operator.Access;

/// <summary>
/// Lists the clients of an account, sharing lists between callers. Callers pass the time after which the list must have started: a running
/// or recent list may do; otherwise they share the next one.
/// </summary>
/// <param name="clients">Calls CARTO.</param>
/// <param name="cluster">The cluster whose marks count, see <see cref="Mark.Cluster"/>.</param>
/// <param name="time">Clock.</param>
internal sealed class ClientListing(ICartoClients clients, string cluster, TimeProvider time)
{
    /// <summary>How long a list in CARTO may lag behind a create whose response was lost.</summary>
    public static readonly TimeSpan Lag = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a list is kept after it ends: long enough for all that wait for a worker, without burdening an idle process.
    /// </summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    private readonly HashSet<UInt128> _proven = [];
    private readonly Lock _lock = new();
    private Listing? _latest;
    private Task<ClientList>? _next;

    /// <summary>Lists all current clients of the account.</summary>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public Task<ClientList> AllAsync(CancellationToken cancellationToken) => Join(since: null).WaitAsync(cancellationToken);

    /// <summary>A list that started after a point in time.</summary>
    /// <param name="since">That point, a clock timestamp.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the list goes on for the others.</param>
    public Task<ClientList> AfterAsync(long since, CancellationToken cancellationToken) => Join(since).WaitAsync(cancellationToken);

    /// <summary>Whether such a list is available without waiting.</summary>
    public bool HasAfter(long since)
    {
        lock (_lock)
        {
            return _latest is { Task.IsCompletedSuccessfully: true } latest && latest.Begun > since;
        }
    }

    /// <summary>
    /// Whether a client is proven to be a resource's: CARTO listed it with the resource's mark, or this process created it. Client IDs
    /// never change and marks are never reused, so this holds for the lifetime of the process.
    /// </summary>
    /// <param name="owner">See <see cref="Mark.Owner"/>.</param>
    /// <param name="clientId">The client.</param>
    public bool IsProven(string owner, string clientId)
    {
        lock (_proven)
        {
            return _proven.Contains(ProofOf(owner, clientId));
        }
    }

    /// <summary>Records a client this process created for a resource.</summary>
    public void Created(string owner, string clientId)
    {
        lock (_proven)
        {
            _proven.Add(ProofOf(owner, clientId));
        }
    }

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
            // From here on, joining this list requires checking when it started.
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
        var begun = time.GetUtcNow();
        var list = new ClientList(await clients.ListAsync(CancellationToken.None), cluster, begun);
        lock (_proven)
        {
            foreach (var marked in list.Marked)
            {
                foreach (var client in marked)
                {
                    _proven.Add(ProofOf(marked.Key, client.ClientId));
                }
            }
        }

        return list;
    }

    /// <summary>Sixteen bytes instead of two strings: thousands may be kept.</summary>
    private static UInt128 ProofOf(string owner, string clientId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{owner}/{clientId}"), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
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

    /// <summary>A list, running or complete.</summary>
    /// <param name="Begun">When it started.</param>
    /// <param name="Task">Its result.</param>
    private sealed record Listing(long Begun, Task<ClientList> Task);
}
