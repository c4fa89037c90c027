using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Operator.Runtime.Tests;

/// <summary>
/// Shows a certificate that a test made, and answers all that comes with a version. It knows nothing of Kubernetes: here it is all about
/// who
/// a client speaks to.
/// </summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private TlsServer(IPAddress address, X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(address, 0, endpoint => endpoint.UseHttps(certificate)));
        _app = builder.Build();
        _app.Run(async context =>
        {
            Interlocked.Increment(ref _requests);
            await context.Response.WriteAsync("""{"gitVersion":"v1.2.3"}""");
        });
    }

    /// <summary>How many requests came in, and with them a bearer token each.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<TlsServer> StartAsync(IPAddress address, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var server = new TlsServer(address, certificate);
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
