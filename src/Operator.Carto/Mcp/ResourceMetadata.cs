using System.Text.Json;
using System.Text.RegularExpressions;
using Operator.Carto.Http;

namespace Operator.Carto.Mcp;

/// <summary>
/// What a server that rejects a token says about where its tokens come from (RFC 9728), for people only: no credentials are ever sent
/// there.
/// </summary>
internal static partial class ResourceMetadata
{
    /// <summary>A sentence to append to an error; empty if the server says nothing.</summary>
    /// <param name="asked">The address that was called.</param>
    /// <param name="response">The response with the challenge.</param>
    /// <param name="sendAsync">Sends a request without a token.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<string> DescribeAsync(
        Uri asked,
        HttpResponseMessage response,
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> sendAsync,
        CancellationToken cancellationToken
    )
    {
        // Only from the same server: an answer must not make the operator call any address.
        if (
            Address(response) is not { } address
            || !Uri.TryCreate(asked, address, out var url)
            || Uri.Compare(url, asked, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) != 0
        )
        {
            return "";
        }

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var answer = await sendAsync(request, cancellationToken);
            using var body = answer.IsSuccessStatusCode ? await ErrorBody.ReadAsync(answer, cancellationToken) : null;
            return
                body?.RootElement.Member("authorization_servers") is { ValueKind: JsonValueKind.Array } servers
                && servers.GetArrayLength() > 0
                && Issuer(servers[0]) is { } issuer
                ? $" The server takes tokens of {issuer}: compare tokenUrl and audience with it."
                : "";
        }
        catch (CartoException)
        {
            return "";
        }
    }

    private static string? Issuer(JsonElement server) => server.ValueKind == JsonValueKind.String ? Words.Clean(server.GetString()) : null;

    private static string? Address(HttpResponseMessage response) =>
        response
            .Headers.WwwAuthenticate.Where(challenge => challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            .Select(challenge => Metadata().Match(challenge.Parameter ?? ""))
            .FirstOrDefault(match => match.Success)
            ?.Groups[1]
            .Value;

    [GeneratedRegex("(?:^|[\\s,])resource_metadata=\"([^\"]+)\"", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Metadata();
}
