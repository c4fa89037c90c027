using System.Text.Json;

namespace Operator.Carto.Http;

/// <summary>Reads the body of an error status.</summary>
internal static class ErrorBody
{
    /// <summary>The body of an error; null if it cannot be read, since the status suffices. It can be read again.</summary>
    public static async Task<JsonDocument?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
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

    public static string? WordsOf(JsonDocument? body)
    {
        var answer = body?.RootElement ?? default;
        return Words.Clean(answer.Text("error") ?? answer.Member("error")?.Text("message") ?? answer.Text("message"));
    }
}
