using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>An informer of whatever kind, for those who only run it.</summary>
public interface IInformer
{
    /// <summary>Plural of the kind.</summary>
    string Name { get; }

    /// <summary>Whether the store has held everything once. It stays true when the connection is lost.</summary>
    bool HasSynced { get; }

    /// <summary>Keeps the store up to date until cancelled, and then returns. Failures are logged and retried for ever.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Waits until <see cref="HasSynced"/>.</summary>
    Task WaitForSyncAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Keeps a <see cref="Store{T}"/> equal to what the server has, by one list and then a watch that goes on where the last one ended.
/// What is missed while disconnected is made up for, deletions included. An object that cannot be decoded is logged, counted and left
/// as it was in the store; it disturbs nothing else.
/// </summary>
/// <param name="client">Calls for the kind.</param>
/// <param name="options">What to watch, and how.</param>
/// <param name="time">Clock for pauses and time limits.</param>
/// <param name="logger">Where failures are told.</param>
public sealed partial class Informer<T>(ResourceClient<T> client, InformerOptions options, TimeProvider time, ILogger logger) : IInformer
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A watch that ends sooner was not worth a connection: without a pause it would be opened again and again.
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceSlack = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(5);

    // After so many failures in a row, going on where we were may be what fails: a server that was restored from a backup has not come
    // to that version yet.
    private const int FailuresUntilList = 8;

    private readonly ListScope _scope = new(options.Namespace, options.LabelSelector, options.FieldSelector);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Held while the store changes and subscribers hear of it, so that all see the same order of changes.
    private readonly Lock _gate = new();
    private Action<Change<T>>[] _subscribers = [];

    // How far list and watch have come. Objects written by us may be ahead of it in the store.
    private string? _version;
    private bool _mustList = true;
    private int _failures;
    private int _failuresAtList;

    /// <inheritdoc />
    public string Name => client.Definition.Plural;

    /// <summary>The kind.</summary>
    public ResourceDefinition<T> Definition => client.Definition;

    /// <summary>The objects as of the last event.</summary>
    public Store<T> Store { get; } = new();

    /// <summary>Applied to each object before it is kept, to drop what nobody reads. It changes the object in place.</summary>
    public Action<T>? Transform { get; init; }

    /// <inheritdoc />
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <inheritdoc />
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>
    /// Calls back on each change from now on, in order and one at a time. The store already shows the change. The callback must
    /// return quickly and must not block; what it throws is logged.
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
    /// Takes note of what the server answered to a write of our own, so that the next look at the store does not see the object as
    /// it was before. An answer that is older than the store is ignored, and so is an object that the watch may have seen going. The
    /// change is told to subscribers like any other: somebody else's edit may be in the same answer.
    /// </summary>
    public void Observe(T written)
    {
        var key = ObjectKey.Of(written);
        var version = written.Metadata.ResourceVersion;
        if (ResourceVersion.Parse(version) is null || IsVanishing(written))
        {
            // Without an order of versions, or when the object is about to go, the watch knows best.
            return;
        }

        lock (_gate)
        {
            if (Store.TryGet(key, out var old))
            {
                if (ResourceVersion.IsNewer(version, old.Metadata.ResourceVersion))
                {
                    Keep(key, old, written);
                }
            }
            else if (HasSynced && IsSurelyInScope(key) && ResourceVersion.IsNewer(version, _version))
            {
                Keep(key, null, written);
            }
        }
    }

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan? pause = null;
            try
            {
                if (_mustList)
                {
                    await ListAsync(cancellationToken);
                    _mustList = false;
                    _failuresAtList = _failures;
                    _synced.TrySetResult();
                }

                if (!await WatchAsync(cancellationToken))
                {
                    pause = NextPause();
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesApiException exception)
            {
                _mustList |= exception.IsExpired;
                pause = NextPause();
                if (exception.RetryAfter is { } asked && asked > pause)
                {
                    pause = asked < MaxRetryAfter ? asked : MaxRetryAfter;
                }

                if (exception.IsExpired)
                {
                    Log.Expired(logger, Name, pause.Value);
                }
                else
                {
                    Log.Refused(logger, Name, exception.Message, pause.Value);
                }
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or TimeoutException)
            {
                pause = NextPause();
                Log.Disconnected(logger, Name, exception.Message, pause.Value);
            }
            catch (Exception exception)
            {
                // Nothing is expected to end here, but an informer that stops would leave everybody with a store that lies.
                pause = NextPause();
                Log.Failed(logger, Name, pause.Value, exception);
            }

            if (pause is { } wait)
            {
                _mustList |= _failures - _failuresAtList >= FailuresUntilList;
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        RuntimeMetrics.Lists.Add(1, new KeyValuePair<string, object?>("resource", Name));
        var listed = new HashSet<ObjectKey>();
        string? next = null;
        var restored = false;
        ListPage<T> page;
        do
        {
            page = await client.ListPageAsync(_scope, options.PageSize, next, cancellationToken);

            // Lists never go back in time, unless the server was restored from a backup: then what we know counts for nothing.
            restored |= ResourceVersion.IsNewer(_version, page.ResourceVersion);
            foreach (var item in page.Items)
            {
                listed.Add(ObjectKey.Of(item));
                Put(item, restored);
            }

            foreach (var malformed in page.Malformed)
            {
                Report(malformed);
                if (malformed.Key is { } key)
                {
                    listed.Add(key);
                }
            }

            next = page.Continue;
        }
        while (next is not null);

        lock (_gate)
        {
            foreach (var key in Store.Keys)
            {
                if (!listed.Contains(key))
                {
                    Drop(key, page.ResourceVersion, last: null, restored);
                }
            }

            _version = page.ResourceVersion;
        }

        Log.Listed(logger, Name, listed.Count, page.ResourceVersion);
    }

    /// <summary>Watches until the server ends the watch; false when that was so soon that a pause is due.</summary>
    private async Task<bool> WatchAsync(CancellationToken cancellationToken)
    {
        RuntimeMetrics.Watches.Add(1, new KeyValuePair<string, object?>("resource", Name));
        var timeout = options.WatchTimeout * (1 + Random.Shared.NextDouble());
        var silence = options.SilenceTimeout ?? timeout + SilenceSlack;
        using var silent = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silent.Token);
        await using var watchdog = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), silent, silence, Timeout.InfiniteTimeSpan);
        using var stream = await client.WatchAsync(_scope, _version!, timeout, either.Token);
        var opened = time.GetTimestamp();
        var progress = false;
        var heard = false;
        try
        {
            Action onBytes = () =>
            {
                heard = true;
                watchdog.Change(silence, Timeout.InfiniteTimeSpan);
            };
            while (await stream.ReadAsync(onBytes, either.Token) is { } next)
            {
                Apply(next);
                progress = true;
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The watch was silent for {silence.TotalSeconds:0.#} s.", exception);
        }
        finally
        {
            var lasted = time.GetElapsedTime(opened);
            if (progress || lasted >= ShortWatch)
            {
                _failures = _failuresAtList = 0;
            }

            // A healthy server sends bookmarks. One that says nothing at all may wait for versions that it has yet to come to.
            _mustList |= !heard && lasted >= timeout;
        }

        Log.WatchEnded(logger, Name);
        return time.GetElapsedTime(opened) >= ShortWatch;
    }

    private void Apply(in WatchEvent<T> next)
    {
        RuntimeMetrics.WatchEvents.Add(
            1, new KeyValuePair<string, object?>("resource", Name), new KeyValuePair<string, object?>("type", next.Kind.ToString()));
        switch (next.Kind)
        {
            case WatchEventKind.Error:
                throw next.Error!;
            case WatchEventKind.Added or WatchEventKind.Modified:
                Put(next.Object!, force: false);
                break;
            case WatchEventKind.Deleted:
                lock (_gate)
                {
                    Drop(ObjectKey.Of(next.Object!), next.ResourceVersion, next.Object, force: false);
                }

                break;
            case WatchEventKind.Malformed:
                Report(next.Malformed!);
                if (next.Malformed is { Deleted: true, Key: { } key })
                {
                    lock (_gate)
                    {
                        Drop(key, next.ResourceVersion, last: null, force: false);
                    }
                }

                break;
        }

        if (!string.IsNullOrEmpty(next.ResourceVersion))
        {
            lock (_gate)
            {
                _version = next.ResourceVersion;
            }
        }
    }

    private void Put(T item, bool force)
    {
        var key = ObjectKey.Of(item);
        lock (_gate)
        {
            Store.TryGet(key, out var old);
            var known = old?.Metadata.ResourceVersion;
            if (old is not null && (known == item.Metadata.ResourceVersion
                || (!force && ResourceVersion.IsNewer(known, item.Metadata.ResourceVersion))))
            {
                // Seen already, or a write of our own was observed that is further on.
                return;
            }

            Keep(key, old, item);
        }
    }

    private void Keep(ObjectKey key, T? old, T item)
    {
        Transform?.Invoke(item);
        Store.Set(key, item);
        Tell(new Change<T>(old is null ? ChangeKind.Added : ChangeKind.Updated, key, old, item));
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
                Log.SubscriberFailed(logger, Name, change.Key, exception);
            }
        }
    }

    private void Report(Malformed malformed)
    {
        RuntimeMetrics.MalformedObjects.Add(1, new KeyValuePair<string, object?>("resource", Name));
        Log.Malformed(logger, Name, malformed.Key?.ToString() ?? "(unknown)", malformed.Error);
    }

    // With a selector in force only the server knows whether an object that we wrote is selected.
    private bool IsSurelyInScope(ObjectKey key) =>
        options.LabelSelector is null && options.FieldSelector is null && (options.Namespace is null || options.Namespace == key.Namespace);

    private static bool IsVanishing(T item) => item.Metadata is { DeletionTimestamp: not null, Finalizers: null or { Count: 0 } };

    private TimeSpan NextPause() => Backoff.Next(options.MinBackoff, options.MaxBackoff, _failures++);

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
        [LoggerMessage(100, LogLevel.Information, "Listed {Count} {Resource} at version {ResourceVersion}")]
        public static partial void Listed(ILogger logger, string resource, int count, string resourceVersion);

        [LoggerMessage(101, LogLevel.Debug, "The server ended the watch of {Resource}")]
        public static partial void WatchEnded(ILogger logger, string resource);

        [LoggerMessage(102, LogLevel.Information, "The history of {Resource} is gone; listing anew in {Pause}")]
        public static partial void Expired(ILogger logger, string resource, TimeSpan pause);

        [LoggerMessage(103, LogLevel.Warning, "The server refuses to list or watch {Resource}: {Error}; next try in {Pause}")]
        public static partial void Refused(ILogger logger, string resource, string error, TimeSpan pause);

        [LoggerMessage(104, LogLevel.Warning, "The connection for {Resource} was lost: {Error}; next try in {Pause}")]
        public static partial void Disconnected(ILogger logger, string resource, string error, TimeSpan pause);

        [LoggerMessage(105, LogLevel.Error, "Keeping up with {Resource} failed; next try in {Pause}")]
        public static partial void Failed(ILogger logger, string resource, TimeSpan pause, Exception exception);

        [LoggerMessage(106, LogLevel.Error, "Skipped one of {Resource}, {Key}, that cannot be decoded: {Error}")]
        public static partial void Malformed(ILogger logger, string resource, string key, string error);

        [LoggerMessage(107, LogLevel.Error, "A subscriber to {Resource} failed on {Key}")]
        public static partial void SubscriberFailed(ILogger logger, string resource, ObjectKey key, Exception exception);
    }
}
