using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>An informer of any kind, for hosts that only run it.</summary>
public interface IInformer
{
    /// <summary>Plural of the kind.</summary>
    string Name { get; }

    /// <summary>Whether the store has synced once. Stays true when the connection is lost.</summary>
    bool HasSynced { get; }

    /// <summary>One entry per namespace, or one for all.</summary>
    IReadOnlyList<IFollowing> Followings { get; }

    /// <summary>Keeps the store up to date until cancelled, then returns. Failures are logged and retried forever.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Waits until <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Keeps a <see cref="Store{T}"/> in sync with the server and notifies subscribers of each change. Uses one <see cref="Reflector{T}"/> for
/// all namespaces, or one per requested namespace.
/// </summary>
public sealed partial class Informer<T> : IInformer
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How often <see cref="CatchUpAsync"/> polls the watch's progress.</summary>
    private static readonly TimeSpan CatchUpInterval = TimeSpan.FromMilliseconds(20);

    private readonly ResourceClient<T> _client;
    private readonly InformerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly bool _selects;
    private readonly Reflector<T>[] _reflectors;

    // Held while the store changes and subscribers are notified, so that all observe changes in the same order.
    private readonly Lock _gate = new();

    // Versions of our own writes that the watch has not delivered yet.
    private readonly Dictionary<ObjectKey, string> _awaited = [];
    private Action<Change<T>>[] _subscribers = [];

    /// <param name="client">Calls for the kind.</param>
    /// <param name="options">What to watch and how.</param>
    /// <param name="time">Clock for pauses and time limits.</param>
    /// <param name="logger">Logs failures.</param>
    public Informer(ResourceClient<T> client, InformerOptions options, TimeProvider time, ILogger logger)
    {
        Definition = client.Definition;
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
        _selects = options.LabelSelector is not null || options.FieldSelector is not null;
        string?[] namespaces = Definition.Namespaced && options.Namespaces.Count > 0 ? [.. options.Namespaces.Distinct()] : [null];
        _reflectors = [.. namespaces.Select(@namespace => new Reflector<T>(this, client, options, @namespace, time, logger))];
    }

    /// <inheritdoc />
    public string Name => Definition.Plural;

    /// <summary>The kind.</summary>
    public ResourceDefinition<T> Definition { get; }

    /// <summary>The cached objects.</summary>
    public Store<T> Store { get; } = new();

    /// <summary>Applied in place to each object before it is stored, to drop unused fields.</summary>
    public Action<T>? Transform { get; init; }

    /// <inheritdoc />
    public bool HasSynced => Array.TrueForAll(_reflectors, reflector => reflector.Synced.IsCompletedSuccessfully);

    /// <inheritdoc />
    public IReadOnlyList<IFollowing> Followings => _reflectors;

    /// <inheritdoc />
    public Task WaitForSyncAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_reflectors.Select(reflector => reflector.Synced)).WaitAsync(cancellationToken);

    /// <inheritdoc />
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_reflectors.Select(reflector => reflector.RunAsync(cancellationToken)));

    /// <summary>
    /// Calls back for each later change, in order and one at a time. The store already contains the change. The callback must be quick and
    /// must not block; exceptions are logged.
    /// </summary>
    /// <returns>Ends the subscription when disposed.</returns>
    public IDisposable Subscribe(Action<Change<T>> onChange)
    {
        lock (_gate)
        {
            _subscribers = [.. _subscribers, onChange];
        }

        return new Subscription(this, onChange);
    }

    /// <summary>
    /// Stores the response to one of our own writes, so that the next read of the store is not stale. Responses older than the store are
    /// ignored, as are objects whose deletion the watch may have seen. Subscribers get the change as <see cref="Change{T}.IsOwn"/>, here or
    /// when the watch delivers it. So the write must have required the version its writer had read, or created the object: otherwise the
    /// response could include another client's edit.
    /// </summary>
    public void Observe(T written)
    {
        var key = ObjectKey.Of(written);
        var version = written.Metadata.ResourceVersion;
        if (ResourceVersion.Parse(version) is null || IsVanishing(written))
        {
            // Leave it to the watch if versions are not comparable or the object is being deleted.
            return;
        }

        lock (_gate)
        {
            if (Store.TryGet(key, out var old))
            {
                if (ResourceVersion.IsNewer(version, old.Metadata.ResourceVersion))
                {
                    Keep(key, old, written, isOwn: true);
                }
            }
            else if (IsSurelyAhead(key, version))
            {
                Keep(key, null, written, isOwn: true);
            }
            else if (IsToCome(key, version))
            {
                _awaited[key] = version;
            }
        }
    }

    /// <summary>
    /// Waits until the store has caught up with the server's current state in all namespaces: as good as a list, at the cost of one object.
    /// </summary>
    /// <param name="limit">Maximum wait: without changes, a watch does not report its progress.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False on timeout, or if the store lacks an object that cannot be decoded: then only a list is reliable.</returns>
    public async Task<bool> CatchUpAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var scope = new ListScope(null, _options.LabelSelector, _options.FieldSelector);
        var before = Array.ConvertAll(_reflectors, reflector => reflector.Version);
        using var buffer = new PooledBuffer();
        var now = await _client.ListPageAsync(scope, limit: 1, continueToken: null, buffer, cancellationToken);
        if (
            now.Malformed.Count > 0
            || ResourceVersion.Parse(now.ResourceVersion) is null
            || Array.Exists(before, version => ResourceVersion.IsNewer(version, now.ResourceVersion))
        )
        {
            // The last case: the server was restored from a backup, which the store does not reflect yet.
            return false;
        }

        var start = _time.GetTimestamp();
        while (!Array.TrueForAll(_reflectors, HasCome))
        {
            if (_time.GetElapsedTime(start) >= limit)
            {
                return false;
            }

            await Task.Delay(CatchUpInterval, _time, cancellationToken);
        }

        return !Array.Exists(_reflectors, reflector => reflector.HasSkipped);

        bool HasCome(Reflector<T> reflector) =>
            reflector.Synced.IsCompletedSuccessfully && !ResourceVersion.IsNewer(now.ResourceVersion, reflector.Version);
    }

    /// <summary>Stores the server's version of an object, unless the store has a newer one.</summary>
    /// <param name="item">The object.</param>
    /// <param name="force">Ignore the versions in the store.</param>
    internal void Put(T item, bool force)
    {
        var key = ObjectKey.Of(item);
        lock (_gate)
        {
            Store.TryGet(key, out var old);
            var known = old?.Metadata.ResourceVersion;
            if (
                old is not null
                && (known == item.Metadata.ResourceVersion || (!force && ResourceVersion.IsNewer(known, item.Metadata.ResourceVersion)))
            )
            {
                // Already seen, or a newer write of our own was observed.
                return;
            }

            Keep(key, old, item, _awaited.Remove(key, out var awaited) && awaited == item.Metadata.ResourceVersion);
        }
    }

    /// <summary>
    /// Drops a deleted object and publishes the version of the deletion, atomically, so that nothing older gets in between.
    /// </summary>
    internal void Drop(Reflector<T> source, ObjectKey key, string? version, T? last)
    {
        lock (_gate)
        {
            Drop(key, version, last, force: false);
            source.Reach(version);
        }
    }

    /// <summary>Drops objects missing from a list.</summary>
    internal void DropUnlisted(Reflector<T> source, HashSet<ObjectKey> listed, string version, bool force)
    {
        lock (_gate)
        {
            foreach (var key in Store.Keys)
            {
                if (source.Covers(key) && !listed.Contains(key))
                {
                    Drop(key, version, last: null, force);
                }
            }

            foreach (var (key, awaited) in _awaited)
            {
                if (source.Covers(key) && !ResourceVersion.IsNewer(awaited, version))
                {
                    _awaited.Remove(key);
                }
            }

            source.Reach(version);
        }
    }

    private void Keep(ObjectKey key, T? old, T item, bool isOwn)
    {
        Transform?.Invoke(item);
        // Keep only the strings that the item has now.
        key = ObjectKey.Of(item);
        Store.Set(key, item);
        Tell(new Change<T>(old is null ? ChangeKind.Added : ChangeKind.Updated, key, old, item) { IsOwn = isOwn });
    }

    private void Drop(ObjectKey key, string? version, T? last, bool force)
    {
        if (Store.TryGet(key, out var old) && (force || !ResourceVersion.IsNewer(old.Metadata.ResourceVersion, version)))
        {
            Store.Remove(key);
            Tell(new Change<T>(ChangeKind.Deleted, key, last ?? old, null) { IsInferred = last is null });
        }
    }

    private void Tell(in Change<T> change)
    {
        foreach (var subscriber in _subscribers)
        {
            try
            {
                subscriber(change);
            }
            catch (Exception exception)
            {
                Log.SubscriberFailed(_logger, Name, change.Key, exception);
            }
        }
    }

    // With a selector, only the server knows whether an object we wrote matches it.
    private bool IsSurelyAhead(ObjectKey key, string version) => !_selects && IsToCome(key, version);

    private bool IsToCome(ObjectKey key, string version) =>
        Array.Exists(_reflectors, reflector =>
            reflector.Synced.IsCompletedSuccessfully && reflector.Covers(key) && ResourceVersion.IsNewer(version, reflector.Version)
        );

    private static bool IsVanishing(T item) => item.Metadata is { DeletionTimestamp: not null, Finalizers: null or { Count: 0 } };

    private void Unsubscribe(Action<Change<T>> onChange)
    {
        lock (_gate)
        {
            var index = Array.LastIndexOf(_subscribers, onChange);
            if (index >= 0)
            {
                _subscribers = [.. _subscribers[..index], .. _subscribers[(index + 1)..]];
            }
        }
    }

    private sealed class Subscription(Informer<T> informer, Action<Change<T>> onChange) : IDisposable
    {
        public void Dispose() => informer.Unsubscribe(onChange);
    }

    private static partial class Log
    {
        [LoggerMessage(107, LogLevel.Error, "A subscriber to {Resource} failed on {Key}")]
        public static partial void SubscriberFailed(ILogger logger, string resource, ObjectKey key, Exception exception);
    }
}
