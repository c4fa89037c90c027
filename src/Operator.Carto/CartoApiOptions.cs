namespace Operator.Carto;

/// <summary>Connection settings for CARTO. Changing any of them requires a new account.</summary>
public sealed record CartoApiOptions
{
    /// <summary>Base of CARTO's API, for example <c>https://gcp-us-east1.api.carto.com</c>.</summary>
    public required Uri ApiBaseUrl { get; init; }

    /// <summary>Endpoint that issues access tokens.</summary>
    public required Uri TokenUrl { get; init; }

    /// <summary>Audience for tokens.</summary>
    public required string Audience { get; init; }

    /// <summary>Credentials to obtain tokens.</summary>
    public required CartoCredentials Credentials { get; init; }

    /// <summary>The MCP server; null for the addresses below <see cref="ApiBaseUrl"/> that CARTO documents.</summary>
    public Uri? McpUrl { get; init; }

    /// <summary>How to call the MCP server's tools, as far as a person says; null for nothing.</summary>
    public GivenCalls? McpCalls { get; init; }

    /// <summary>CARTO's HTTP API, which is used instead of the MCP server; null for none.</summary>
    public HttpApiOptions? HttpApi { get; init; }

    /// <summary>The fields of answers, as far as a person says; null for nothing.</summary>
    public GivenAnswers? Answers { get; init; }

    /// <summary>PEM certificates to trust in addition to the system's.</summary>
    public string? CaBundlePem { get; init; }

    /// <summary>Rate limit of requests to CARTO per second, shared by all callers.</summary>
    public int RequestsPerSecond { get; init; } = 2;

    /// <summary>Timeout of one call, from sending to the end of the response.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum response size, in bytes.</summary>
    public long MaxResponseBytes { get; init; } = 16 * 1024 * 1024;
}

/// <summary>Credentials to obtain tokens: one of three kinds.</summary>
public abstract record CartoCredentials
{
    private CartoCredentials() { }

    /// <summary>The client credentials grant with the account's own M2M client.</summary>
    public sealed record ClientCredentials(string ClientId, Sensitive ClientSecret) : CartoCredentials;

    /// <summary>A token that is rotated externally.</summary>
    public sealed record AccessToken(Sensitive Token) : CartoCredentials;

    /// <summary>The refresh token grant of a user login.</summary>
    public sealed record RefreshToken(string ClientId, Sensitive Token) : CartoCredentials;
}
