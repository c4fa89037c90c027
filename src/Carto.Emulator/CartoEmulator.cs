using System.Net;
using System.Text.Json.Nodes;
using Carto.Emulator.Page;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Protocol;

namespace Carto.Emulator;

/// <summary>
/// An in-process CARTO: token endpoint, key set and MCP server, with its own certificate authority. Its thread-safe members inspect it and
/// inject faults.
/// </summary>
public sealed class CartoEmulator : IAsyncDisposable
{
    /// <summary>Maximum request size, in bytes.</summary>
    public const int MaxRequestBytes = 1024 * 1024;

    private readonly WebApplication _app;
    private readonly CartoState _state;
    private readonly TokenIssuer _issuer;
    private readonly VariantsHolder _variants;

    private CartoEmulator(WebApplication app, string audience)
    {
        _app = app;
        _state = app.Services.GetRequiredService<CartoState>();
        _issuer = app.Services.GetRequiredService<TokenIssuer>();
        _variants = app.Services.GetRequiredService<VariantsHolder>();
        Faults = app.Services.GetRequiredService<FaultSet>();
        Calls = app.Services.GetRequiredService<CallLog>();
        Audience = audience;
    }

    /// <summary>
    /// The base of its API and the issuer of its tokens, for example <c>https://127.0.0.1:43211/</c>: the first listen URL or, if that is
    /// any address, the first of <see cref="CartoEmulatorOptions.HostNames"/> or <c>localhost</c>.
    /// </summary>
    public Uri BaseUrl { get; private set; } = null!;

    /// <summary>All listen URLs.</summary>
    public IReadOnlyList<Uri> Urls { get; private set; } = [];

    /// <summary>The token endpoint.</summary>
    public Uri TokenUrl => new(BaseUrl, "oauth/token");

    /// <summary>The audience for tokens.</summary>
    public string Audience { get; }

    /// <summary>CA certificate of the server, in PEM.</summary>
    public string CaPem => _state.Keys.AuthorityCertificate;

    /// <summary>
    /// How it behaves. Setting it takes effect with the next call; <see cref="ArgumentException"/> if members contradict each other.
    /// </summary>
    public EmulatorVariants Variants
    {
        get => _variants.Current;
        set => _variants.Current = value;
    }

    /// <summary>The injected faults.</summary>
    public FaultSet Faults { get; }

    /// <summary>The calls received.</summary>
    public CallLog Calls { get; }

    /// <summary>All users.</summary>
    public IReadOnlyList<EmulatorUser> Users => _state.Users;

    /// <summary>
    /// Every client secret, refresh token and API access token ever issued, and every access token since the start, for leak checks.
    /// </summary>
    public IReadOnlyCollection<string> SecretsEverIssued => [.. _state.Secrets(), .. _issuer.EverIssued];

    /// <summary>Starts an emulator, which is ready when this returns.</summary>
    public static async Task<CartoEmulator> StartAsync(CartoEmulatorOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var app = Build(options);
        var emulator = new CartoEmulator(app, options.Audience);
        try
        {
            emulator.Map();
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        emulator.Urls =
        [
            .. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)),
        ];
        emulator.BaseUrl = Reachable(emulator.Urls[0], options.HostNames);
        emulator._issuer.Issuer = emulator.BaseUrl.ToString();
        return emulator;
    }

    /// <summary>The MCP server of a user's account: the first address of this host that is served, or the usual one if none is.</summary>
    public Uri McpUrl(EmulatorUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        var addresses = _variants.Current.Addresses;
        var served = Enum.GetValues<McpAddress>().Where(address => addresses.Serve(address, BaseUrl.Host));
        return new Uri(BaseUrl, PathOf(served.FirstOrDefault(McpAddress.Cloud), user.AccountId));
    }

    /// <summary>The base of the second interface, if the variants serve it.</summary>
    public Uri HttpApiUrl => new(BaseUrl, _variants.Current.HttpApi.BasePath);

    /// <summary>
    /// Adds a user with an M2M client of its own, in a new account or in <paramref name="accountId"/>. If the name exists, updates that
    /// user's role and plan.
    /// </summary>
    public EmulatorUser AddUser(
        string name,
        string? accountId = null,
        UserRole role = UserRole.Editor,
        AccountPlan plan = AccountPlan.EnterpriseLarge
    )
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _state.AddUser(name, accountId, role, plan, _variants.Current.SpaClients);
    }

    /// <summary>Issues an access token of the user itself, as a login would.</summary>
    public string IssueAccessToken(EmulatorUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _issuer.Issue(_state.FindUser(user.UserId)!, clientId: null, _variants.Current);
    }

    /// <summary>Issues a refresh token of the user, for <see cref="EmulatorUser.PublicClientId"/>.</summary>
    public string IssueRefreshToken(EmulatorUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _state.Grant(user.UserId, TokenKind.Refresh);
    }

    /// <summary>Issues an API access token of the user: valid at the MCP server, but without the workspace tools.</summary>
    public string IssueApiAccessToken(EmulatorUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _state.Grant(user.UserId, TokenKind.ApiAccess);
    }

    /// <summary>Invalidates all access tokens issued so far.</summary>
    public void EndAllAccessTokens() => _issuer.EndAll();

    /// <summary>A user's live clients, oldest first, without those created with the user (which lists over the wire include).</summary>
    public IReadOnlyList<EmulatorClient> Clients(EmulatorUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return [.. _state.AllClients().Where(c => c.IsLive && c.UserId == user.UserId && !c.CameWithUser)];
    }

    /// <summary>All clients of all users in order of creation, including deleted ones and those created with users.</summary>
    public IReadOnlyList<EmulatorClient> AllClients() => _state.AllClients();

    /// <summary>Creates a client out of band.</summary>
    public EmulatorClient CreateClient(EmulatorUser user, string name, string type = EmulatorClient.M2M)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _state.Create(user.UserId, name, _variants.Current, type);
    }

    /// <summary>Renames a client out of band; <see cref="ArgumentException"/> if it does not exist.</summary>
    public EmulatorClient RenameClient(string clientId, string name) => _state.Rename(OwnerOf(clientId), clientId, name, _variants.Current);

    /// <summary>Deletes a client out of band; <see cref="ArgumentException"/> if it does not exist.</summary>
    public void DeleteClient(string clientId) => _state.Delete(OwnerOf(clientId), clientId, _variants.Current);

    /// <summary>Stops at once and aborts calls in flight.</summary>
    public async ValueTask DisposeAsync()
    {
        Faults.Clear();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static WebApplication Build(CartoEmulatorOptions options)
    {
        // Empty, so that settings, environment and signals of the host process have no effect.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var services = builder.Services;
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddSingleton<ILoggerFactory>(new SharedLoggerFactory(options.LoggerFactory ?? NullLoggerFactory.Instance));
        services.AddRoutingCore();
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton(_ => new CartoState(options.StateFile, options.TimeProvider));
        services.AddSingleton(p => new TokenIssuer(p.GetRequiredService<CartoState>().Keys, options.Audience, options.TimeProvider));
        services.AddSingleton(new VariantsHolder(options.Variants));
        services.AddSingleton(new FaultSet(options.TimeProvider));
        services.AddSingleton(new CallLog());
        services.AddSingleton<CallerReader>();
        services.AddSingleton<RateWindow>();
        services.AddSingleton<CallPipeline>();
        services.AddSingleton<ClientCalls>();
        services.AddSingleton<ToolCalls>();
        services.AddSingleton<HttpCalls>();
        services.AddSingleton<PageReader>();
        services.AddScoped<CallScope>();
        services.AddSingleton(p => new TokenEndpoint(
            p.GetRequiredService<CartoState>(),
            p.GetRequiredService<TokenIssuer>(),
            p.GetRequiredService<VariantsHolder>(),
            options.Audience
        ));
        services
            .AddMcpServer(server => server.ServerInfo = new Implementation { Name = "carto-emulator", Version = "1.0.0" })
            .WithHttpTransport(transport =>
            {
                transport.Stateless = true;
                transport.ConfigureSessionOptions = (context, server, _) =>
                {
                    var calls = context.RequestServices.GetRequiredService<ToolCalls>();
                    server.Handlers.ListToolsHandler = calls.ListToolsAsync;
                    server.Handlers.CallToolHandler = calls.CallToolAsync;
                    server.ProtocolVersion = context.RequestServices.GetRequiredService<VariantsHolder>().Current.ProtocolVersion;
                    return Task.CompletedTask;
                };
            });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, options));
        return builder.Build();
    }

    private static void Listen(KestrelServerOptions kestrel, CartoEmulatorOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
        var keys = kestrel.ApplicationServices.GetRequiredService<CartoState>().Keys;
        foreach (var url in options.Urls)
        {
            var address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.Host.Trim('[', ']'));
            kestrel.Listen(address, url.Port, listen =>
            {
                if (url.Scheme == Uri.UriSchemeHttps)
                {
                    listen.UseHttps(EmulatorCertificates.NewServerCertificate(keys, options.HostNames));
                }
            });
        }
    }

    /// <summary>The "any" address cannot be called: use the first name of the certificate instead.</summary>
    private static Uri Reachable(Uri listening, IReadOnlyList<string> hostNames) =>
        listening.Host is "0.0.0.0" or "[::]"
            ? new UriBuilder(listening) { Host = hostNames.Count > 0 ? hostNames[0] : "localhost" }.Uri
            : listening;

    private void Map()
    {
        var pipeline = _app.Services.GetRequiredService<CallPipeline>();
        var tokens = _app.Services.GetRequiredService<TokenEndpoint>();
        _app.UseRouting();
        _app.Use(_app.Services.GetRequiredService<HttpCalls>().RouteAsync);
        _app.Use(pipeline.InvokeAsync);
        _app.MapPost(TokenEndpoint.Path, tokens.InvokeAsync).WithMetadata(new CallMark(Operation.Token));
        _app.MapGet("/.well-known/openid-configuration", (RequestDelegate)(c => Answers.WriteAsync(c, Discovery())))
            .WithMetadata(new CallMark(Operation.Discovery));
        _app.MapGet("/.well-known/jwks.json", (RequestDelegate)(c => Answers.WriteAsync(c, KeySet())))
            .WithMetadata(new CallMark(Operation.Discovery));

        _app.MapGet("/.well-known/oauth-protected-resource/{**resource}", (RequestDelegate)WriteResourceAsync)
            .WithMetadata(new CallMark(Operation.Discovery));

        foreach (var address in Enum.GetValues<McpAddress>())
        {
            _app.MapMcp("/" + PathOf(address, $"{{{CallPipeline.AccountKey}}}"))
                .WithMetadata(new CallMark(null, address, NeedsToken: true));
        }

        AdminEndpoints.Map(_app, this);
        PageEndpoints.Map(_app, _app.Services.GetRequiredService<PageReader>(), _app.Services.GetRequiredService<TimeProvider>());
    }

    private static string PathOf(McpAddress address, string account) =>
        address switch
        {
            McpAddress.Cloud => $"mcp/{account}",
            McpAddress.Api => $"api/mcp/{account}",
            _ => $"mcp/sso/{account}",
        };

    private JsonObject Discovery() =>
        new()
        {
            ["issuer"] = _issuer.Issuer,
            ["token_endpoint"] = TokenUrl.ToString(),
            ["jwks_uri"] = new Uri(BaseUrl, ".well-known/jwks.json").ToString(),
            ["grant_types_supported"] = new JsonArray("client_credentials", "refresh_token"),
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "client_secret_post"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        };

    /// <summary>The metadata of RFC 9728 that the 401 of the MCP server names.</summary>
    private Task WriteResourceAsync(HttpContext context)
    {
        if (!_variants.Current.Challenge)
        {
            return Answers.WriteErrorAsync(context, StatusCodes.Status404NotFound, Refusals.NoPage);
        }

        return Answers.WriteAsync(
            context,
            new JsonObject
            {
                ["resource"] = Answers.UrlOf(context.Request, "/" + context.Request.RouteValues["resource"]),
                ["authorization_servers"] = new JsonArray(_issuer.Issuer),
                ["bearer_methods_supported"] = new JsonArray("header"),
            }
        );
    }

    private JsonObject KeySet()
    {
        var (keyId, modulus, exponent) = _issuer.PublicKey;
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["alg"] = "RS256",
                    ["kid"] = keyId,
                    ["n"] = modulus,
                    ["e"] = exponent,
                }
            ),
        };
    }

    private string OwnerOf(string clientId) =>
        _state.FindClient(clientId)?.UserId ?? throw new ArgumentException($"There is no client {clientId}.", nameof(clientId));

    /// <summary>Ignores the signals of the process.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Keeps the container from disposing a factory it does not own.</summary>
    private sealed class SharedLoggerFactory(ILoggerFactory inner) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => inner.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        public void Dispose() { }
    }
}
