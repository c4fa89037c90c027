using System.Text.Json.Serialization;
using k8s.Models;

namespace Operator.Contracts;

/// <summary>How to reach CARTO, and as whom. The same for both kinds of account.</summary>
public sealed record AccountSpec
{
    [JsonPropertyName("apiBaseUrl")]
    public string ApiBaseUrl { get; init; } = "";

    [JsonPropertyName("auth")]
    public AuthSpec Auth { get; init; } = new();

    [JsonPropertyName("mcp")]
    public McpSpec? Mcp { get; init; }

    [JsonPropertyName("caBundle")]
    public CaBundleSource? CaBundle { get; init; }

    [JsonPropertyName("allowedNamespaces")]
    public AllowedNamespaces? AllowedNamespaces { get; init; }

    [JsonPropertyName("requestsPerSecond")]
    public int RequestsPerSecond { get; init; } = 5;

    [JsonPropertyName("driftCheckInterval")]
    public string DriftCheckInterval { get; init; } = "1h";
}

/// <summary>Where tokens come from, and which of the three kinds of credentials buys them.</summary>
public sealed record AuthSpec
{
    public const string DefaultTokenUrl = "https://auth.carto.com/oauth/token";
    public const string DefaultAudience = "carto-cloud-native-api";

    [JsonPropertyName("tokenUrl")]
    public string TokenUrl { get; init; } = DefaultTokenUrl;

    [JsonPropertyName("audience")]
    public string Audience { get; init; } = DefaultAudience;

    [JsonPropertyName("clientCredentials")]
    public ClientCredentialsSource? ClientCredentials { get; init; }

    [JsonPropertyName("accessToken")]
    public AccessTokenSource? AccessToken { get; init; }

    [JsonPropertyName("refreshToken")]
    public RefreshTokenSource? RefreshToken { get; init; }
}

/// <summary>An M2M client of the account's own.</summary>
public sealed record ClientCredentialsSource
{
    [JsonPropertyName("secretRef")]
    public ObjectReference SecretRef { get; init; } = new();

    [JsonPropertyName("clientIdKey")]
    public string ClientIdKey { get; init; } = WireNames.SecretKeys.ClientId;

    [JsonPropertyName("clientSecretKey")]
    public string ClientSecretKey { get; init; } = WireNames.SecretKeys.ClientSecret;
}

/// <summary>A user's access token that something else keeps fresh.</summary>
public sealed record AccessTokenSource
{
    [JsonPropertyName("secretRef")]
    public ObjectReference SecretRef { get; init; } = new();

    [JsonPropertyName("key")]
    public string Key { get; init; } = "token";
}

/// <summary>A user's refresh token and the application that it was issued to.</summary>
public sealed record RefreshTokenSource
{
    [JsonPropertyName("secretRef")]
    public ObjectReference SecretRef { get; init; } = new();

    [JsonPropertyName("clientIdKey")]
    public string ClientIdKey { get; init; } = "clientId";

    [JsonPropertyName("refreshTokenKey")]
    public string RefreshTokenKey { get; init; } = "refreshToken";
}

/// <summary>Names a Secret or ConfigMap. The namespace is said for a cluster account only; otherwise it is the account's own.</summary>
public sealed record ObjectReference
{
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    [JsonPropertyName("namespace")]
    public string? Namespace { get; init; }
}

/// <summary>Where the MCP server is.</summary>
public sealed record McpSpec
{
    [JsonPropertyName("url")]
    public string? Url { get; init; }
}

/// <summary>Certificates to trust beside the system's, in PEM.</summary>
public sealed record CaBundleSource
{
    [JsonPropertyName("configMapRef")]
    public KeyReference? ConfigMapRef { get; init; }

    [JsonPropertyName("secretRef")]
    public KeyReference? SecretRef { get; init; }
}

/// <summary>Names a key of a Secret or ConfigMap.</summary>
public sealed record KeyReference
{
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    [JsonPropertyName("namespace")]
    public string? Namespace { get; init; }

    [JsonPropertyName("key")]
    public string Key { get; init; } = "ca.crt";
}

/// <summary>Namespaces that may use a cluster account: those named and those selected; all when neither is said.</summary>
public sealed record AllowedNamespaces
{
    [JsonPropertyName("names")]
    public IReadOnlyList<string>? Names { get; init; }

    [JsonPropertyName("selector")]
    public V1LabelSelector? Selector { get; init; }
}
