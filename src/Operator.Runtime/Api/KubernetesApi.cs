using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// The connection to one API server, one per process. It uses the credentials and trust of a <see cref="KubernetesClientConfiguration"/>,
/// including rotating in-cluster tokens, and adds what KubernetesClient lacks: a check of the name in the server's certificate, a timeout
/// for every call, dead connection detection, bounded responses, and metrics.
/// </summary>
/// <remarks>
/// Calls end in one of four ways: a response; a <see cref="KubernetesApiException"/> when the server refuses;
/// <see cref="HttpRequestException"/>, <see cref="IOException"/> or <see cref="TimeoutException"/> when it is not known whether the call
/// took effect; <see cref="OperationCanceledException"/> when the caller cancelled.
/// </remarks>
public sealed class KubernetesApi : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024;
    private const int MaxAnswerBytes = 256 * 1024 * 1024;
    private const int MaxMessageLength = 1024;

    private readonly Kubernetes _kubernetes;
    private readonly TimeProvider _time;
    private readonly ProductInfoHeaderValue[] _userAgent;
    private readonly string? _hostHeader;

    /// <summary>Connects with default options.</summary>
    /// <param name="configuration">Server address and credentials.</param>
    /// <param name="handlers">Handlers for each request, outermost first.</param>
    public KubernetesApi(KubernetesClientConfiguration configuration, params DelegatingHandler[] handlers)
        : this(configuration, new KubernetesApiOptions(), TimeProvider.System, handlers) { }

    /// <summary>Connects.</summary>
    /// <param name="configuration">Server address and credentials.</param>
    /// <param name="options">Connection options.</param>
    /// <param name="time">Clock for time limits.</param>
    /// <param name="handlers">Handlers for each request, outermost first.</param>
    public KubernetesApi(
        KubernetesClientConfiguration configuration,
        KubernetesApiOptions options,
        TimeProvider time,
        params DelegatingHandler[] handlers
    )
    {
        Options = options;
        _time = time;
        using var userAgent = new HttpRequestMessage();
        userAgent.Headers.UserAgent.ParseAdd(options.UserAgent);
        _userAgent = [.. userAgent.Headers.UserAgent];

        var innermost = new PassThrough();
        _kubernetes = new Kubernetes(configuration, [.. handlers, innermost]);
        if (innermost.InnerHandler is not SocketsHttpHandler sockets)
        {
            throw new InvalidOperationException("KubernetesClient connects in a way in which its servers cannot be checked.");
        }

        Harden(sockets);
        if (_kubernetes.BaseUri.Scheme == Uri.UriSchemeHttps && !configuration.SkipTlsVerify)
        {
            ServerTrust.Require(sockets.SslOptions, configuration.SslCaCerts);
        }

        _hostHeader = HostHeader(configuration.TlsServerName);
    }

    internal KubernetesApiOptions Options { get; }

    internal TimeProvider Time => _time;

    /// <summary>A client for one kind. Create once and reuse, since it prepares decoding.</summary>
    public ResourceClient<T> For<T>(ResourceDefinition<T> definition)
        where T : class, IKubernetesObject<V1ObjectMeta> => new(this, definition);

    /// <summary>Gets the server's version, such as <c>v1.36.0</c>: the cheapest connectivity check.</summary>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken)
    {
        using var answer = await CallAsync(new ApiCall("get", "version", HttpMethod.Get, "version"), cancellationToken);
        return JsonSerializer.Deserialize(answer.Span, RuntimeJsonContext.Default.VersionInfo)?.GitVersion ?? "";
    }

    /// <inheritdoc />
    public void Dispose() => _kubernetes.Dispose();

    /// <summary>Makes a call and reads the whole response, which the caller disposes.</summary>
    internal async Task<PooledBuffer> CallAsync(ApiCall call, CancellationToken cancellationToken)
    {
        var answer = new PooledBuffer();
        try
        {
            await CallAsync(call, answer, cancellationToken);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Makes a call and reads the whole response into the caller's buffer, replacing its content.</summary>
    internal async Task CallAsync(ApiCall call, PooledBuffer answer, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        using var timeout = new CancellationTokenSource(Options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var response = await SendAsync(call, either.Token);
            await answer.ReadAsync(response.Content, MaxAnswerBytes, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{call.Describe()} did not end in time (limit {Options.Timeout.TotalSeconds:0.#} s).", exception);
        }
        finally
        {
            RuntimeMetrics.ApiCallDuration.Record(
                _time.GetElapsedTime(started).TotalSeconds,
                new TagList { { "verb", call.Verb }, { "resource", call.Resource } }
            );
        }
    }

    /// <summary>Opens a stream: returns once the response headers arrive. The caller disposes the response.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(ApiCall call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await SendAsync(call, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"{call.Describe()} was not answered in time (limit {Options.Timeout.TotalSeconds:0.#} s).",
                exception
            );
        }
    }

    private async Task<HttpResponseMessage> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(call.Method, new Uri(_kubernetes.BaseUri, call.Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", call.Accept);
        request.Headers.Host = _hostHeader;
        foreach (var (name, values) in Options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var product in _userAgent)
        {
            request.Headers.UserAgent.Add(product);
        }

        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
        }

        using var activity = RuntimeTraces.Call(call, _kubernetes.BaseUri);
        HttpResponseMessage? response = null;
        var code = "none";
        try
        {
            if (_kubernetes.Credentials is { } credentials)
            {
                await credentials.ProcessHttpRequestAsync(request, cancellationToken);
            }

            response = await _kubernetes.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            code = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            if (!response.IsSuccessStatusCode)
            {
                throw await RefusalAsync(call, response, cancellationToken);
            }

            var success = response;
            response = null;
            return success;
        }
        catch (HttpRequestException exception) when (exception.InnerException is AuthenticationException refused)
        {
            // .NET's own message only refers to the inner exception.
            throw new HttpRequestException(
                exception.HttpRequestError,
                $"no secure connection to {_kubernetes.BaseUri.Authority}: {refused.Message}",
                exception
            );
        }
        catch (SocketException exception)
        {
            // HttpClient lets it through when a connection is reset while it is made; callers expect what HttpClient documents.
            throw new HttpRequestException(HttpRequestError.ConnectionError, exception.Message, exception);
        }
        finally
        {
            activity
                ?.SetTag("http.response.status_code", code)
                .SetStatus(response is null && code != "none" ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            response?.Dispose();
            RuntimeMetrics.ApiCalls.Add(
                1,
                new TagList
                {
                    { "verb", call.Verb },
                    { "resource", call.Resource },
                    { "code", code },
                }
            );
        }
    }

    private async Task<KubernetesApiException> RefusalAsync(ApiCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        V1Status? status = null;
        try
        {
            using var answer = new PooledBuffer();
            await answer.ReadAsync(response.Content, MaxErrorBytes, cancellationToken);
            status = JsonSerializer.Deserialize(answer.Span, RuntimeJsonContext.Default.V1Status);
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException)
        {
            // A proxy in between responded in its own format; only the status code is usable.
        }

        return Refusal(call.Describe(), response.StatusCode, status, RetryAfter(response));
    }

    internal static KubernetesApiException Refusal(string what, HttpStatusCode code, V1Status? status, TimeSpan? retryAfter)
    {
        var message = string.IsNullOrEmpty(status?.Message) ? $"{what} was answered with {(int)code}." : $"{what}: {status.Message}";
        if (message.Length > MaxMessageLength)
        {
            message = string.Concat(message.AsSpan(0, MaxMessageLength), "…");
        }

        retryAfter ??= status?.Details?.RetryAfterSeconds is > 0 and { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return new KubernetesApiException(code, status?.Reason, message, retryAfter)
        {
            NamesObject = !string.IsNullOrEmpty(status?.Details?.Name),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => TimeSpan.Zero,
        };
        return wait > TimeSpan.Zero ? wait : null;
    }

    // .NET takes the name for the TLS handshake and the certificate check from this header and offers no other way to set it.
    private static string? HostHeader(string? tlsServerName) =>
        tlsServerName switch
        {
            null or "" => null,
            _ when tlsServerName.Contains(':', StringComparison.Ordinal) => $"[{tlsServerName}]",
            _ => tlsServerName,
        };

    private static void Harden(SocketsHttpHandler sockets)
    {
        // Watches keep streams open and could exhaust the server's limit on a single connection.
        sockets.EnableMultipleHttp2Connections = true;
        sockets.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        sockets.KeepAlivePingDelay = TimeSpan.FromSeconds(20);
        sockets.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        sockets.ConnectTimeout = TimeSpan.FromSeconds(10);
        sockets.AutomaticDecompression = DecompressionMethods.None;
        sockets.ConnectCallback ??= ConnectAsync;
    }

    // Like the default, plus TCP keepalive: over HTTP/1.1 nothing else detects a vanished peer during an idle watch.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 20);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // KubernetesClient builds the socket handler itself: this marker sits right in front of it.
    private sealed class PassThrough : DelegatingHandler;
}
