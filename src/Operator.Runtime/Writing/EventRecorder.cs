using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>
/// Records what happened to objects, in the log and as events of the group <c>events.k8s.io</c>. Recording never blocks or fails: events
/// are written concurrently in the background, repetitions are counted in one event, and events that cannot be written are dropped and
/// logged.
/// </summary>
/// <param name="api">The server.</param>
/// <param name="options">Settings.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Logs each event, and again those that were dropped.</param>
public sealed partial class EventRecorder(KubernetesApi api, EventRecorderOptions options, TimeProvider time, ILogger logger)
{
    // Limits of the API, in bytes where it counts bytes.
    private const int MaxNoteBytes = 1024;
    private const int MaxNameLength = 253;
    private const int NameSuffixLength = 17;
    private const int Attempts = 3;

    // With one slow write at a time, events would fall further and further behind the workers.
    private const int MaxWrites = 8;

    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(5);

    private readonly ResourceClient<Eventsv1Event> _client = api.For(BuiltIn.Events);
    private readonly EventCorrelator _correlator = new(options);
    private readonly Channel<Recorded?> _channel = Channel.CreateBounded<Recorded?>(
        new BoundedChannelOptions(options.Capacity) { SingleReader = true }
    );
    private readonly List<Task<Written>> _writes = new(MaxWrites);

    /// <summary>Records an event for an object. Returns at once.</summary>
    /// <param name="regarding">The object, with apiVersion and kind, as informers and clients return it.</param>
    /// <param name="type">Whether a person may have to act.</param>
    /// <param name="reason">Reason, one word in CamelCase; at most 128 characters.</param>
    /// <param name="action">What was done or attempted, one word in CamelCase; at most 128 characters.</param>
    /// <param name="note">Message for people, without secrets; truncated at 1024 bytes.</param>
    public void Record(IKubernetesObject<V1ObjectMeta> regarding, EventType type, string reason, string action, string note)
    {
        var metadata = regarding.Metadata;
        var recorded = new Recorded(
            new EventIdentity(metadata.Uid ?? "", type, reason, action, Shorten(note)),
            ObjectKey.Of(regarding),
            regarding.ApiVersion,
            regarding.Kind,
            metadata.ResourceVersion,
            time.GetUtcNow(),
            Activity.Current?.Context
        );
        RuntimeMetrics.Happenings.Add(
            1,
            new KeyValuePair<string, object?>("type", type.ToString()),
            new KeyValuePair<string, object?>("reason", reason)
        );
        Log.Recorded(logger, type == EventType.Normal ? LogLevel.Information : LogLevel.Warning, recorded.Regarding, reason, note);
        if (!_channel.Writer.TryWrite(recorded))
        {
            Count("dropped");
            Log.Dropped(logger, recorded.Regarding, reason, "too many events wait to be written");
        }
    }

    /// <summary>Writes events until cancelled, then flushes the rest within <see cref="EventRecorderOptions.FlushTimeout"/>.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var hardStop = new CancellationTokenSource();
        await using var flushLimit = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(),
            hardStop,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        await using var ticker = time.CreateTimer(
            static writer => ((ChannelWriter<Recorded?>)writer!).TryWrite(null),
            _channel.Writer,
            options.SeriesInterval,
            options.SeriesInterval
        );
        await using var stop = cancellationToken.Register(() =>
        {
            flushLimit.Change(options.FlushTimeout, Timeout.InfiniteTimeSpan);
            _channel.Writer.TryComplete();
        });

        try
        {
            while (await _channel.Reader.WaitToReadAsync(hardStop.Token))
            {
                await SettleAsync(MaxWrites - 1);
                if (await _channel.Reader.ReadAsync(hardStop.Token) is { } recorded)
                {
                    Correlate(recorded, hardStop.Token);
                }
                else
                {
                    await BeginCountsAsync(hardStop.Token);
                }
            }

            await SettleAsync(0);
            await BeginCountsAsync(hardStop.Token);
            await SettleAsync(0);
        }
        catch (OperationCanceledException) when (hardStop.IsCancellationRequested)
        {
            Log.Unwritten(logger, _channel.Reader.Count + _writes.Count);
            await ((Task)Task.WhenAll(_writes)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Correlate(Recorded recorded, CancellationToken cancellationToken)
    {
        if (_correlator.TryCount(recorded.Identity, recorded.At))
        {
            Count("counted");
            return;
        }

        var key = new ObjectKey(recorded.Regarding.Namespace ?? options.ClusterScopedNamespace, NameFor(recorded.Regarding.Name));
        if (_correlator.TryBegin(recorded.Identity, key, recorded.At, out var series))
        {
            Begin(series, WriteAsync(series, recorded, cancellationToken));
        }
        else
        {
            Count("dropped");
            Log.OverBudget(logger, recorded.Regarding, recorded.Identity.Reason);
        }
    }

    private async Task BeginCountsAsync(CancellationToken cancellationToken)
    {
        foreach (var series in _correlator.Series.Where(series => !series.IsBeingWritten && series.Count > series.Written).ToList())
        {
            await SettleAsync(MaxWrites - 1);
            Begin(series, WriteCountAsync(series, cancellationToken));
        }

        _correlator.Prune(time.GetUtcNow());
    }

    private void Begin(EventSeries series, Task<Written> write)
    {
        series.IsBeingWritten = true;
        _writes.Add(write);
    }

    /// <summary>Handles completed writes, and waits until at most this many are in flight.</summary>
    private async Task SettleAsync(int left)
    {
        while (true)
        {
            for (var i = _writes.Count - 1; i >= 0; i--)
            {
                if (_writes[i].IsCompleted)
                {
                    var (series, count) = await _writes[i];
                    _writes.RemoveAt(i);
                    series.IsBeingWritten = false;
                    if (count is null)
                    {
                        // The event is gone or the server unreachable: the next occurrence starts a new series.
                        _correlator.Forget(series);
                    }
                    else
                    {
                        series.Written = count.Value;
                    }
                }
            }

            if (_writes.Count <= left)
            {
                return;
            }

            await Task.WhenAny(_writes);
        }
    }

    private async Task<Written> WriteAsync(EventSeries series, Recorded recorded, CancellationToken cancellationToken)
    {
        using var activity = RuntimeTraces.Event(recorded.Cause);
        var value = EventOf(recorded, series.Key);
        var done = await TryAsync(
            token => _client.CreateAsync(value, token),
            recorded.Regarding,
            series.Identity.Reason,
            cancellationToken
        );
        return new Written(series, done ? 1 : null);
    }

    private async Task<Written> WriteCountAsync(EventSeries series, CancellationToken cancellationToken)
    {
        var count = series.Count;
        var patch = new ArrayBufferWriter<byte>(96);
        using (var writer = new Utf8JsonWriter(patch))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("series");
            writer.WriteNumber("count", count);
            writer.WriteString("lastObservedTime", MicroTimeConverter.Format(series.LastObserved.UtcDateTime));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        Task PatchAsync(CancellationToken token) => _client.PatchAsync(series.Key, patch.WrittenMemory, subresource: null, token);
        var done = await TryAsync(PatchAsync, series.Key, series.Identity.Reason, cancellationToken);
        return new Written(series, done ? count : null);
    }

    private async Task<bool> TryAsync(
        Func<CancellationToken, Task> write,
        ObjectKey about,
        string reason,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await write(cancellationToken);
                Count("written");
                return true;
            }
            catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
            {
                // An earlier attempt took effect after all.
                return true;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt + 1 == Attempts || !IsTransient(exception))
                {
                    Count("failed");
                    Log.Dropped(logger, about, reason, exception.Message);
                    return false;
                }

                await Task.Delay(Backoff.Next(MinBackoff, MaxBackoff, attempt), time, cancellationToken);
            }
        }
    }

    private static bool IsTransient(Exception exception) =>
        exception is HttpRequestException or IOException or TimeoutException
        || exception is KubernetesApiException { StatusCode: HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError };

    private Eventsv1Event EventOf(Recorded recorded, ObjectKey key) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = key.Name, NamespaceProperty = key.Namespace },
            EventTime = recorded.At.UtcDateTime,
            ReportingController = options.ReportingController,
            ReportingInstance = options.ReportingInstance,
            Type = recorded.Identity.Type.ToString(),
            Reason = recorded.Identity.Reason,
            Action = recorded.Identity.Action,
            Note = recorded.Identity.Note,
            Regarding = new V1ObjectReference
            {
                ApiVersion = recorded.ApiVersion,
                Kind = recorded.Kind,
                NamespaceProperty = recorded.Regarding.Namespace,
                Name = recorded.Regarding.Name,
                Uid = recorded.Identity.Uid,
                ResourceVersion = recorded.ResourceVersion,
            },
        };

    private static string NameFor(string about)
    {
        var stem = about.Length > MaxNameLength - NameSuffixLength ? about[..(MaxNameLength - NameSuffixLength)].TrimEnd('-', '.') : about;
        return $"{stem}.{Random.Shared.NextInt64():x16}";
    }

    private static string Shorten(string note)
    {
        if (Encoding.UTF8.GetByteCount(note) <= MaxNoteBytes)
        {
            return note;
        }

        const string Ellipsis = "…";
        Span<byte> bytes = stackalloc byte[MaxNoteBytes - 3];
        Utf8.FromUtf16(note, bytes, out var fits, out _);
        return string.Concat(note.AsSpan(0, fits), Ellipsis);
    }

    private static void Count(string result) => RuntimeMetrics.Events.Add(1, new KeyValuePair<string, object?>("result", result));

    private sealed record Recorded(
        EventIdentity Identity,
        ObjectKey Regarding,
        string ApiVersion,
        string Kind,
        string? ResourceVersion,
        DateTimeOffset At,
        ActivityContext? Cause
    );

    /// <summary>Result of a write.</summary>
    /// <param name="Series">The series written.</param>
    /// <param name="Count">The count now stored on the server; null if the write failed.</param>
    private sealed record Written(EventSeries Series, int? Count);

    private static partial class Log
    {
        [LoggerMessage(EventId = 303, Message = "{Object}: {Reason}: {Note}")]
        public static partial void Recorded(ILogger logger, LogLevel level, ObjectKey @object, string reason, string note);

        [LoggerMessage(300, LogLevel.Warning, "Dropped the event {Reason} of {Object}: {Error}")]
        public static partial void Dropped(ILogger logger, ObjectKey @object, string reason, string error);

        [LoggerMessage(301, LogLevel.Debug, "Dropped the event {Reason} of {Object}: it has caused too many")]
        public static partial void OverBudget(ILogger logger, ObjectKey @object, string reason);

        [LoggerMessage(302, LogLevel.Warning, "Stopped with {Count} events unwritten")]
        public static partial void Unwritten(ILogger logger, int count);
    }
}
