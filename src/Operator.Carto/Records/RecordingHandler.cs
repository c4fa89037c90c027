using System.Text.Json;

namespace Operator.Carto.Records;

/// <summary>Notes each request with its answer, as they pass.</summary>
internal sealed class RecordingHandler(
    Func<HttpRequestMessage, byte[], RecordedRequest> read,
    Action<Exchange> note,
    HttpMessageHandler inner
) : DelegatingHandler(inner)
{
    // As much as the operator reads of one answer.
    private const int LargestBody = 16 * 1024 * 1024;
    private const long LargestError = 64 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // A body that was read can be sent all the same: it is buffered.
        var recorded = read(request, request.Content is { } sent ? await sent.ReadAsByteArrayAsync(cancellationToken) : []);
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            note(new Exchange(recorded) { Failure = exception.HttpRequestError.ToString() });
            throw;
        }

        var copy = new CopyingStream(await response.Content.ReadAsStreamAsync(cancellationToken), LargestBody);
        var content = new StreamContent(copy);
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        note(
            new Exchange(recorded)
            {
                Status = (int)response.StatusCode,
                MediaType = response.Content.Headers.ContentType?.MediaType,
                Headers =
                [
                    .. response
                        .Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                        .Select(header => header.Key.ToLowerInvariant())
                        .Distinct()
                        .Order(StringComparer.Ordinal),
                ],
                Body = copy,
            }
        );
        response.Content = content;
        if (!response.IsSuccessStatusCode && response.Content.Headers.ContentLength is <= LargestError)
        {
            // Nobody else may read what an error says, if it is not JSON.
            await response.Content.LoadIntoBufferAsync(cancellationToken);
        }

        return response;
    }
}

/// <summary>A request, as far as it is recorded.</summary>
/// <param name="Step">What was under way.</param>
/// <param name="Target">Whom it asked.</param>
/// <param name="Uri">Its address.</param>
/// <param name="Method">Its HTTP method, or that of JSON-RPC.</param>
/// <param name="Tool">The tool it called; null if none.</param>
/// <param name="Arguments">The tool's arguments, or the body.</param>
internal sealed record RecordedRequest(
    string Step,
    RecordedTarget Target,
    Uri Uri,
    string Method,
    string? Tool = null,
    JsonElement Arguments = default
);

/// <summary>Whom a request asked.</summary>
internal enum RecordedTarget
{
    /// <summary>The endpoint that issues tokens.</summary>
    Token,

    /// <summary>The MCP server.</summary>
    Mcp,

    /// <summary>The HTTP API.</summary>
    Http,

    /// <summary>A document about the MCP server.</summary>
    Metadata,
}
