using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Operator.Hosting;

/// <summary>Result of a health check.</summary>
/// <param name="IsGood">Whether the operator is healthy.</param>
/// <param name="Text">A few lines for people.</param>
internal readonly record struct Health(bool IsGood, string Text)
{
    public static readonly Health Good = new(true, "ok");
}

/// <summary>Serves <c>/livez</c> and <c>/readyz</c> as plain text, 200 or 503, and nothing else.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly Func<Health> _live;
    private readonly Func<Health> _ready;
    private readonly WebListener _listener;

    public HealthServer(ListenAddress address, Func<Health> live, Func<Health> ready, ILoggerFactory loggers)
    {
        _live = live;
        _ready = ready;
        _listener = new WebListener("--health-port", address, loggers, app => app.Run(AnswerAsync));
    }

    /// <summary>Where it listens, once started.</summary>
    public Uri Url => _listener.Url;

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ListenException">The address cannot be bound.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _listener.StartAsync(cancellationToken);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

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
}
