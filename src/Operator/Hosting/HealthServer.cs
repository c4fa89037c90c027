using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>The answer to a question about the operator's health.</summary>
/// <param name="IsGood">Whether all is well.</param>
/// <param name="Text">A line or a few for people.</param>
internal readonly record struct Health(bool IsGood, string Text)
{
    public static readonly Health Good = new(true, "ok");
}

/// <summary>Serves <c>/livez</c> and <c>/readyz</c> as plain text, 200 or 503, and nothing else.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly HealthAddress _address;
    private readonly Func<Health> _live;
    private readonly Func<Health> _ready;
    private readonly WebApplication _app;

    public HealthServer(HealthAddress address, Func<Health> live, Func<Health> ready, ILoggerFactory loggers)
    {
        _address = address;
        _live = live;
        _ready = ready;

        // Empty: neither files, environment nor signals of the process have a say in it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<ILoggerFactory>(new BorrowedLoggerFactory(loggers));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
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
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens, once started.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Starts to listen.</summary>
    /// <exception cref="HealthServerException">The address cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new HealthServerException($"--health-port: cannot listen on {_address}: {exception.Message}", exception);
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

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Health? health = request.Path.Value switch
        {
            "/livez" => _live(),
            "/readyz" => _ready(),
            _ => null,
        };
        var response = context.Response;
        if (health is not { } known)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var body = Encoding.UTF8.GetBytes(known.Text + "\n");
        response.StatusCode = known.IsGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsGet(request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    // The web host disposes what it was given; the factory is the caller's.
    private sealed class BorrowedLoggerFactory(ILoggerFactory loggers) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

        public void Dispose()
        {
        }
    }
}

/// <summary>Health cannot be served.</summary>
internal sealed class HealthServerException(string message, Exception cause) : Exception(message, cause);
