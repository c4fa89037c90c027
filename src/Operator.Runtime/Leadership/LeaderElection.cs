using System.Buffers;
using System.Net;
using System.Text.Json;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>
/// Elects one leader among processes through a Lease of <c>coordination.k8s.io/v1</c>. It tries until it acquires the lease, renews it
/// until stopped, and never reacquires it: a process that lost it exits.
/// </summary>
/// <remarks>
/// Every write requires the resourceVersion it was based on, so only one of several contenders wins. A watch shows at once when the lease
/// is released; if the watch fails, the lease appears to expire, and the attempt to acquire it reveals its real state.
/// </remarks>
/// <param name="api">A separate connection to the server whose calls time out well within the renew deadline.</param>
/// <param name="options">Which lease.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Logs who leads.</param>
public sealed partial class LeaderElection(KubernetesApi api, LeaderElectionOptions options, TimeProvider time, ILogger logger)
    : IDisposable
{
    private readonly ObjectKey _key = new(options.Namespace, options.Name);
    private readonly ResourceClient<V1Lease> _client = api.For(BuiltIn.Leases);
    private readonly Informer<V1Lease> _watched = new(
        api.For(BuiltIn.Leases),
        new InformerOptions
        {
            Namespaces = [options.Namespace],
            FieldSelector = $"metadata.name={options.Name}",
            MaxBackoff = options.RetryPeriod,
        },
        time,
        logger
    );

    private readonly TaskCompletionSource _won = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _refusal;
    private V1Lease? _lease;

    /// <summary>The leadership granted by the lease.</summary>
    public Leadership Leadership { get; } = new(options.RenewDeadline, time);

    /// <summary>Completes when this process leads.</summary>
    public Task Won => _won.Task;

    /// <summary>Why this process could not lead if it were its turn; null if it could.</summary>
    public string? Obstacle => Volatile.Read(ref _refusal) ?? (_watched.HasSynced ? null : $"the lease {_key} cannot be read yet");

    /// <summary>Reports that leadership should have ended but has not; null if healthy.</summary>
    public string? Stuck =>
        Leadership.Overdue is var overdue && overdue > options.LeaseDuration
            ? $"the lease {_key} ran out {overdue.TotalSeconds:0} s ago, and this process has not ended"
            : null;

    /// <summary>The Lease in the cache; null if there was none.</summary>
    internal V1Lease? LastSeen => _watched.Store.TryGet(_key, out var lease) ? lease : null;

    /// <summary>Acquires the lease and renews it until cancelled; it is still held when this returns.</summary>
    /// <exception cref="LeadershipLostException">It was held and lost.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var subscription = _watched.Subscribe(OnChange);
        var watching = _watched.RunAsync(stop.Token);
        try
        {
            await _watched.WaitForSyncAsync(cancellationToken);
            await TakeAsync(cancellationToken);
            _won.SetResult();
            await KeepAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not LeadershipLostException && cancellationToken.IsCancellationRequested)
        {
            // Any type: a call that is cut off may fail with anything.
        }
        finally
        {
            await stop.CancelAsync();
            await watching;
        }
    }

    /// <summary>
    /// Stops leading and releases the lease, so that another process need not wait for it to expire. Only call this when no work can still
    /// be in flight. No-op if this process does not lead.
    /// </summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (!Leadership.End())
        {
            return;
        }

        try
        {
            try
            {
                await ReleaseAsync(_lease!, cancellationToken);
            }
            catch (KubernetesApiException exception) when (exception.IsConflict)
            {
                // Most likely the response to the last renewal was lost.
                if (await _client.GetAsync(_key, cancellationToken) is { } now && IsOurs(now))
                {
                    await ReleaseAsync(now, cancellationToken);
                }
            }

            Log.Released(logger, _key);
        }
        catch (Exception exception)
        {
            Log.NotReleased(logger, _key, options.LeaseDuration, exception.Message);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Leadership.Dispose();

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        var sighting = new LeaseSighting(options.Identity, options.LeaseDuration, time);
        while (true)
        {
            var news = Volatile.Read(ref _news).Task;
            var lease = LastSeen;
            if (sighting.See(lease) && sighting.Holder is { } holder)
            {
                Log.Standby(logger, holder, _key);
            }

            var wait = sighting.FreeIn();
            if (wait <= TimeSpan.Zero)
            {
                if (await TryTakeAsync(lease, cancellationToken))
                {
                    return;
                }

                // Jitter, so that contenders do not retry in lockstep.
                wait = options.RetryPeriod * (1 + (Random.Shared.NextDouble() / 5));
            }

            await news.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<bool> TryTakeAsync(V1Lease? lease, CancellationToken cancellationToken)
    {
        try
        {
            var begun = Moment.Now(time);
            var taken = lease is null ? await BeginAsync(cancellationToken) : await TakeOverAsync(lease, cancellationToken);
            Note(taken);
            Volatile.Write(ref _refusal, null);
            if (!Leadership.Renew(begun))
            {
                // The response took too long. The lease is still ours, and the next attempt renews it.
                return false;
            }

            Log.Leading(logger, options.Identity, _key);
            return true;
        }
        catch (KubernetesApiException exception) when (exception.IsConflict || exception.IsAlreadyExists)
        {
            // Another process was quicker, or our watch is behind.
            await ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (exception is KubernetesApiException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.NotFound })
            {
                // Neither resolves by itself.
                Volatile.Write(ref _refusal, exception.Message);
            }

            Log.NotTaken(logger, _key, exception.Message);
        }

        return false;
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _client.GetAsync(_key, cancellationToken) is { } now)
            {
                _watched.Put(now, force: false);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotTaken(logger, _key, exception.Message);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Leadership.Over);
        while (true)
        {
            var news = Volatile.Read(ref _news).Task;
            await news.WaitAsync(options.RetryPeriod, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (Leadership.IsHeld)
            {
                await RenewAsync(either.Token);
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!Leadership.IsHeld)
            {
                Leadership.End();
                throw new LeadershipLostException(
                    $"The lease {_key} could not be renewed within {options.RenewDeadline.TotalSeconds:0.#} s."
                );
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            var begun = Moment.Now(time);
            try
            {
                Note(await RenewAsync(_lease!, cancellationToken));
                Leadership.Renew(begun);
            }
            catch (KubernetesApiException exception) when (exception.IsConflict || exception.IsNotFound)
            {
                var now = await _client.GetAsync(_key, cancellationToken);
                if (now is null || !IsOurs(now))
                {
                    Leadership.End();
                    throw new LeadershipLostException(
                        now switch
                        {
                            null => $"The lease {_key} was deleted.",
                            { Spec.HolderIdentity: { Length: > 0 } other } => $"{other} has taken the lease {_key}.",
                            _ => $"Somebody has taken the lease {_key} from its holder.",
                        }
                    );
                }

                // The response to an earlier renewal was lost, or the object was edited. That it is ours does not show when it was renewed:
                // the next renewal does.
                Note(now);
                begun = Moment.Now(time);
                Note(await RenewAsync(now, cancellationToken));
                Leadership.Renew(begun);
            }
        }
        catch (Exception exception) when (exception is not LeadershipLostException && !cancellationToken.IsCancellationRequested)
        {
            Log.NotRenewed(logger, _key, exception.Message);
        }
        catch (Exception exception) when (exception is not LeadershipLostException)
        {
            // Stopping, or too late: the caller handles it.
        }
    }

    private bool IsOurs(V1Lease lease) => lease.Spec?.HolderIdentity == options.Identity;

    private void Note(V1Lease written)
    {
        _lease = written;
        _watched.Observe(written);
    }

    private void OnChange(Change<V1Lease> change)
    {
        // Skip our own renewals.
        if (change.New is null || !IsOurs(change.New))
        {
            Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private Task<V1Lease> BeginAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _client.CreateAsync(
            new V1Lease
            {
                Metadata = new V1ObjectMeta { Name = options.Name, NamespaceProperty = options.Namespace },
                Spec = new V1LeaseSpec
                {
                    HolderIdentity = options.Identity,
                    LeaseDurationSeconds = (int)options.LeaseDuration.TotalSeconds,
                    AcquireTime = now,
                    RenewTime = now,
                    LeaseTransitions = 0,
                },
            },
            cancellationToken
        );
    }

    private Task<V1Lease> TakeOverAsync(V1Lease lease, CancellationToken cancellationToken) =>
        PatchAsync(
            lease,
            (spec, now) =>
            {
                spec.WriteString("holderIdentity", options.Identity);
                spec.WriteNumber("leaseDurationSeconds", (int)options.LeaseDuration.TotalSeconds);
                spec.WriteString("acquireTime", now);
                spec.WriteString("renewTime", now);
                spec.WriteNumber("leaseTransitions", (lease.Spec?.LeaseTransitions ?? 0) + (IsOurs(lease) ? 0 : 1));
            },
            cancellationToken
        );

    private Task<V1Lease> RenewAsync(V1Lease lease, CancellationToken cancellationToken) =>
        PatchAsync(lease, (spec, now) => spec.WriteString("renewTime", now), cancellationToken);

    private Task<V1Lease> ReleaseAsync(V1Lease lease, CancellationToken cancellationToken) =>
        PatchAsync(
            lease,
            (spec, now) =>
            {
                spec.WriteString("holderIdentity", "");
                spec.WriteNumber("leaseDurationSeconds", 1);
                spec.WriteString("renewTime", now);
            },
            cancellationToken
        );

    private Task<V1Lease> PatchAsync(V1Lease lease, Action<Utf8JsonWriter, string> writeSpec, CancellationToken cancellationToken)
    {
        var patch = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(patch))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            MergePatch.WritePreconditions(writer, lease.Metadata.Uid, lease.Metadata.ResourceVersion);
            writer.WriteEndObject();
            writer.WriteStartObject("spec");
            writeSpec(writer, MicroTimeConverter.Format(time.GetUtcNow().UtcDateTime));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return _client.PatchAsync(_key, patch.WrittenMemory, subresource: null, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(410, LogLevel.Information, "{Holder} leads; this operator waits for the lease {Lease}")]
        public static partial void Standby(ILogger logger, string holder, ObjectKey lease);

        [LoggerMessage(411, LogLevel.Information, "This operator, {Identity}, leads: it holds the lease {Lease}")]
        public static partial void Leading(ILogger logger, string identity, ObjectKey lease);

        [LoggerMessage(412, LogLevel.Warning, "Cannot take the lease {Lease}: {Error}")]
        public static partial void NotTaken(ILogger logger, ObjectKey lease, string error);

        [LoggerMessage(413, LogLevel.Warning, "Could not renew the lease {Lease}: {Error}")]
        public static partial void NotRenewed(ILogger logger, ObjectKey lease, string error);

        [LoggerMessage(414, LogLevel.Information, "Gave the lease {Lease} back")]
        public static partial void Released(ILogger logger, ObjectKey lease);

        [LoggerMessage(
            415,
            LogLevel.Warning,
            "Could not give the lease {Lease} back, so another operator waits {Duration} for its end: {Error}"
        )]
        public static partial void NotReleased(ILogger logger, ObjectKey lease, TimeSpan duration, string error);
    }
}
