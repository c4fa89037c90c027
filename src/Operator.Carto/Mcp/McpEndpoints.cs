using Operator.Carto.Tokens;

namespace Operator.Carto.Mcp;

/// <summary>Where the MCP server of an account may be: the address that the account gives, or those that CARTO documents.</summary>
internal static class McpEndpoints
{
    // Only for hosts of CARTO's cloud: elsewhere a host with a prefix could belong to somebody else.
    private const string CloudHosts = ".api.carto.com";

    /// <summary>All addresses, most likely first.</summary>
    /// <exception cref="CartoException">They are not known, because the token does not name its account.</exception>
    public static IReadOnlyList<Uri> Of(CartoApiOptions options, AccessToken token)
    {
        if (options.McpUrl is { } url)
        {
            return [url];
        }

        if (token.AccountId is not { } accountId)
        {
            throw new CartoException(
                new CartoError(
                    CartoErrorKind.Unsupported,
                    CartoStage.Api,
                    "The access token does not name its CARTO account, so the address of the MCP server is not known; set mcp.url."
                )
            );
        }

        var api = options.ApiBaseUrl.AbsoluteUri.TrimEnd('/');
        var account = Uri.EscapeDataString(accountId);
        List<Uri> endpoints = [new($"{api}/mcp/{account}"), new($"{api}/mcp/sso/{account}")];
        if (options.ApiBaseUrl.AbsolutePath == "/")
        {
            // Self-hosted CARTO has its API below /api.
            endpoints.Add(new($"{api}/api/mcp/{account}"));
        }

        if (options.ApiBaseUrl.Host.EndsWith(CloudHosts, StringComparison.OrdinalIgnoreCase))
        {
            endpoints.Add(new UriBuilder(endpoints[0]) { Host = $"ai-{options.ApiBaseUrl.Host}" }.Uri);
        }

        return endpoints;
    }

    /// <summary>The failure to report if no address works.</summary>
    /// <param name="failures">Each address with its failure, in order.</param>
    public static CartoException Failure(IReadOnlyList<(Uri Endpoint, CartoException Exception)> failures)
    {
        // A server that knows the request and refuses it says more than one that is not there.
        if (failures.FirstOrDefault(failure => IsRefusal(failure.Exception)) is { Exception: { } refusal })
        {
            return refusal;
        }

        return failures is [var only]
            ? only.Exception
            : new CartoException(
                failures[0].Exception.Error with
                {
                    Message =
                        $"{failures[0].Exception.Error.Message.TrimEnd('.')}. Nor is there one at "
                        + $"{string.Join(", ", failures.Skip(1).Select(failure => failure.Endpoint.AbsoluteUri))}. "
                        + "A self-hosted CARTO has one only with aiFeaturesEnabled: true.",
                }
            );
    }

    private static bool IsRefusal(CartoException exception) =>
        exception.Error.Kind is CartoErrorKind.Unauthorized or CartoErrorKind.Forbidden or CartoErrorKind.Throttled;
}
