using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Operator.Carto.Http;
using Operator.Carto.Tokens;

namespace Operator.Carto.Mcp;

/// <summary>The account's session: opened on demand, shared by all callers, and reopened after failures.</summary>
internal sealed partial class McpSessions(
    CartoApiOptions options,
    HttpClient http,
    TokenProvider tokens,
    TimeProvider time,
    ILogger<McpSessions> logger
) : IDisposable
{
    private const int MostToolPages = 100;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopped = new();
    private McpSession? _current;
    private Task<McpSession>? _opening;
    private volatile Uri? _found;

    /// <summary>Enters an open session; must be ended with <see cref="McpSession.Leave"/>.</summary>
    public async Task<McpSession> EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var token = await tokens.GetAsync(cancellationToken);
            McpSession? session;
            lock (_lock)
            {
                session = _current;
            }

            if (session is null)
            {
                session = await OpenAsync(cancellationToken);
            }
            else if (!McpEndpoints.Of(options, token).Contains(session.Endpoint))
            {
                // The token now belongs to another account, so the session has the wrong URL.
                Drop(session);
                continue;
            }

            if (session.TryEnter())
            {
                return session;
            }
        }
    }

    /// <summary>Opens a new session that replaces the current one.</summary>
    public Task<McpSession> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_stopped.IsCancellationRequested)
            {
                throw Failures.AccountClosed();
            }

            // Concurrent callers share it; one that gives up does not cancel it for the others.
            _opening ??= Task.Run(OpenAndKeepAsync, CancellationToken.None);
            return _opening.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Drops a session, so that the next call opens another.</summary>
    public void Drop(McpSession session)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_current, session))
            {
                _current = null;
            }
        }

        session.Retire();
    }

    public void Dispose()
    {
        McpSession? last;
        lock (_lock)
        {
            _stopped.Cancel();
            last = _current;
            _current = null;
        }

        last?.Retire();
    }

    private async Task<McpSession> OpenAndKeepAsync()
    {
        McpSession? old = null;
        try
        {
            var session = await ConnectAsync(_stopped.Token);
            lock (_lock)
            {
                old = _current;
                _current = session;
            }

            return session;
        }
        finally
        {
            lock (_lock)
            {
                _opening = null;
            }

            old?.Retire();
        }
    }

    private async Task<McpSession> ConnectAsync(CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken);
        List<(Uri, CartoException)> failures = [];

        // Connecting is harmless, so all addresses may be tried; calls go to the one that was found.
        foreach (var endpoint in McpEndpoints.Of(options, token).OrderByDescending(endpoint => endpoint == _found))
        {
            try
            {
                var session = await ConnectAsync(token, endpoint, cancellationToken);
                _found = endpoint;
                return session;
            }
            catch (CartoException exception) when (failures.Count > 0 || exception.Error.IsNoServer)
            {
                failures.Add((endpoint, exception));
            }
        }

        throw McpEndpoints.Failure(failures);
    }

    private async Task<McpSession> ConnectAsync(AccessToken token, Uri endpoint, CancellationToken cancellationToken)
    {
        McpClient? client = null;
        try
        {
            var transport = new HttpClientTransport(
                new HttpClientTransportOptions
                {
                    Endpoint = endpoint,
                    TransportMode = HttpTransportMode.StreamableHttp,

                    // No unsolicited messages are expected, so streams are neither kept open nor resumed. A truncated response is a failed
                    // call, which the work queue retries.
                    EnableStandaloneGetStream = false,
                    MaxReconnectionAttempts = 0,
                },
                http,
                // The SDK's lowest level logs whole messages, including secrets: give it no logger at all.
                NullLoggerFactory.Instance,
                ownsHttpClient: false
            );
            client = await McpClient.CreateAsync(
                transport,
                new McpClientOptions
                {
                    ClientInfo = new Implementation { Name = UserAgent.Product, Version = UserAgent.Version },

                    // Each request has its own timeout.
                    InitializationTimeout = Timeout.InfiniteTimeSpan,
                    TimeProvider = time,
                },
                NullLoggerFactory.Instance,
                cancellationToken
            );
            var tools = await ListToolsAsync(client, cancellationToken);
            var bindings = ToolBinder.Bind([.. tools.Select(tool => new ToolDescription(tool.Name, tool.InputSchema))], options.McpCalls);
            client.AddKnownTools(tools.Where(tool => bindings.Uses(tool.Name)));
            Log.Opened(logger, endpoint.Host, tools.Count);
            return new McpSession(client, endpoint, bindings, token, time.GetUtcNow());
        }
        catch (Exception exception)
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }

            // Opening a session changes nothing in CARTO.
            var known = SdkFailures.Translate(exception, endpoint.Host, cancellationToken);
            if (known is null)
            {
                throw;
            }

            throw Failures.WithoutEffect(known);
        }
    }

    private static async Task<List<Tool>> ListToolsAsync(McpClient client, CancellationToken cancellationToken)
    {
        List<Tool> tools = [];
        HashSet<string> cursors = new(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await client.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, cancellationToken);
            tools.AddRange(page.Tools ?? []);
            cursor = string.IsNullOrEmpty(page.NextCursor) ? null : page.NextCursor;
            if (cursor is not null && (!cursors.Add(cursor) || cursors.Count > MostToolPages))
            {
                throw new CartoException(
                    new CartoError(CartoErrorKind.Transient, CartoStage.Api, "The MCP server's list of tools does not come to an end.")
                );
            }
        } while (cursor is not null);
        return tools;
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Debug, "Opened an MCP session at {Host}; it lists {Tools} tools")]
        public static partial void Opened(ILogger logger, string host, int tools);
    }
}
