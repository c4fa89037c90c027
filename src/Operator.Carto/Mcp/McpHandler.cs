using System.Net;
using System.Text.Json;
using Operator.Carto.Http;

namespace Operator.Carto.Mcp;

/// <summary>
/// Only passes on responses that the MCP SDK understands. Everything else becomes a <see cref="CartoException"/> here, where status,
/// headers
/// and body are still available.
/// </summary>
/// <param name="network">Sends a request without a token.</param>
/// <param name="time">Clock.</param>
/// <param name="inner">Sends a request with the account's token.</param>
internal sealed class McpHandler(HttpMessageInvoker network, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string SessionHeader = "Mcp-Session-Id";
    private const string MethodHeader = "Mcp-Method";
    private const string Discovery = "server/discover";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
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

    private static CartoException NoServer(CartoError error) => new(error with { IsNoServer = true });

    private Task<HttpResponseMessage> SendWithoutTokenAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        network.SendAsync(request, cancellationToken);

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
                : throw NoServer(Failures.WrongContent(CartoStage.Api, host, mediaType).Error);
        }

        if (response.StatusCode == HttpStatusCode.NotFound && request.Headers.Contains(SessionHeader))
        {
            throw new SessionEndedException();
        }

        using var body = isJson ? await ErrorBody.ReadAsync(response, cancellationToken) : null;

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

        var error = Failures.Api(response.StatusCode, host, ErrorBody.WordsOf(body), RetryAfter.Of(response, time));
        throw response.StatusCode == HttpStatusCode.Unauthorized
            ? new CartoException(
                error with
                {
                    Message =
                        error.Message
                        + await ResourceMetadata.DescribeAsync(request.RequestUri, response, SendWithoutTokenAsync, cancellationToken),
                }
            )
        : error.Kind == CartoErrorKind.Unsupported ? NoServer(error)
        : new CartoException(error);

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
}
