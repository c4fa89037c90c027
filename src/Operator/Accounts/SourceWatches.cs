using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Runtime;
using k8s;
using k8s.Models;

namespace Operator.Accounts;

/// <summary>
/// Watches the objects that accounts name, each one by itself and without its data, for as long as an account names it: a rotated
/// credential is taken up at once, and no Secret is read or kept that no account names.
/// </summary>
/// <param name="secrets">Calls for Secrets.</param>
/// <param name="configMaps">Calls for ConfigMaps.</param>
/// <param name="wake">An account should be looked at. Must be quick and must not block.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Where failures of a watch are told.</param>
internal sealed class SourceWatches(
    ResourceClient<MetadataOf<V1Secret>> secrets,
    ResourceClient<MetadataOf<V1ConfigMap>> configMaps,
    Action<AccountKey> wake,
    TimeProvider time,
    ILogger<SourceWatches> logger) : IAsyncDisposable
{
    /// <summary>How long a look at an account waits for a new watch. Without one it goes on, and is repeated when the watch stands.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(5);

    private static readonly HashSet<SourceObject> Nothing = [];

    private readonly Lock _lock = new();
    private readonly Dictionary<AccountKey, IReadOnlySet<SourceObject>> _followed = [];
    private readonly Dictionary<SourceObject, Watch> _watches = [];

    /// <summary>How many objects are watched.</summary>
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
    /// Wakes an account when one of these objects changes, is created or deleted, and for no other any more. When this returns, no change
    /// from now on is missed.
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

    /// <summary>Wakes an account no more.</summary>
    public Task UnfollowAsync(AccountKey account) => FollowAsync(account, Nothing, CancellationToken.None);

    /// <summary>Ends all watches.</summary>
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

    /// <summary>The watch, if nobody needs it any more.</summary>
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
        // What the first list shows is no change: whoever waits for this reads the object afterwards.
        await informer.WaitForSyncAsync(stopping).WaitAsync(StartLimit, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
            // Off this thread: the lock is held.
            _running = Task.Run(() => run(_stop.Token));
            Standing = Task.Run(() => subscribe(this, _stop.Token));
        }

        /// <summary>Ends when changes are heard of.</summary>
        public Task Standing { get; }

        /// <summary>Who is to be woken. Guarded by the lock of the outer class.</summary>
        public HashSet<AccountKey> Accounts { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_running, Standing);
            _stop.Dispose();
        }
    }
}
