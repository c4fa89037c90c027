using System.Text;
using System.Text.Json;

namespace Carto.Emulator;

/// <summary>Reads the parameters of a token request.</summary>
internal static class TokenRequest
{
    /// <summary>Its parameters by name; null if the body is malformed. It can be read again.</summary>
    public static async Task<IReadOnlyDictionary<string, string>?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        if (request.HasFormContentType)
        {
            foreach (var (name, value) in await request.ReadFormAsync(cancellationToken))
            {
                values[name] = value.ToString();
            }
        }
        else if (request.HasJsonContentType())
        {
            request.EnableBuffering();
            try
            {
                using var document = await JsonDocument.ParseAsync(request.Body, default, cancellationToken);
                foreach (var member in document.RootElement.EnumerateObject())
                {
                    values[member.Name] = member.Value.ToString();
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return null;
            }
            finally
            {
                request.Body.Position = 0;
            }
        }

        // RFC 6749, 2.3.1: a client may authenticate in the header instead.
        if (TryReadBasic(request.Headers.Authorization.ToString()) is var (clientId, secret))
        {
            values.TryAdd("client_id", clientId);
            values.TryAdd("client_secret", secret);
        }

        return values;
    }

    private static (string ClientId, string Secret)? TryReadBasic(string header)
    {
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])).Split(':', 2);
            return pair.Length == 2 ? (Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair[1])) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
