using System.Text;
using System.Text.Json.Nodes;

namespace Carto.Emulator;

/// <summary>Writes HTTP responses.</summary>
internal static class Answers
{
    public static Task WriteAsync(HttpContext context, JsonNode body) =>
        WriteAsync(context, "application/json; charset=utf-8", Encoding.UTF8.GetBytes(body.ToJsonString()));

    public static async Task WriteAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>An address at the host that the request was sent to.</summary>
    public static string UrlOf(HttpRequest request, string path) => $"{request.Scheme}://{request.Host}{path}";

    /// <summary>Writes an error in the format of CARTO's API.</summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, Error(status, message));
    }

    public static JsonObject Error(int status, string message) => new() { ["error"] = message, ["status"] = status };
}
