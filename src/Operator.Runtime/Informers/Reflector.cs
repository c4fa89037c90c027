using System.Net;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>
/// Lists and watches the objects of one or all namespaces for an <see cref="Informer{T}"/>: one list, then watches that each resume where
/// the last one ended. Changes missed while disconnected are recovered, including deletions. An object that cannot be decoded is logged,
/// counted and left as it was in the store, without affecting others.
/// </summary>
/// <param name="informer">The informer whose store it updates.</param>
/// <param name="client">Calls for the kind.</param>
/// <param name="options">What to watch and how.</param>
/// <param name="namespace">The namespace; null for all.</param>
/// <param name="time">Clock for pauses and time limits.</param>
/// <param name="logger">Logs failures.</param>
internal sealed partial class Reflector<T>(
    Informer<T> informer,
    ResourceClient<T> client,
    InformerOptions options,
    string? @namespace,
    TimeProvider time,
    ILogger logger
) : IFollowing
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A watch that ends sooner requires a pause, or it would reconnect in a tight loop.
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceSlack = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(5);

    // After this many consecutive failures, resuming may be the cause: a server restored from a backup has not reached that version yet.
    private const int FailuresUntilList = 8;

    private readonly ListScope _scope = new(@namespace, options.LabelSelector, options.FieldSelector);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _refusal;
    private string? _version;
    private bool _mustList = true;
    private int _failures;
    private int _failuresAtList;

    /// <inheritdoc />
    public string? Namespace => @namespace;

    /// <inheritdoc />
    public Task Synced => _synced.Task;

    /// <inheritdoc />
    public Task Answered => _answered.Task;

    /// <inheritdoc />
    public string? Refusal => Volatile.Read(ref _refusal);

    /// <summary>The version list and watch have reached: everything up to it is in the store. Our own writes may be ahead of it.</summary>
    public string? Version => Volatile.Read(ref _version);

    private string Plural => client.Definition.Plural;

    private string Name { get; } = @namespace is null ? client.Definition.Plural : $"{client.Definition.Plural} in {@namespace}";

    /// <summary>Whether any object could not be decoded, so that the store may lack it.</summary>
    public bool HasSkipped { get; private set; }

    /// <summary>Whether an object is in the watched namespace.</summary>
    public bool Covers(ObjectKey key) => @namespace is null || @namespace == key.Namespace;

    /// <summary>Records that list or watch reached a version.</summary>
    public void Reach(string? version)
    {
        if (!string.IsNullOrEmpty(version))
        {
            Volatile.Write(ref _version, version);
        }
    }

    /// <summary>Lists and watches until cancelled, then returns.</summary>
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
                    _answered.TrySetResult();
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
                    if (exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                    {
                        // Neither resolves by itself.
                        Volatile.Write(ref _refusal, exception.Message);
                        _answered.TrySetResult();
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or TimeoutException)
            {
                pause = NextPause();
                Log.Disconnected(logger, Name, exception.Message, pause.Value);
            }
            catch (Exception exception)
            {
                // Unexpected, but an informer that stopped would leave all readers with a stale store.
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
        RuntimeMetrics.Lists.Add(1, new KeyValuePair<string, object?>("resource", Plural));
        var listed = new HashSet<ObjectKey>();
        using var buffer = new PooledBuffer();
        string? next = null;
        var restored = false;
        ListPage<T> page;
        do
        {
            page = await client.ListPageAsync(_scope, options.PageSize, next, buffer, cancellationToken);

            // Lists never go back in time unless the server was restored from a backup: then our versions are void.
            restored |= ResourceVersion.IsNewer(Version, page.ResourceVersion);
            foreach (var item in page.Items)
            {
                listed.Add(ObjectKey.Of(item));
                informer.Put(item, restored);
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
        } while (next is not null);

        informer.DropUnlisted(this, listed, page.ResourceVersion, restored);
        Log.Listed(logger, Name, listed.Count, page.ResourceVersion);
    }

    /// <summary>Watches until the server ends the watch; false if that was so soon that a pause is due.</summary>
    private async Task<bool> WatchAsync(CancellationToken cancellationToken)
    {
        RuntimeMetrics.Watches.Add(1, new KeyValuePair<string, object?>("resource", Plural));
        var timeout = options.WatchTimeout * (1 + Random.Shared.NextDouble());
        var silence = options.SilenceTimeout ?? timeout + SilenceSlack;
        using var silent = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silent.Token);
        await using var watchdog = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(),
            silent,
            silence,
            Timeout.InfiniteTimeSpan
        );
        using var stream = await client.WatchAsync(_scope, Version!, timeout, either.Token);
        Volatile.Write(ref _refusal, null);
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
            throw new TimeoutException($"The watch did not respond for {silence.TotalSeconds:0.#} s.", exception);
        }
        finally
        {
            var lasted = time.GetElapsedTime(opened);
            if (progress || lasted >= ShortWatch)
            {
                _failures = _failuresAtList = 0;
            }

            // A healthy server sends bookmarks. One that sends nothing at all may not have reached the requested version yet.
            _mustList |= !heard && lasted >= timeout;
        }

        Log.WatchEnded(logger, Name);
        return time.GetElapsedTime(opened) >= ShortWatch;
    }

    private void Apply(in WatchEvent<T> next)
    {
        RuntimeMetrics.WatchEvents.Add(
            1,
            new KeyValuePair<string, object?>("resource", Plural),
            new KeyValuePair<string, object?>("type", next.Kind.ToString())
        );
        switch (next.Kind)
        {
            case WatchEventKind.Error:
                throw next.Error!;
            case WatchEventKind.Added or WatchEventKind.Modified:
                informer.Put(next.Object!, force: false);
                break;
            case WatchEventKind.Deleted:
                informer.Drop(this, ObjectKey.Of(next.Object!), next.ResourceVersion, next.Object);
                break;
            case WatchEventKind.Malformed:
                Report(next.Malformed!);
                if (next.Malformed is { Deleted: true, Key: { } key })
                {
                    informer.Drop(this, key, next.ResourceVersion, last: null);
                }

                break;
        }

        Reach(next.ResourceVersion);
    }

    private void Report(Malformed malformed)
    {
        HasSkipped = true;
        RuntimeMetrics.MalformedObjects.Add(1, new KeyValuePair<string, object?>("resource", Plural));
        Log.Malformed(logger, Name, malformed.Key?.ToString() ?? "(unknown)", malformed.Error);
    }

    private TimeSpan NextPause() => Backoff.Next(options.MinBackoff, options.MaxBackoff, _failures++);

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Information, "Listed {Count} {Resource} at version {ResourceVersion}")]
        public static partial void Listed(ILogger logger, string resource, int count, string resourceVersion);

        [LoggerMessage(101, LogLevel.Debug, "The server ended the watch of {Resource}")]
        public static partial void WatchEnded(ILogger logger, string resource);

        [LoggerMessage(102, LogLevel.Information, "The history of {Resource} has expired; listing again in {Pause}")]
        public static partial void Expired(ILogger logger, string resource, TimeSpan pause);

        [LoggerMessage(103, LogLevel.Warning, "The server refuses to list or watch {Resource}: {Error}; next try in {Pause}")]
        public static partial void Refused(ILogger logger, string resource, string error, TimeSpan pause);

        [LoggerMessage(104, LogLevel.Warning, "The connection for {Resource} was lost: {Error}; next try in {Pause}")]
        public static partial void Disconnected(ILogger logger, string resource, string error, TimeSpan pause);

        [LoggerMessage(105, LogLevel.Error, "Keeping up with {Resource} failed; next try in {Pause}")]
        public static partial void Failed(ILogger logger, string resource, TimeSpan pause, Exception exception);

        [LoggerMessage(106, LogLevel.Error, "Skipped one of {Resource}, {Key}, that cannot be decoded: {Error}")]
        public static partial void Malformed(ILogger logger, string resource, string key, string error);
    }
}
