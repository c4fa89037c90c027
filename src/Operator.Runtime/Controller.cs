using System.Diagnostics;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>A controller of any kind, for hosts that only run it.</summary>
public interface IController
{
    /// <summary>Name in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Number of keys waiting for a worker.</summary>
    int QueueLength { get; }

    /// <summary>How long the key at the head of the queue has waited.</summary>
    TimeSpan OldestWait { get; }

    /// <summary>Number of keys being reconciled; after <see cref="RunAsync"/> has ended, the number abandoned.</summary>
    int Running { get; }

    /// <summary>
    /// Waits for the informers to sync, reconciles every object once, and then those that change, until cancelled. It returns once running
    /// reconciles have finished (<see cref="ControllerOptions.GracePeriod"/>). It does not wait for namespaces the server refuses: their
    /// objects are reconciled once everything this controller watches in the namespace has synced.
    /// </summary>
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Calls a reconciler for objects: for all of them at startup, on changes, and on requeues. It owns all retries. It does not run its
/// informers, so they may be synced before it starts.
/// </summary>
/// <param name="name">Name in logs and metrics.</param>
/// <param name="reconciler">Reconciles the objects.</param>
/// <param name="primary"> The objects. One is reconciled when its spec (generation), labels, annotations, owners or deletion timestamp
/// changed, or when it lost a finalizer; not when only its status changed or a finalizer was added, which reconcilers do themselves, nor
/// when the change is <see cref="Change{T}.IsOwn"/>, since its writer already acted on it. For kinds without a generation, any other change
/// counts.
/// </param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock for delays and durations.</param>
/// <param name="logger">Logs failures.</param>
public sealed partial class Controller<T>(
    string name,
    IReconciler<T> reconciler,
    Informer<T> primary,
    ControllerOptions options,
    TimeProvider time,
    ILogger logger
) : IController, IDisposable
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A cancelled reconcile should end soon; one that does not is abandoned.
    private static readonly TimeSpan CancelledGrace = TimeSpan.FromSeconds(1);

    private readonly WorkQueue<ObjectKey> _queue = new(
        time,
        options.Queue,
        options.GroupOf is { } groupOf ? new WorkSharing<ObjectKey>(groupOf, options.MaxConcurrentReconciles) : null
    );
    private readonly List<IInformer> _informers = [primary];
    private readonly List<Func<IDisposable>> _subscribe = [];

    // Objects in namespaces that have not fully synced, where missing objects may just not have been observed.
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

    /// <summary>Number of completed reconciles, whatever the outcome.</summary>
    public long Finished => Interlocked.Read(ref _finished);

    /// <summary>Also reconciles objects affected by a change of another kind. Call before <see cref="RunAsync"/>.</summary>
    /// <param name="informer">The other kind.</param>
    /// <param name="map">Maps a change to the affected objects of this controller; must be quick and must not block.</param>
    public Controller<T> Watch<TOther>(Informer<TOther> informer, Func<Change<TOther>, IEnumerable<ObjectKey>> map)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add(informer);
        _subscribe.Add(() =>
            informer.Subscribe(change =>
            {
                foreach (var key in map(change))
                {
                    _queue.Add(key, WorkPriority.Fresh);
                }
            })
        );
        return this;
    }

    /// <summary>Also waits for another informer to sync at startup. Call before <see cref="RunAsync"/>.</summary>
    public Controller<T> WaitFor<TOther>(Informer<TOther> informer)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add(informer);
        return this;
    }

    /// <summary>
    /// Also reconciles an object when another client changes something it is the controlling owner of. Call before <see cref="RunAsync"/>.
    /// </summary>
    public Controller<T> Owns<TOther>(Informer<TOther> informer)
        where TOther : class, IKubernetesObject<V1ObjectMeta> => Watch(informer, OwnersOf);

    /// <summary>Enqueues an object, whether or not it changed.</summary>
    public void Enqueue(ObjectKey key, WorkPriority priority) => _queue.Add(key, priority);

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var subscriptions = new List<IDisposable>();
        try
        {
            foreach (var informer in _informers)
            {
                await (
                    informer.Followings is { Count: > 1 } several
                        ? Task.WhenAll(several.Select(following => following.Answered)).WaitAsync(cancellationToken)
                        : informer.WaitForSyncAsync(cancellationToken)
                );
            }

            // Subscribe only now: earlier changes are in the store, all of which is enqueued.
            subscriptions.Add(primary.Subscribe(OnPrimaryChange));
            subscriptions.AddRange(_subscribe.Select(subscribe => subscribe()));
            foreach (var key in primary.Store.Keys)
            {
                _queue.Add(key, WorkPriority.Background);
            }

            foreach (
                var following in _informers.SelectMany(informer => informer.Followings).Where(following => !following.Synced.IsCompleted)
            )
            {
                _ = ReleaseAfterAsync(following.Synced, cancellationToken);
            }

            Log.Started(logger, name, primary.Store.Count);
            await WorkAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { }
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
        // Not linked to the token: reconciles may continue for the grace period.
        using var running = new CancellationTokenSource();
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = new Task[options.MaxConcurrentReconciles];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = Task.Run(() => WorkerAsync(taking.Token, running.Token), CancellationToken.None);
        }

        // A worker only ends by itself because of a bug; then the other workers and the host stop too.
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

    private bool IsKnown(ObjectKey key) =>
        _informers.TrueForAll(informer =>
            informer.Followings.All(following => !following.Covers(key.Namespace) || following.Synced.IsCompletedSuccessfully)
        );

    private void Park(ObjectKey key)
    {
        lock (_parked)
        {
            _parked.Add(key);
        }

        // It may have synced in between, before the key was parked.
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
            // Stopping. The next start reconciles every object.
            outcome = "cancelled";
        }
        catch (NotLeadingException)
        {
            // The process is about to end. The next leader reconciles every object.
            outcome = "cancelled";
        }
        catch (KubernetesApiException exception) when (exception.IsConflict)
        {
            // The cache was stale: the change is on its way.
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

        activity
            ?.SetTag("operator.outcome", outcome)
            .SetStatus(outcome is "error" or "timeout" ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
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
                // A server may always ask for no pause at all, so the requested delay is only a floor of the object's backoff. Keeping the
                // priority stops thousands of waiting objects from getting ahead of fresh changes.
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
        || !old.Labels.IsSameAs(now.Labels)
        || !old.Annotations.IsSameAs(now.Annotations)
        || !Same(old.OwnerReferences, now.OwnerReferences)
        || LostFinalizer(old.Finalizers, now.Finalizers);

    private static bool LostFinalizer(IList<string>? old, IList<string>? now) =>
        old is { Count: > 0 } && old.Any(finalizer => now?.Contains(finalizer) != true);

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
