using System.Net;
using System.Text.Json;
using Operator.Carto.Tokens;

namespace Operator.Carto.Http;

/// <summary>
/// Turns a request of the MCP SDK into one to CARTO's API: adds the token, renews it once if rejected, and only passes on responses the SDK
/// understands. Everything else becomes a <see cref="CartoException"/> here, where status, headers and body are still available.
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
            // The request was refused before any effect, so it is safe to resend.
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
        CancellationToken cancellationToken
    )
    {
        var host = request.RequestUri!.Host;
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var isJson = string.Equals(mediaType, "application/json", StringComparison.OrdinalIgnoreCase);
        if (response.IsSuccessStatusCode)
        {
            // Notifications have no response body, and an empty one has no content type.
            var readable =
                isJson
                || string.Equals(mediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase)
                || response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.NoContent
                || request.Method == HttpMethod.Delete;
            if (!readable && await IsNotificationAsync(request, cancellationToken))
            {
                response.Dispose();
                return new HttpResponseMessage(HttpStatusCode.Accepted) { RequestMessage = request };
            }

            return readable ? response
                : Discovering() ? Unknown()
                : throw Failures.WrongContent(CartoStage.Api, host, mediaType);
        }

        if (response.StatusCode == HttpStatusCode.NotFound && request.Headers.Contains(SessionHeader))
        {
            throw new SessionEndedException();
        }

        using var body = isJson ? await ReadAsync(response, cancellationToken) : null;

        // The SDK parses JSON-RPC errors from these itself to detect the server's protocol version.
        if (response.StatusCode == HttpStatusCode.BadRequest && body?.RootElement.Member("jsonrpc") is not null)
        {
            return response;
        }

        // Servers from before 2026 lack discovery, and some fail on it in odd ways. The SDK then falls back to the handshake that all
        // support, where real errors surface.
        if (
            Discovering()
            && response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests)
        )
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

    /// <summary>Whether a request expects no response: then any success status means that it arrived.</summary>
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

    /// <summary>The body of an error; null if it cannot be read, since the status suffices. It can be read again.</summary>
    private static async Task<JsonDocument?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            return await JsonDocument.ParseAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken),
                cancellationToken: cancellationToken
            );
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
