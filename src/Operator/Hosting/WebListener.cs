using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>Plain HTTP on one address, for probes and scrapes.</summary>
internal sealed class WebListener : IAsyncDisposable
{
    private readonly string _flag;
    private readonly ListenAddress _address;
    private readonly WebApplication _app;

    /// <summary>Creates a listener without starting it.</summary>
    /// <param name="flag">The setting with the address, for messages.</param>
    /// <param name="address">Where to listen.</param>
    /// <param name="loggers">Logger factory. Not disposed.</param>
    /// <param name="configure">Configures the application.</param>
    public WebListener(string flag, ListenAddress address, ILoggerFactory loggers, Action<IApplicationBuilder> configure)
    {
        _flag = flag;
        _address = address;

        // Empty, so that files, environment and signals of the process have no effect.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<ILoggerFactory>(new BorrowedLoggerFactory(loggers));
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                if (address.Address is { } ip)
                {
                    kestrel.Listen(ip, address.Port);
                }
                else
                {
                    kestrel.ListenAnyIP(address.Port);
                }
            });
        _app = builder.Build();
        configure(_app);
    }

    /// <summary>Where it listens, once started.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ListenException">The address cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new ListenException($"{_flag}: cannot listen on {_address}: {exception.Message}", exception);
        }

        Url = new Uri(_app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    // The web host disposes its services, but the factory belongs to the caller.
    private sealed class BorrowedLoggerFactory(ILoggerFactory loggers) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

        public void Dispose() { }
    }
}

/// <summary>An address cannot be listened on; the message names the setting.</summary>
internal sealed class ListenException(string message, Exception cause) : Exception(message, cause);
