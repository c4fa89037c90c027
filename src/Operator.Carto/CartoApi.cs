using Microsoft.Extensions.Logging;
using Operator.Carto.Clients;
using Operator.Carto.Http;
using Operator.Carto.Mcp;
using Operator.Carto.Rest;
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
    private readonly IClientInterface _interface;
    private readonly CartoClients _clients;

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
        var api = new CallHandler(CartoStage.Api, options, gate, trust, time, _network);
        var bearer = new BearerHandler(_tokens, api);
        var withoutToken = new HttpMessageInvoker(api, disposeHandler: false);
        _http = new HttpClient(options.HttpApi is null ? new McpHandler(withoutToken, time, bearer) : bearer, disposeHandler: false)
        {
            // CallHandler enforces the timeout, on the account's clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var effects = new FailureEffects(_tokens, gate);
        _interface = options.HttpApi is { } httpApi
            ? new HttpInterface(options, httpApi, _http, _tokens, effects, time)
            : new McpInterface(options, new McpSessions(options, _http, _tokens, time, loggers.CreateLogger<McpSessions>()), effects, time);
        var login = (options.Credentials as CartoCredentials.ClientCredentials)?.ClientId;
        _clients = new CartoClients(_interface, login, time, loggers.CreateLogger<CartoClients>());
    }

    public ICartoClients Clients => _clients;

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
        _interface.Dispose();
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
        var info = await _interface.ConnectAsync(cancellationToken);
        await _clients.ProbeAsync(cancellationToken);
        return info with { Warnings = [.. _tokens.Warnings, .. info.Warnings] };
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
