using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks.Floors;

/// <summary>The calls to CARTO and nothing else: no session, no schema, no gate, no retry.</summary>
internal sealed class CartoCalls(HttpClient http, Uri tokenUrl)
{
    private const string DataLine = "data: ";

    /// <summary>Gets a token.</summary>
    public async Task<string> TokenAsync(string clientId, string clientSecret, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = clientId,
                ["client_secret"] = clientSecret,
                ["audience"] = "carto-cloud-native-api",
            }
        );
        using var answer = await http.PostAsync(tokenUrl, form, cancellationToken);
        answer.EnsureSuccessStatusCode();
        using var token = await JsonDocument.ParseAsync(
            await answer.Content.ReadAsStreamAsync(cancellationToken),
            default,
            cancellationToken
        );
        return token.RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>Creates a client.</summary>
    public async Task<(string Id, string Secret)> CreateAsync(
        CartoUser user,
        string token,
        string name,
        CancellationToken cancellationToken
    )
    {
        using var created = await CallAsync(
            user,
            token,
            "manage_oauth_clients",
            $$"""{"method":"create","clientType":"m2m","title":"{{name}}"}""",
            cancellationToken
        );
        var client = created.RootElement.GetProperty("data");
        return (client.GetProperty("clientId").GetString()!, client.GetProperty("clientSecret").GetString()!);
    }

    /// <summary>Renames a client.</summary>
    public async Task RenameAsync(CartoUser user, string token, string clientId, string name, CancellationToken cancellationToken)
    {
        using var answer = await CallAsync(
            user,
            token,
            "manage_oauth_clients",
            $$"""{"method":"update","clientType":"m2m","client_id":"{{clientId}}","title":"{{name}}"}""",
            cancellationToken
        );
    }

    /// <summary>Revokes a client.</summary>
    public async Task DeleteAsync(CartoUser user, string token, string clientId, CancellationToken cancellationToken)
    {
        using var answer = await CallAsync(user, token, "delete", $$"""{"kind":"oauth_client","id":"{{clientId}}"}""", cancellationToken);
    }

    private async Task<JsonDocument> CallAsync(
        CartoUser user,
        string token,
        string tool,
        string arguments,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, user.McpUrl);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Content = new StringContent(
            $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""",
            Encoding.UTF8,
            "application/json"
        );
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var data = text.IndexOf(DataLine, StringComparison.Ordinal);
        using var answer = JsonDocument.Parse(data < 0 ? text : text[(data + DataLine.Length)..]);
        var result = answer.RootElement.GetProperty("result");
        return result.TryGetProperty("isError", out var isError) && isError.GetBoolean()
            ? throw new InvalidOperationException(result.GetRawText())
            : JsonDocument.Parse(result.GetProperty("content")[0].GetProperty("text").GetString()!);
    }
}
