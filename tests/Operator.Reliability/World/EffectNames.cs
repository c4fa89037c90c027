using System.Text.Json;
using System.Web;

namespace Operator.Reliability.World;

/// <summary>
/// Names requests for people and for finding the same one again in another run: <c>PATCH m2moauthclients/etl/status</c>, <c>CARTO
/// create</c>.
/// </summary>
internal static class EffectNames
{
    /// <summary>The name of a write to Kubernetes; null for what only reads.</summary>
    public static string? OfKubernetes(HttpRequestMessage request)
    {
        if (request.Method == HttpMethod.Get)
        {
            return null;
        }

        // /api/v1/namespaces/N/secrets/NAME or /apis/GROUP/V/namespaces/N/PLURAL/NAME/status
        var parts = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        var at = Array.IndexOf(parts, "namespaces");
        return $"{request.Method} {string.Join('/', at < 0 ? parts[^1..] : parts[Math.Min(at + 2, parts.Length - 1)..])}";
    }

    /// <summary>The name of a call to CARTO.</summary>
    /// <param name="request">The call; its body can still be sent afterwards.</param>
    /// <param name="account">Client ID that the account itself logs in with: tells its tokens from those that prove a pair.</param>
    public static async Task<string> OfCartoAsync(HttpRequestMessage request, Func<string, bool> account)
    {
        if (request.Content is null)
        {
            return $"CARTO {request.Method}";
        }

        await request.Content.LoadIntoBufferAsync();
        var body = await request.Content.ReadAsStringAsync();
        if (request.RequestUri!.AbsolutePath.EndsWith("/oauth/token", StringComparison.Ordinal))
        {
            return account(ClientIdIn(body)) ? "CARTO token" : "CARTO token of the pair";
        }

        using var json = JsonDocument.Parse(body);
        var method = json.RootElement.GetProperty("method").GetString();
        if (method != "tools/call")
        {
            return $"CARTO {method}";
        }

        var call = json.RootElement.GetProperty("params");
        var selector =
            call.TryGetProperty("arguments", out var arguments) && arguments.TryGetProperty("method", out var operation)
                ? operation.GetString()
                : null;
        return $"CARTO {selector ?? call.GetProperty("name").GetString()}";
    }

    private static string ClientIdIn(string body)
    {
        if (!body.StartsWith('{'))
        {
            return HttpUtility.ParseQueryString(body)["client_id"] ?? "";
        }

        using var json = JsonDocument.Parse(body);
        return json.RootElement.TryGetProperty("client_id", out var id) ? id.GetString() ?? "" : "";
    }
}
