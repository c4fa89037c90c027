using Microsoft.Extensions.Logging;
using Operator.Carto.Http;
using Operator.Carto.Mcp;
using Operator.Carto.Tokens;

namespace Operator.Carto;

/// <summary>Wires up the parts of an account.</summary>
internal sealed partial class CartoApi : ICartoApi
{
    private readonly TimeProvider _time;
    private readonly ILogger<CartoApi> _logger;
    private readonly HttpMessageHandler _network;
    private readonly HttpMessageInvoker _tokenInvoker;
    private readonly HttpClient _http;
    private readonly TokenEndpoint _tokenEndpoint;
    private readonly TokenProvider _tokens;
    private readonly McpSessions _sessions;

    public CartoApi(CartoApiOptions options, TimeProvider time, ILoggerFactory loggers, Func<HttpMessageHandler, HttpMessageHandler>? wrap)
    {
        _time = time;
        _logger = loggers.CreateLogger<CartoApi>();
        var trust = new BundleTrust(options.CaBundlePem);
        var gate = new AccountGate(options.RequestsPerSecond, time);
        HttpMessageHandler network = Network.Create(trust);
        _network = wrap is null ? network : wrap(network);
        _tokenInvoker = new HttpMessageInvoker(
            new CallHandler(CartoStage.Token, options, gate, trust, time, _network),
            disposeHandler: false
        );
        _tokenEndpoint = new TokenEndpoint(options, _tokenInvoker, gate, time);
        _tokens = new TokenProvider(options.Credentials, _tokenEndpoint, time, loggers.CreateLogger<TokenProvider>());
        _http = new HttpClient(
            new BearerHandler(_tokens, time, new CallHandler(CartoStage.Api, options, gate, trust, time, _network)),
            disposeHandler: false
        )
        {
            // CallHandler enforces the timeout, on the account's clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _sessions = new McpSessions(options, _http, _tokens, time, loggers.CreateLogger<McpSessions>());
        var login = (options.Credentials as CartoCredentials.ClientCredentials)?.ClientId;
        Clients = new McpClients(_sessions, _tokens, gate, login, time, loggers.CreateLogger<McpClients>());
    }

    public ICartoClients Clients { get; }

    public Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken) =>
        MeasureAsync("connect", () => OpenAsync(cancellationToken));

    public Task<AccessToken> ObtainTokenAsync(CancellationToken cancellationToken) =>
        MeasureAsync("token", () => _tokens.GetAsync(cancellationToken));

    public Task VerifyAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken) =>
        MeasureAsync("verify", async () =>
        {
            await _tokenEndpoint.ClientCredentialsAsync(clientId, clientSecret, cancellationToken);
            return true;
        });

    public ValueTask DisposeAsync()
    {
        _sessions.Dispose();
        _tokens.Dispose();
        _http.Dispose();
        _tokenInvoker.Dispose();
        _network.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<CartoApiInfo> OpenAsync(CancellationToken cancellationToken)
    {
        // Callers want the current state.
        _tokens.Reconsider();
        var session = await _sessions.OpenAsync(cancellationToken);
        session.Tools.RequireNeeded();
        var create = session.Tools.Require(ClientOperation.Create);
        return new CartoApiInfo(
            session.Token.UserId,
            session.Token.AccountId,
            "MCP",
            session.ServerName,
            session.Tools.Describe(),
            session.Tools.Find(ClientOperation.Rename) is not null,
            session.Token.ExpiresAt,
            [.. _tokens.Warnings, .. session.Tools.Warnings()]
        )
        {
            MaxNameLength = create.MaxNameLength,
        };
    }

    private async Task<T> MeasureAsync<T>(string operation, Func<Task<T>> call)
    {
        var start = _time.GetTimestamp();
        var outcome = Outcomes.Ok;
        using var activity = CartoTraces.Operation(operation);
        try
        {
            return await call();
        }
        catch (Exception exception)
        {
            outcome = Outcomes.Of(exception);
            throw;
        }
        finally
        {
            var duration = _time.GetElapsedTime(start);
            CartoTraces.End(activity, outcome);
            CartoMetrics.Call(operation, outcome, duration);
            Log.Called(_logger, operation, outcome, duration.TotalMilliseconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Debug, "{Operation}: {Outcome} after {Milliseconds} ms")]
        public static partial void Called(ILogger logger, string operation, string outcome, double milliseconds);
    }
}
