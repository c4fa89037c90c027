using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Runtime;

namespace Operator.Accounts;

/// <summary>
/// Watches the objects that accounts reference, each individually and metadata-only: rotated credentials are picked up at once, and no
/// unreferenced Secret is read or kept.
/// </summary>
/// <param name="secrets">Calls for Secrets.</param>
/// <param name="configMaps">Calls for ConfigMaps.</param>
/// <param name="wake">Enqueues an account. Must not block.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Logs watch failures.</param>
internal sealed class SourceWatches(
    ResourceClient<MetadataOf<V1Secret>> secrets,
    ResourceClient<MetadataOf<V1ConfigMap>> configMaps,
    Action<AccountKey> wake,
    TimeProvider time,
    ILogger<SourceWatches> logger
) : IAsyncDisposable
{
    /// <summary>
    /// How long a reconcile waits for a new watch. It then goes on without, and is repeated once the watch is established.
    /// </summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(5);

    private static readonly HashSet<SourceObject> Nothing = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<AccountKey, IReadOnlySet<SourceObject>> _followed = [];
    private readonly Dictionary<SourceObject, Watch> _watches = [];

    /// <summary>Number of watched objects.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>
    /// Wakes an account when one of these objects, and no longer any other, is created, changed or deleted. After this returns, no change
    /// is missed.
    /// </summary>
    public async Task FollowAsync(AccountKey account, IReadOnlySet<SourceObject> objects, CancellationToken cancellationToken)
    {
        var (ended, followed) = Replace(account, objects);
        foreach (var watch in ended)
        {
            await watch.DisposeAsync();
        }

        foreach (var watch in followed)
        {
            await watch.Standing.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Stops waking an account.</summary>
    public Task UnfollowAsync(AccountKey account) => FollowAsync(account, Nothing, CancellationToken.None);

    /// <summary>Stops all watches.</summary>
    public async ValueTask DisposeAsync()
    {
        Watch[] all;
        lock (_lock)
        {
            all = [.. _watches.Values];
            _watches.Clear();
            _followed.Clear();
        }

        await Task.WhenAll(all.Select(watch => watch.DisposeAsync().AsTask()));
    }

    private (List<Watch> Ended, List<Watch> Followed) Replace(AccountKey account, IReadOnlySet<SourceObject> objects)
    {
        lock (_lock)
        {
            var before = _followed.GetValueOrDefault(account, Nothing);
            List<Watch> ended = [.. before.Except(objects).Select(left => Leave(account, left)).OfType<Watch>()];
            List<Watch> followed = [.. objects.Select(joined => Join(account, joined))];
            if (objects.Count == 0)
            {
                _followed.Remove(account);
            }
            else
            {
                _followed[account] = objects;
            }

            return (ended, followed);
        }
    }

    private Watch Join(AccountKey account, SourceObject source)
    {
        if (!_watches.TryGetValue(source, out var watch))
        {
            _watches.Add(source, watch = source.Kind == SourceKind.Secret ? Start(secrets, source) : Start(configMaps, source));
        }

        watch.Accounts.Add(account);
        return watch;
    }

    /// <summary>Returns the watch if no account needs it any more.</summary>
    private Watch? Leave(AccountKey account, SourceObject source)
    {
        var watch = _watches[source];
        watch.Accounts.Remove(account);
        return watch.Accounts.Count == 0 && _watches.Remove(source) ? watch : null;
    }

    private Watch Start<T>(ResourceClient<T> client, SourceObject source)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var only = new InformerOptions { Namespaces = [source.Key.Namespace!], FieldSelector = $"metadata.name={source.Key.Name}" };
        var informer = new Informer<T>(client, only, time, logger);
        return new Watch(informer.RunAsync, (watch, stopping) => SubscribeAsync(informer, watch, stopping));
    }

    private async Task SubscribeAsync<T>(Informer<T> informer, Watch watch, CancellationToken stopping)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        // The initial list is no change: waiters read the object afterwards.
        await informer
            .WaitForSyncAsync(stopping)
            .WaitAsync(StartLimit, time, stopping)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        informer.Subscribe(_ => Wake(watch));
    }

    private void Wake(Watch watch)
    {
        AccountKey[] accounts;
        lock (_lock)
        {
            accounts = [.. watch.Accounts];
        }

        foreach (var account in accounts)
        {
            wake(account);
        }
    }

    private sealed class Watch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Watch(Func<CancellationToken, Task> run, Func<Watch, CancellationToken, Task> subscribe)
        {
            // Not on this thread, which holds the lock.
            _running = Task.Run(() => run(_stop.Token));
            Standing = Task.Run(() => subscribe(this, _stop.Token));
        }

        /// <summary>Completes once changes are observed.</summary>
        public Task Standing { get; }

        /// <summary>Accounts to wake. Guarded by the lock of the outer class.</summary>
        public HashSet<AccountKey> Accounts { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_running, Standing);
            _stop.Dispose();
        }
    }
}
