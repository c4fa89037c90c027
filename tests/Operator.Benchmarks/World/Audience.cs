using Microsoft.Extensions.Logging.Abstractions;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Benchmarks.World;

/// <summary>Watches the resources, and tells when each of them has come to where it should be.</summary>
internal sealed class Audience : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Informer<M2MOAuthClient> _clients;
    private readonly Task _running;

    private Audience(KubernetesApi api)
    {
        _clients = new Informer<M2MOAuthClient>(
            api.For(Kinds.Clients),
            new InformerOptions(),
            TimeProvider.System,
            NullLogger<Informer<M2MOAuthClient>>.Instance
        );
        _running = _clients.RunAsync(_stop.Token);
    }

    /// <summary>The resources as of the last event.</summary>
    public ICollection<M2MOAuthClient> Clients => _clients.Store.Items;

    public static async Task<Audience> StartAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        var audience = new Audience(api);
        await audience._clients.WaitForSyncAsync(cancellationToken);
        return audience;
    }

    /// <summary>Begins to wait for resources that come to fit a description.</summary>
    public Arrivals Expect(int count, Func<M2MOAuthClient, bool> fits) => Expect(count, change => change.New is { } now && fits(now));

    /// <summary>Begins to wait for resources that go.</summary>
    public Arrivals ExpectGone(int count) => Expect(count, change => change.New is null);

    /// <summary>Waits until it has seen that many resources that fit a description.</summary>
    public Task SeeAsync(int count, Func<M2MOAuthClient, bool> fits, TimeSpan limit, CancellationToken cancellationToken) =>
        TestKit.Eventually.GetAsync(
            _ => Task.FromResult(Clients.Count(fits)),
            seen => seen == count,
            $"{count} resources",
            cancellationToken,
            limit
        );

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private Arrivals Expect(int count, Func<Change<M2MOAuthClient>, bool> arrives)
    {
        var arrivals = new Arrivals(count);
        arrivals.Subscription = _clients.Subscribe(change =>
        {
            if (arrives(change))
            {
                arrivals.Note(change.Key);
            }
        });
        return arrivals;
    }
}

/// <summary>When resources came to where they should be, each counted once.</summary>
internal sealed class Arrivals(int count) : IDisposable
{
    private readonly Dictionary<ObjectKey, long> _seen = [];
    private readonly List<long> _times = [];
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IDisposable? Subscription { get; set; }

    /// <summary>The times in order, as timestamps of the system's clock, once all are there.</summary>
    /// <exception cref="TimeoutException">Not all came in time.</exception>
    public async Task<IReadOnlyList<long>> AllAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _all.Task.WaitAsync(limit, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Only {_seen.Count} of {count} resources came to where they should be within {limit}.");
        }

        return _times;
    }

    /// <summary>How long each took from a time of its own, in milliseconds, once all are there.</summary>
    public IEnumerable<double> MillisecondsSince(IReadOnlyDictionary<ObjectKey, long> times) =>
        _seen.Select(arrival => TimeProvider.System.GetElapsedTime(times[arrival.Key], arrival.Value).TotalMilliseconds);

    public void Dispose() => Subscription?.Dispose();

    // Called by the informer, one call at a time.
    internal void Note(ObjectKey key)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_times.Count < count && _seen.TryAdd(key, now))
        {
            _times.Add(now);
            if (_times.Count == count)
            {
                _all.TrySetResult();
            }
        }
    }
}
