using System.Diagnostics;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>A controller of whatever kind, for those who only run it.</summary>
public interface IController
{
    /// <summary>Name in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Keys that wait for a worker.</summary>
    int QueueLength { get; }

    /// <summary>For how long the key at the head of the queue has waited.</summary>
    TimeSpan OldestWait { get; }

    /// <summary>Keys that are being reconciled; after the end of <see cref="RunAsync"/>, those that were left behind.</summary>
    int Running { get; }

    /// <summary>
    /// Waits until the informers have synced, looks at every object once, and then at those that change, until cancelled. Then
    /// running reconciles may finish (<see cref="ControllerOptions.GracePeriod"/>), and it returns. Of several namespaces those that the server
    /// refuses are not waited for: their objects are looked at when all of the namespace is known that this controller watches.
    /// </summary>
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Has a reconciler look at objects: at all of them at the start, at those that changed, and at those that asked to be looked at
/// again. It owns all retries. It does not run its informers, so they may be warm before it starts.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="reconciler">What looks at the objects.</param>
/// <param name="primary">
/// The objects. One is looked at when its spec (generation), labels, annotations, owners or deletion changed, or when it lost a
/// finalizer; not when only its status changed or a finalizer was added, which is what reconcilers do themselves, nor when the change
/// is <see cref="Change{T}.IsOwn"/>: whoever wrote it went on from there. Of a kind whose objects have no generation, any other change counts.
/// </param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock for delays and durations.</param>
/// <param name="logger">Where failures are told.</param>
public sealed partial class Controller<T>(
    string name,
    IReconciler<T> reconciler,
    Informer<T> primary,
    ControllerOptions options,
    TimeProvider time,
    ILogger logger) : IController, IDisposable
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A cancelled reconcile is expected to end soon; one that does not is left behind.
    private static readonly TimeSpan CancelledGrace = TimeSpan.FromSeconds(1);

    private readonly WorkQueue<ObjectKey> _queue = new(
        time, options.Queue, options.GroupOf is { } groupOf ? new WorkSharing<ObjectKey>(groupOf, options.MaxConcurrentReconciles) : null);
    private readonly List<IInformer> _informers = [primary];
    private readonly List<Func<IDisposable>> _subscribe = [];

    // Objects of namespaces that are not wholly known: to what is missing there, absent and unseen would look the same.
    private readonly HashSet<ObjectKey> _parked = [];
    private readonly KeyValuePair<string, object?> _tag = new("controller", name);
    private long _reconciles;
    private long _finished;

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public int QueueLength => _queue.Count;

    /// <inheritdoc />
    public TimeSpan OldestWait => _queue.OldestAge;

    /// <inheritdoc />
    public int Running => _queue.InFlight;

    /// <summary>Reconciles that have ended since the start, however they ended.</summary>
    public long Finished => Interlocked.Read(ref _finished);

    /// <summary>Also looks at objects that a change of another kind concerns. Call before <see cref="RunAsync"/>.</summary>
    /// <param name="informer">The other kind.</param>
    /// <param name="map">The objects of this controller that a change concerns; must be quick and must not block.</param>
    public Controller<T> Watch<TOther>(Informer<TOther> informer, Func<Change<TOther>, IEnumerable<ObjectKey>> map)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add(informer);
        _subscribe.Add(() => informer.Subscribe(change =>
        {
            foreach (var key in map(change))
            {
                _queue.Add(key, WorkPriority.Fresh);
            }
        }));
        return this;
    }

    /// <summary>Also waits at the start until another kind is in the cache. Call before <see cref="RunAsync"/>.</summary>
    public Controller<T> WaitFor<TOther>(Informer<TOther> informer)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add(informer);
        return this;
    }

    /// <summary>
    /// Also looks at an object when something that it is the controlling owner of changes by other hands than ours. Call before
    /// <see cref="RunAsync"/>.
    /// </summary>
    public Controller<T> Owns<TOther>(Informer<TOther> informer)
        where TOther : class, IKubernetesObject<V1ObjectMeta> => Watch(informer, OwnersOf);

    /// <summary>Asks for a look at an object, whether it changed or not.</summary>
    public void Enqueue(ObjectKey key, WorkPriority priority) => _queue.Add(key, priority);

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var subscriptions = new List<IDisposable>();
        try
        {
            foreach (var informer in _informers)
            {
                await (informer.Followings is { Count: > 1 } several
                    ? Task.WhenAll(several.Select(following => following.Answered)).WaitAsync(cancellationToken)
                    : informer.WaitForSyncAsync(cancellationToken));
            }

            // Subscribed only now: what came before is in the store, and all of it is looked at.
            subscriptions.Add(primary.Subscribe(OnPrimaryChange));
            subscriptions.AddRange(_subscribe.Select(subscribe => subscribe()));
            foreach (var key in primary.Store.Keys)
            {
                _queue.Add(key, WorkPriority.Background);
            }

            foreach (var following in _informers.SelectMany(informer => informer.Followings).Where(following => !following.Synced.IsCompleted))
            {
                _ = ReleaseAfterAsync(following.Synced, cancellationToken);
            }

            Log.Started(logger, name, primary.Store.Count);
            await WorkAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            subscriptions.ForEach(subscription => subscription.Dispose());
        }

        Log.Stopped(logger, name);
    }

    /// <inheritdoc />
    public void Dispose() => _queue.Dispose();

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        // Not linked to the token: reconciles outlive the order to stop for a while.
        using var running = new CancellationTokenSource();
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = new Task[options.MaxConcurrentReconciles];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Run(() => WorkerAsync(taking.Token, running.Token), CancellationToken.None);
        }

        // A worker ends by itself only through a bug; then the others follow it, and so does whoever runs this controller.
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(stop.SetResult))
        {
            await Task.WhenAny([.. workers, stop.Task]);
        }

        await taking.CancelAsync();
        var all = Task.WhenAll(workers);
        if (!await EndsWithinAsync(all, options.GracePeriod))
        {
            Log.Cancelling(logger, name, _queue.InFlight);
            await running.CancelAsync();
            if (!await EndsWithinAsync(all, CancelledGrace))
            {
                Log.LeftBehind(logger, name, _queue.InFlight);
                return;
            }
        }

        await all;
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        await task.WaitAsync(limit, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    private async Task WorkerAsync(CancellationToken taking, CancellationToken running)
    {
        while (true)
        {
            ObjectKey key;
            try
            {
                key = await _queue.TakeAsync(taking);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                if (IsKnown(key))
                {
                    await ReconcileAsync(key, running);
                }
                else
                {
                    Park(key);
                }
            }
            finally
            {
                _queue.Done(key);
            }
        }
    }

    private bool IsKnown(ObjectKey key) => _informers.TrueForAll(
        informer => informer.Followings.All(following => !following.Covers(key.Namespace) || following.Synced.IsCompletedSuccessfully));

    private void Park(ObjectKey key)
    {
        lock (_parked)
        {
            _parked.Add(key);
        }

        // It may have become known in between, with nobody left to tell.
        Release();
    }

    private async Task ReleaseAfterAsync(Task synced, CancellationToken cancellationToken)
    {
        await synced.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release();
    }

    private void Release()
    {
        ObjectKey[] known;
        lock (_parked)
        {
            known = [.. _parked.Where(IsKnown)];
            _parked.ExceptWith(known);
        }

        foreach (var key in known)
        {
            _queue.Add(key, WorkPriority.Background);
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken running)
    {
        var started = time.GetTimestamp();
        var reconcileId = Interlocked.Increment(ref _reconciles);
        using var activity = RuntimeTraces.Reconcile(name, key, reconcileId, _queue.WaitOf(key), time.GetUtcNow());
        using var scope = logger.BeginScope(new ReconcileScope(name, key, reconcileId));
        using var timeout = new CancellationTokenSource(options.ReconcileTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(running, timeout.Token);
        string outcome;
        try
        {
            outcome = Settle(key, await reconciler.ReconcileAsync(key, either.Token));
        }
        catch (OperationCanceledException) when (running.IsCancellationRequested)
        {
            // Told to stop. The next start looks at every object.
            outcome = "cancelled";
        }
        catch (NotLeadingException)
        {
            // The process is about to end. Whoever leads looks at every object.
            outcome = "cancelled";
        }
        catch (KubernetesApiException exception) when (exception.IsConflict)
        {
            // The cache was behind, as caches are: the change is on its way.
            outcome = "conflict";
            Log.Conflict(logger, key, _queue.AddRateLimited(key, WorkPriority.Fresh), exception.Message);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            outcome = "timeout";
            Log.TimedOut(logger, key, options.ReconcileTimeout, _queue.AddRateLimited(key));
        }
        catch (Exception exception) when (exception is KubernetesApiException or HttpRequestException or IOException or TimeoutException)
        {
            outcome = "error";
            var delay = _queue.AddRateLimited(key, atLeast: (exception as KubernetesApiException)?.RetryAfter);
            Log.Refused(logger, key, exception.Message, delay);
        }
        catch (Exception exception)
        {
            outcome = "error";
            Log.Failed(logger, key, _queue.AddRateLimited(key), exception);
        }

        activity?.SetTag("operator.outcome", outcome).SetStatus(outcome is "error" or "timeout" ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        Interlocked.Increment(ref _finished);
        var elapsed = time.GetElapsedTime(started);
        RuntimeMetrics.Reconciles.Add(1, _tag, new KeyValuePair<string, object?>("outcome", outcome));
        RuntimeMetrics.ReconcileDuration.Record(elapsed.TotalSeconds, _tag);
        Log.Reconciled(logger, key, outcome, elapsed.TotalMilliseconds);
    }

    private string Settle(ObjectKey key, ReconcileResult result)
    {
        switch (result)
        {
            case Settled settled:
                _queue.Forget(key);
                if (settled.RequeueAfter is { } next)
                {
                    _queue.AddAfter(key, next, WorkPriority.Background);
                }

                return "settled";
            case Waiting { After: { } after }:
                // A server may ask for no pause at all, each time: what is asked for is a floor of the object's backoff. And thousands that wait
                // for the same thing do not get ahead of what somebody changes meanwhile.
                _queue.AddRateLimited(key, _queue.PriorityOf(key), atLeast: after);
                return "waiting";
            case Waiting:
                _queue.AddRateLimited(key);
                return "waiting";
            case Stalled:
                _queue.Forget(key);
                _queue.AddAfter(key, options.StalledInterval, WorkPriority.Background);
                return "stalled";
            default:
                throw new UnreachableException($"Unknown outcome {result}.");
        }
    }

    private void OnPrimaryChange(Change<T> change)
    {
        if (!change.IsOwn && Triggers(change))
        {
            _queue.Add(change.Key, WorkPriority.Fresh);
        }
    }

    private static bool Triggers(in Change<T> change) =>
        change is not { Old.Metadata: { } old, New.Metadata: { } now }
        || old.Uid != now.Uid
        || old.Generation != now.Generation
        || (now.Generation is null && old.ResourceVersion != now.ResourceVersion)
        || old.DeletionTimestamp != now.DeletionTimestamp
        || !Same(old.Labels, now.Labels)
        || !Same(old.Annotations, now.Annotations)
        || !Same(old.OwnerReferences, now.OwnerReferences)
        || LostFinalizer(old.Finalizers, now.Finalizers);

    private static bool LostFinalizer(IList<string>? old, IList<string>? now) =>
        old is { Count: > 0 } && old.Any(finalizer => now?.Contains(finalizer) != true);

    private static bool Same(IDictionary<string, string>? left, IDictionary<string, string>? right)
    {
        left = left is { Count: 0 } ? null : left;
        right = right is { Count: 0 } ? null : right;
        return left is null || right is null
            ? left == right
            : left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);
    }

    private static bool Same(IList<V1OwnerReference>? left, IList<V1OwnerReference>? right) => (left ?? []).SequenceEqual(right ?? []);

    private IEnumerable<ObjectKey> OwnersOf<TOther>(Change<TOther> change)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        if (change.IsOwn)
        {
            yield break;
        }

        var old = OwnerOf(change.Old?.Metadata);
        var now = OwnerOf(change.New?.Metadata);
        if (old is { } before)
        {
            yield return before;
        }

        if (now is { } after && after != old)
        {
            yield return after;
        }
    }

    private ObjectKey? OwnerOf(V1ObjectMeta? metadata)
    {
        foreach (var owner in metadata?.OwnerReferences ?? [])
        {
            if (owner.Controller == true && owner.Kind == primary.Definition.Kind && GroupOf(owner.ApiVersion) == primary.Definition.Group)
            {
                return new ObjectKey(primary.Definition.Namespaced ? metadata!.NamespaceProperty : null, owner.Name);
            }
        }

        return null;
    }

    private static string GroupOf(string apiVersion) =>
        apiVersion.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? apiVersion[..slash] : "";

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Information, "Controller {Controller} started with {Count} objects")]
        public static partial void Started(ILogger logger, string controller, int count);

        [LoggerMessage(201, LogLevel.Information, "Controller {Controller} stopped")]
        public static partial void Stopped(ILogger logger, string controller);

        [LoggerMessage(202, LogLevel.Debug, "Reconciled {Key}: {Outcome} after {Milliseconds} ms")]
        public static partial void Reconciled(ILogger logger, ObjectKey key, string outcome, double milliseconds);

        [LoggerMessage(203, LogLevel.Debug, "{Key} has changed meanwhile; next try in {Delay}: {Error}")]
        public static partial void Conflict(ILogger logger, ObjectKey key, TimeSpan delay, string error);

        [LoggerMessage(204, LogLevel.Warning, "Reconciling {Key} was cut short: {Error}; next try in {Delay}")]
        public static partial void Refused(ILogger logger, ObjectKey key, string error, TimeSpan delay);

        [LoggerMessage(205, LogLevel.Warning, "Reconciling {Key} took longer than {Limit}; next try in {Delay}")]
        public static partial void TimedOut(ILogger logger, ObjectKey key, TimeSpan limit, TimeSpan delay);

        [LoggerMessage(206, LogLevel.Error, "Reconciling {Key} failed; next try in {Delay}")]
        public static partial void Failed(ILogger logger, ObjectKey key, TimeSpan delay, Exception exception);

        [LoggerMessage(207, LogLevel.Warning, "Controller {Controller} cancels {Count} reconciles that are still running")]
        public static partial void Cancelling(ILogger logger, string controller, int count);

        [LoggerMessage(208, LogLevel.Error, "Controller {Controller} leaves behind {Count} reconciles that ignore their cancellation")]
        public static partial void LeftBehind(ILogger logger, string controller, int count);
    }
}
