using Operator.Access;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>The servers named in an account's spec.</summary>
/// <param name="ApiBaseUrl">Base of CARTO's API.</param>
/// <param name="TokenUrl">Endpoint that issues access tokens.</param>
/// <param name="McpUrl">The MCP server; null if it is below <paramref name="ApiBaseUrl"/>.</param>
/// <param name="HttpUrl">The HTTP API; null if the MCP server is used.</param>
internal sealed record AccountAddresses(Uri ApiBaseUrl, Uri TokenUrl, Uri? McpUrl, Uri? HttpUrl)
{
    private const string ApiBaseUrlField = "spec.apiBaseUrl";
    private const string TokenUrlField = "spec.auth.tokenUrl";
    private const string McpUrlField = "spec.mcp.url";
    private const string HttpUrlField = "spec.http.baseUrl";

    /// <summary>Each URL with its field.</summary>
    public IEnumerable<(string Field, Uri Url)> ByField =>
        [
            (ApiBaseUrlField, ApiBaseUrl),
            (TokenUrlField, TokenUrl),
            .. McpUrl is null ? [] : new[] { (McpUrlField, McpUrl) },
            .. HttpUrl is null ? [] : new[] { (HttpUrlField, HttpUrl) },
        ];

    /// <summary>Parses them.</summary>
    /// <exception cref="AccountException">One of them is invalid, such as a port above 65535, which the API server accepts.</exception>
    public static AccountAddresses Of(AccountSpec spec) =>
        new(
            Read(ApiBaseUrlField, spec.ApiBaseUrl),
            Read(TokenUrlField, spec.Auth.TokenUrl),
            spec.Mcp?.Url is { } mcp ? Read(McpUrlField, mcp) : null,
            spec.Http?.BaseUrl is { } http ? Read(HttpUrlField, http) : null
        );

    private static Uri Read(string field, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
            ? url
            : throw new AccountException(
                AccountProblem.ForPerson(
                    Reasons.InvalidSpec,
                    $"{field}: {text} is not an address: write an https:// URL of host, port and path"
                )
            );
}
