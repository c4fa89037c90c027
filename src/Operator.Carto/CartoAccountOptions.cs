namespace Operator.Carto;

/// <summary>How to reach CARTO, and as whom. A change of any of it makes a new account.</summary>
public sealed record CartoAccountOptions
{
    /// <summary>Base of CARTO's API, for example <c>https://gcp-us-east1.api.carto.com</c>.</summary>
    public required Uri ApiBaseUrl { get; init; }

    /// <summary>Endpoint that issues access tokens.</summary>
    public required Uri TokenUrl { get; init; }

    /// <summary>Audience to ask a token for.</summary>
    public required string Audience { get; init; }

    /// <summary>What buys a token.</summary>
    public required CartoCredentials Credentials { get; init; }

    /// <summary>The MCP server; null: <c>{ApiBaseUrl}/mcp/{account id of the token}</c>.</summary>
    public Uri? McpUrl { get; init; }

    /// <summary>Certificates in PEM to trust beside the system's.</summary>
    public string? CaBundlePem { get; init; }

    /// <summary>Ceiling of requests a second to CARTO, for all callers together.</summary>
    public int RequestsPerSecond { get; init; } = 5;

    /// <summary>Limit of one call, from its sending to the end of its answer.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest answer that is read, in bytes.</summary>
    public long MaxResponseBytes { get; init; } = 16 * 1024 * 1024;
}

/// <summary>What buys a token: one of three kinds.</summary>
public abstract record CartoCredentials
{
    private CartoCredentials()
    {
    }

    /// <summary>The client-credentials grant with an M2M client of the account's own.</summary>
    public sealed record ClientCredentials(string ClientId, Sensitive ClientSecret) : CartoCredentials;

    /// <summary>A token that something else keeps fresh.</summary>
    public sealed record AccessToken(Sensitive Token) : CartoCredentials;

    /// <summary>The refresh-token grant of a user's login.</summary>
    public sealed record RefreshToken(string ClientId, Sensitive Token) : CartoCredentials;
}
