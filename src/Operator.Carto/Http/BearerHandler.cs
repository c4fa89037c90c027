using System.Net;
using System.Text.Json;
using Operator.Carto.Tokens;

namespace Operator.Carto.Http;

/// <summary>
/// Turns a request of the MCP SDK into one to CARTO's API: adds the token, renews it once when it is refused, and lets through only
/// what the SDK can make sense of. Everything else becomes a <see cref="CartoException"/> here, where status, headers and body are
/// still known.
/// </summary>
internal sealed class BearerHandler(TokenProvider tokens, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string SessionHeader = "Mcp-Session-Id";
    private const string MethodHeader = "Mcp-Method";
    private const string Discovery = "server/discover";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken);
        var response = await SendAsync(request, token, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            // The request was refused before any effect, so sending it again is no second attempt.
            response.Dispose();
            response = await SendAsync(request, await tokens.ReplaceAsync(token, cancellationToken), cancellationToken);
        }

        try
        {
            return await JudgeAsync(request, response, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, AccessToken token, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new("Bearer", token.Value.Reveal());
        return base.SendAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> JudgeAsync(
        HttpRequestMessage request,
        HttpResponseMessage response,
        CancellationToken cancellationToken)
    {
        var host = request.RequestUri!.Host;
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var isJson = string.Equals(mediaType, "application/json", StringComparison.OrdinalIgnoreCase);
        if (response.IsSuccessStatusCode)
        {
            // Notifications have no answer, and an empty one bears no type.
            var readable = isJson
                || string.Equals(mediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase)
                || response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.NoContent
                || request.Method == HttpMethod.Delete;
            if (!readable && await IsNotificationAsync(request, cancellationToken))
            {
                response.Dispose();
                return new HttpResponseMessage(HttpStatusCode.Accepted) { RequestMessage = request };
            }

            return readable ? response : Discovering() ? Unknown() : throw Failures.WrongContent(CartoStage.Api, host, mediaType);
        }

        if (response.StatusCode == HttpStatusCode.NotFound && request.Headers.Contains(SessionHeader))
        {
            throw new SessionEndedException();
        }

        using var body = isJson ? await ReadAsync(response, cancellationToken) : null;

        // The SDK reads JSON-RPC errors out of these itself, and learns from them which protocol the server speaks.
        if (response.StatusCode == HttpStatusCode.BadRequest && body?.RootElement.Member("jsonrpc") is not null)
        {
            return response;
        }

        // Servers of before 2026 know no discovery, and some fail over it in ways of their own. The SDK then goes on with the handshake
        // that all of them know; what is really wrong shows there.
        if (Discovering()
            && response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests))
        {
            return Unknown();
        }

        throw new CartoException(Failures.Api(response.StatusCode, host, WordsOf(body), RetryAfter.Of(response, time)));

        bool Discovering() => request.Headers.TryGetValues(MethodHeader, out var methods) && methods.Contains(Discovery);

        HttpResponseMessage Unknown()
        {
            response.Dispose();
            return new HttpResponseMessage(HttpStatusCode.BadRequest) { RequestMessage = request };
        }
    }

    /// <summary>Whether a request wants no answer: then whatever comes with a status of success says that it arrived.</summary>
    private static async Task<bool> IsNotificationAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is null)
        {
            return false;
        }

        try
        {
            using var message = JsonDocument.Parse(await request.Content.ReadAsByteArrayAsync(cancellationToken));
            return message.RootElement.Text("method") is not null && message.RootElement.Member("id") is null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The body of an error; null when it cannot be read: the status says enough. It can be read again.</summary>
    private static async Task<JsonDocument?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            return await JsonDocument.ParseAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is JsonException or CartoException)
        {
            return null;
        }
    }

    private static string? WordsOf(JsonDocument? body)
    {
        var answer = body?.RootElement ?? default;
        return Words.Clean(answer.Text("error") ?? answer.Member("error")?.Text("message") ?? answer.Text("message"));
    }
}
