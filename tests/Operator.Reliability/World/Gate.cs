using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.TestKit.Leaks;

namespace Operator.Reliability.World;

/// <summary>
/// Stands between one life of the operator and everything outside. When it is closed nothing passes any more: that is what makes the
/// end of a life inside this process as real as the end of a process.
/// </summary>
/// <param name="effects">What happens to requests.</param>
/// <param name="account">See <see cref="EffectNames.OfCartoAsync"/>.</param>
/// <param name="stale">Lists that the first questions are answered with; null: none.</param>
/// <param name="leaks">Sees what is written to Kubernetes, except the data of Secrets.</param>
internal sealed class Gate(Effects effects, Func<string, bool> account, StaleLists? stale, LeakHunt leaks)
{
    private readonly TaskCompletionSource _watchesReleased = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<string> _staleServed = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private Func<CancellationToken, Task<StaleLists>>? _takeLists;
    private volatile bool _closed;
    private int _inFlight;
    private int _activity;
    private long _lastActivity = TimeProvider.System.GetTimestamp();

    /// <summary>For how long nothing has been on its way; zero while something is.</summary>
    public TimeSpan IdleFor =>
        Volatile.Read(ref _inFlight) > 0 ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(Volatile.Read(ref _lastActivity));

    /// <summary>Nothing passes any more.</summary>
    public bool IsClosed => _closed;

    /// <summary>Counts the requests that came here: another number means that something was done.</summary>
    public int Activity => Volatile.Read(ref _activity);

    /// <summary>Around each request to Kubernetes.</summary>
    public DelegatingHandler ForKubernetes()
    {
        var side = new KubernetesSide(this);
        _takeLists = side.TakeListsAsync;
        return side;
    }

    /// <summary>Around each request to CARTO.</summary>
    public HttpMessageHandler ForCarto(HttpMessageHandler inner) => new CartoSide(this, inner);

    /// <summary>Nothing passes from here on.</summary>
    public void Close()
    {
        _closed = true;
        ReleaseWatches();
    }

    /// <summary>Ends the time in which the cache does not learn anything new.</summary>
    public void ReleaseWatches() => _watchesReleased.TrySetResult();

    /// <summary>The lists of resources and Secrets as they are now, in the form in which the operator asks for them.</summary>
    public Task<StaleLists> TakeListsAsync(CancellationToken cancellationToken) => _takeLists!(cancellationToken);

    private async Task<HttpResponseMessage> PassAsync(
        string effect,
        HttpRequestMessage request,
        Func<Task<HttpResponseMessage>> send,
        CancellationToken cancellationToken
    )
    {
        ThrowIfClosed();
        using var busy = new Busy(this);
        if (effects.Before is { } before)
        {
            await before(effect);
        }

        ThrowIfClosed();
        switch (effects.Begin(effect))
        {
            case null:
                return await AnsweredAsync(effect, send, cancellationToken);
            case InjectedFault.KillBefore and var fault:
                throw Kill(fault);
            case (InjectedFault.KillAfterEffect or InjectedFault.KillAfterEffectVeryStale) and var fault:
                (await AnsweredAsync(effect, send, cancellationToken)).Dispose();
                throw Kill(fault);
            case InjectedFault.KillAfterEffectStale and var fault:
                Before = await TakeListsAsync(cancellationToken);
                (await AnsweredAsync(effect, send, cancellationToken)).Dispose();
                throw Kill(fault);
            case InjectedFault.KillAfterAnswer and var fault:
                var last = await AnsweredAsync(effect, send, cancellationToken);
                Kill(fault);
                return last;
            case InjectedFault.Timeout:
                (await AnsweredAsync(effect, send, cancellationToken)).Dispose();
                effects.Injected();
                busy.Dispose();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                throw new InvalidOperationException("Nobody waits for ever.");
            case InjectedFault.Cut:
                (await AnsweredAsync(effect, send, cancellationToken)).Dispose();
                effects.Injected();
                throw new HttpRequestException("The connection broke.");
            case InjectedFault.Conflict:
                return Refuse(request, HttpStatusCode.Conflict);
            case InjectedFault.TooManyRequests:
                return Refuse(request, HttpStatusCode.TooManyRequests);
            default:
                return Refuse(request, HttpStatusCode.InternalServerError);
        }
    }

    /// <summary>The lists from before the effect with the fault, where the fault wants them.</summary>
    public StaleLists? Before { get; private set; }

    /// <summary>The fault that ended this life; null: none did.</summary>
    public InjectedFault? EndedBy { get; private set; }

    private async Task<HttpResponseMessage> AnsweredAsync(
        string effect,
        Func<Task<HttpResponseMessage>> send,
        CancellationToken cancellationToken
    )
    {
        await effects.Turn.WaitAsync(cancellationToken);
        try
        {
            ThrowIfClosed();
            var response = await send();

            // An answer may begin before its effect: only its end proves it.
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            if (effects.After is { } after)
            {
                await after(effect);
            }

            ThrowIfClosed();
            return response;
        }
        finally
        {
            effects.Turn.Release();
        }
    }

    private HttpRequestException Kill(InjectedFault fault)
    {
        EndedBy ??= fault;
        Close();
        effects.Injected();
        return new HttpRequestException("The operator has ended.");
    }

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw new HttpRequestException("The operator has ended.");
        }
    }

    private HttpResponseMessage Refuse(HttpRequestMessage request, HttpStatusCode status)
    {
        effects.Injected();
        var reason = status switch
        {
            HttpStatusCode.Conflict => request.Method == HttpMethod.Post ? "AlreadyExists" : "Conflict",
            HttpStatusCode.TooManyRequests => "TooManyRequests",
            _ => "InternalError",
        };
        var body = JsonSerializer.Serialize(
            new
            {
                kind = "Status",
                apiVersion = "v1",
                status = "Failure",
                reason,
                message = $"injected {(int)status}",
                error = $"injected {(int)status}",
                code = (int)status,
            }
        );
        var response = new HttpResponseMessage(status)
        {
            RequestMessage = request,
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (status == HttpStatusCode.TooManyRequests)
        {
            response.Headers.Add("Retry-After", "1");
        }

        return response;
    }

    private async Task<HttpResponseMessage> ReadAsync(
        HttpRequestMessage request,
        Func<Task<HttpResponseMessage>> send,
        CancellationToken cancellationToken
    )
    {
        ThrowIfClosed();
        var isWatch = request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal);
        if (stale?.Find(request) is { } list)
        {
            if (isWatch)
            {
                await _watchesReleased.Task.WaitAsync(cancellationToken);
                ThrowIfClosed();
            }
            else
            {
                lock (_lock)
                {
                    if (_staleServed.Add(StaleLists.KeyOf(request)))
                    {
                        return list.Answer(request);
                    }
                }
            }
        }

        if (isWatch)
        {
            return await send();
        }

        using var busy = new Busy(this);
        var response = await send();
        ThrowIfClosed();
        return response;
    }

    /// <summary>P4 at every write: whatever is said of an object, except in the data of a Secret, can be read by others.</summary>
    private async Task LookAsync(string effect, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is null)
        {
            return;
        }

        await request.Content.LoadIntoBufferAsync(cancellationToken);
        var text = await request.Content.ReadAsStringAsync(cancellationToken);
        if (effect.Contains(" secrets", StringComparison.Ordinal) && JsonNode.Parse(text) is JsonObject secret)
        {
            secret.Remove("data");
            secret.Remove("stringData");
            text = secret.ToJsonString();
        }

        leaks.Check($"what {effect} writes", text);
    }

    private sealed class Busy : IDisposable
    {
        private readonly Gate _gate;
        private int _ended;

        public Busy(Gate gate)
        {
            _gate = gate;
            Interlocked.Increment(ref gate._inFlight);
            Interlocked.Increment(ref gate._activity);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                Volatile.Write(ref _gate._lastActivity, TimeProvider.System.GetTimestamp());
                Interlocked.Decrement(ref _gate._inFlight);
            }
        }
    }

    private sealed class KubernetesSide(Gate gate) : DelegatingHandler
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, HttpRequestMessage> _lists = new(StringComparer.Ordinal);

        public async Task<StaleLists> TakeListsAsync(CancellationToken cancellationToken)
        {
            HttpRequestMessage[] questions;
            lock (_lock)
            {
                questions = [.. _lists.Values];
            }

            var lists = new StaleLists();
            foreach (var question in questions)
            {
                using var again = Copy(question);
                using var response = await base.SendAsync(again, cancellationToken);
                lists.Add(again, await response.Content.ReadAsByteArrayAsync(cancellationToken), response.Content.Headers.ContentType);
            }

            return lists;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (EffectNames.OfKubernetes(request) is { } effect)
            {
                await gate.LookAsync(effect, request, cancellationToken);
                return await gate.PassAsync(effect, request, () => base.SendAsync(request, cancellationToken), cancellationToken);
            }

            if (StaleLists.Concern(request) && !request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal))
            {
                lock (_lock)
                {
                    _lists[StaleLists.KeyOf(request)] = Copy(request);
                }
            }

            return await gate.ReadAsync(request, () => base.SendAsync(request, cancellationToken), cancellationToken);
        }

        private static HttpRequestMessage Copy(HttpRequestMessage request)
        {
            var copy = new HttpRequestMessage(request.Method, request.RequestUri)
            {
                Version = request.Version,
                VersionPolicy = request.VersionPolicy,
            };
            foreach (var (name, values) in request.Headers.NonValidated)
            {
                copy.Headers.TryAddWithoutValidation(name, values);
            }

            return copy;
        }
    }

    private sealed class CartoSide(Gate gate, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var effect = await EffectNames.OfCartoAsync(request, gate.Account);
            return await gate.PassAsync(effect, request, () => base.SendAsync(request, cancellationToken), cancellationToken);
        }
    }

    private bool Account(string clientId) => account(clientId);
}
