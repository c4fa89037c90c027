using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Operator.TestKit.Faults;

/// <summary>One request at a proxy and its answer: what a <see cref="Fault"/> is made of.</summary>
public sealed class ProxyExchange
{
    private static readonly string[] HopByHop = ["Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Host", "Content-Length"];

    private readonly HttpContext _context;
    private readonly string _upstream;
    private readonly HttpMessageInvoker _client;

    internal ProxyExchange(HttpContext context, ProxiedRequest request, string upstream, HttpMessageInvoker client)
    {
        _context = context;
        _upstream = upstream;
        _client = client;
        Request = request;
    }

    public ProxiedRequest Request { get; }

    /// <summary>Ends when the client goes away or the proxy does.</summary>
    public CancellationToken Ended => _context.RequestAborted;

    /// <summary>Sends the request to the server and returns its answer as soon as its headers are there.</summary>
    public async Task<HttpResponseMessage> ForwardAsync()
    {
        var from = _context.Request;
        var target = _context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget; // as the client wrote it, escapes and all
        using var message = new HttpRequestMessage(new HttpMethod(from.Method), _upstream + target)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            message.Content = new StreamContent(from.Body);
        }

        foreach (var (name, values) in from.Headers)
        {
            // Without Accept-Encoding the server answers in plain text, so that faults can read and change it.
            if (
                !IsHopByHop(name)
                && !name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase)
                && !message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)
            )
            {
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return await _client.SendAsync(message, Ended);
    }

    /// <summary>Passes the request to the server and the answer to the client, as it comes.</summary>
    public async Task PassAsync()
    {
        using var answer = await ForwardAsync();
        await BeginAsync(answer);
        await using var stream = await answer.Content.ReadAsStreamAsync(Ended);
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, Ended)) > 0; )
        {
            await WriteAsync(buffer.AsMemory(0, read));
        }
    }

    /// <summary>Sends status and headers of a server's answer to the client; the body is up to the caller.</summary>
    public async Task BeginAsync(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _context.Response.StatusCode = Request.Status = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!IsHopByHop(name))
            {
                _context.Response.Headers[name] = new StringValues([.. values]);
            }
        }

        // A watch may stay without an event for long; its client waits for the headers.
        await _context.Response.BodyWriter.FlushAsync(Ended);
    }

    /// <summary>Answers the client without asking the server.</summary>
    public async Task AnswerAsync(HttpStatusCode status, string body, IEnumerable<KeyValuePair<string, string>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        _context.Response.StatusCode = Request.Status = (int)status;
        _context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
        {
            _context.Response.Headers[name] = value;
        }

        await WriteAsync(Encoding.UTF8.GetBytes(body));
    }

    /// <summary>Sends a piece of the body; returns when the client's machine has it, so that a cut afterwards cannot lose it.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes) => await _context.Response.BodyWriter.WriteAsync(bytes, Ended);

    /// <summary>Cuts the connection to the client.</summary>
    public void Cut() => _context.Abort();

    private static bool IsHopByHop(string name) => HopByHop.Contains(name, StringComparer.OrdinalIgnoreCase);
}
