using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Operator.TestKit.Faults;

/// <summary>
/// A reverse proxy between a client and the API server that loses, delays and corrupts what a test asks for, and counts what passes.
/// It speaks HTTP/1.1 without TLS on loopback to its client, so that a cut hits one request and no other, and passes on the
/// client's credentials.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ConnectionContext, bool> _connections = new();
    private readonly ConcurrentQueue<ProxiedRequest> _requests = new();
    private readonly Lock _rulesLock = new();
    private readonly List<FaultRule> _rules = [];
    private readonly Func<KubernetesClientConfiguration> _server;
    private readonly string _upstream;
    private readonly HttpMessageInvoker _bearer;
    private readonly HttpMessageInvoker _certificate;
    private readonly WebApplication _app;
    private volatile bool _isDown;

    private FaultProxy(Func<KubernetesClientConfiguration> server)
    {
        _server = server;
        var configuration = server();
        _upstream = configuration.Host.TrimEnd('/');
        _bearer = CreateClient(configuration, clientCertificate: null);
        // A server asks the certificate first: it must not be shown for a client that comes with a token of its own.
        _certificate = CreateClient(configuration, LoadClientCertificate(configuration));

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // A write returns when the kernel has the bytes and not before, so that a cut afterwards cannot lose them.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Use(next => connection => ServeAsync(next, connection)));
            });
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Where the proxy listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Every request so far, in the order of arrival.</summary>
    public IReadOnlyList<ProxiedRequest> Requests => [.. _requests];

    /// <summary>While set, every connection is cut and none is accepted: the server is down.</summary>
    public bool IsDown
    {
        get => _isDown;
        set
        {
            _isDown = value;
            if (value)
            {
                DropConnections();
            }
        }
    }

    /// <summary>Starts a proxy in front of a test run's server.</summary>
    public static async Task<FaultProxy> StartAsync(KubernetesServer server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        var proxy = new FaultProxy(server.CreateConfiguration);
        await proxy._app.StartAsync(cancellationToken);
        return proxy;
    }

    /// <summary>A new configuration of the administrator's that goes through the proxy.</summary>
    public KubernetesClientConfiguration CreateConfiguration()
    {
        var direct = _server();
        return new KubernetesClientConfiguration
        {
            Host = Address.ToString().TrimEnd('/'),
            AccessToken = direct.AccessToken,
            TokenProvider = direct.TokenProvider,
            Username = direct.Username,
            Password = direct.Password,
            Namespace = direct.Namespace,
        };
    }

    /// <summary>A new configuration of a service account's that goes through the proxy.</summary>
    public KubernetesClientConfiguration CreateConfiguration(ServiceAccountAccess account)
    {
        ArgumentNullException.ThrowIfNull(account);
        return new KubernetesClientConfiguration
        {
            Host = Address.ToString().TrimEnd('/'),
            AccessToken = account.Token,
            Namespace = account.Namespace,
        };
    }

    /// <summary>Adds a rule behind those that are there: the first one that is for a request and not used up is applied to it.</summary>
    /// <param name="matches">Which requests.</param>
    /// <param name="fault">What to do with them; see <see cref="Fail"/>.</param>
    /// <param name="times">How many of them.</param>
    public FaultRule On(Func<ProxiedRequest, bool> matches, Fault fault, int times = int.MaxValue)
    {
        var rule = new FaultRule(matches, fault, times, Remove);
        lock (_rulesLock)
        {
            _rules.Add(rule);
        }

        return rule;
    }

    /// <summary>As <see cref="On"/>, for the next such request alone.</summary>
    public FaultRule Once(Func<ProxiedRequest, bool> matches, Fault fault) => On(matches, fault, times: 1);

    /// <summary>Cuts every connection that is open now.</summary>
    public void DropConnections()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        IsDown = true;
        await _app.DisposeAsync();
        _bearer.Dispose();
        _certificate.Dispose();
    }

    private static HttpMessageInvoker CreateClient(KubernetesClientConfiguration server, X509Certificate2? clientCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            AutomaticDecompression = DecompressionMethods.None,
        };
        if (server.SkipTlsVerify)
        {
#pragma warning disable CA5359 // The kubeconfig of the tests says so.
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (server.SslCaCerts is { } certificates)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
                certificate is not null && Kubernetes.CertificateValidationCallBack(sender, certificates, certificate, chain!, errors);
        }

        if (clientCertificate is not null)
        {
            handler.SslOptions.ClientCertificates = [clientCertificate];
        }

        if (server.TlsServerName is { Length: > 0 } name)
        {
            handler.SslOptions.TargetHost = name;
        }

        return new HttpMessageInvoker(handler);
    }

    private static X509Certificate2? LoadClientCertificate(KubernetesClientConfiguration configuration)
    {
        static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        return configuration switch
        {
            { ClientCertificateData: { Length: > 0 } certificate, ClientCertificateKeyData: { Length: > 0 } key } =>
                X509Certificate2.CreateFromPem(Decode(certificate), Decode(key)),
            { ClientCertificateFilePath: { Length: > 0 } certificate, ClientKeyFilePath: { Length: > 0 } key } =>
                X509Certificate2.CreateFromPemFile(certificate, key),
            _ => null,
        };
    }

    private async Task ServeAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        _connections[connection] = true;
        try
        {
            if (_isDown)
            {
                connection.Abort();
                return;
            }

            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = new ProxiedRequest(context.Request, TimeProvider.System.GetUtcNow());
        _requests.Enqueue(request);
        var client = context.Request.Headers.Authorization.Count > 0 ? _bearer : _certificate;
        var exchange = new ProxyExchange(context, request, _upstream, client);
        try
        {
            await (FindFault(request)?.Invoke(exchange) ?? exchange.PassAsync());
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The client or the server is gone; what the other one would see without a proxy is a cut connection.
            context.Abort();
        }
    }

    private Fault? FindFault(ProxiedRequest request)
    {
        lock (_rulesLock)
        {
            return _rules.Find(rule => rule.TryTake(request))?.Fault;
        }
    }

    private void Remove(FaultRule rule)
    {
        lock (_rulesLock)
        {
            _rules.Remove(rule);
        }
    }
}
