using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>CARTO endpoints and credentials. The same for both kinds of account.</summary>
[Rule("!(has(self.mcp) && has(self.http))", "write mcp or http, not both: an account has one interface")]
public sealed record AccountSpec
{
    /// <summary>Base URL of CARTO's API, such as https://gcp-us-east1.api.carto.com; https://DOMAIN/api for self-hosted CARTO.</summary>
    [JsonPropertyName("apiBaseUrl")]
    [Required]
    [ServerUrl]
    public string ApiBaseUrl { get; init; } = "";

    /// <summary>Token endpoint and credentials: exactly one of clientCredentials, accessToken and refreshToken.</summary>
    [JsonPropertyName("auth")]
    [Required]
    public AuthSpec Auth { get; init; } = new();

    /// <summary>CARTO's MCP server: its address and tools, as far as they cannot be found.</summary>
    [JsonPropertyName("mcp")]
    public McpSpec? Mcp { get; init; }

    /// <summary>CARTO's HTTP API for clients, to be used instead of the MCP server.</summary>
    [JsonPropertyName("http")]
    public HttpSpec? Http { get; init; }

    /// <summary>PEM certificates to trust in addition to the system's, for self-hosted CARTO with its own certificate authority.</summary>
    [JsonPropertyName("caBundle")]
    public CaBundleSource? CaBundle { get; init; }

    /// <summary>Namespaces that may use this account, by name or by selector. All namespaces if unset or empty.</summary>
    [JsonPropertyName("allowedNamespaces")]
    [ClusterOnly]
    public AllowedNamespaces? AllowedNamespaces { get; init; }

    /// <summary>
    /// Existing clients in CARTO that resources may adopt with clientId. None if unset or empty. The client the account itself logs in
    /// with, and clients with the mark of another resource, can never be adopted.
    /// </summary>
    [JsonPropertyName("adoption")]
    [ClusterOnly]
    public AdoptionSpec? Adoption { get; init; }

    /// <summary>
    /// Maximum requests per second to CARTO, shared by all resources of this account. The operator finds out by itself if CARTO takes
    /// fewer.
    /// </summary>
    [JsonPropertyName("requestsPerSecond")]
    [Range(1, 100)]
    public int RequestsPerSecond { get; init; } = 2;

    /// <summary>How often the account's clients are checked for drift, such as 1h or 30m; at least 1m.</summary>
    [JsonPropertyName("driftCheckInterval")]
    [Duration("1m", 60)]
    public string DriftCheckInterval { get; init; } = "1h";
}

/// <summary>Token endpoint and one of three kinds of credentials.</summary>
[Rule(
    "[has(self.clientCredentials), has(self.accessToken), has(self.refreshToken)].exists_one(given, given)",
    "write exactly one of clientCredentials, accessToken and refreshToken"
)]
public sealed record AuthSpec
{
    public const string DefaultTokenUrl = "https://auth.carto.com/oauth/token";
    public const string DefaultAudience = "carto-cloud-native-api";

    /// <summary>URL that issues access tokens; only differs for self-hosted CARTO.</summary>
    [JsonPropertyName("tokenUrl")]
    [ServerUrl]
    public string TokenUrl { get; init; } = DefaultTokenUrl;

    /// <summary>Audience of the tokens; only differs for self-hosted CARTO.</summary>
    [JsonPropertyName("audience")]
    [Text(256, "self.matches(r'^[!-~]+$')", "write the audience without spaces, such as " + DefaultAudience)]
    public string Audience { get; init; } = DefaultAudience;

    /// <summary>The account's own M2M client, whose ID and secret obtain tokens as needed.</summary>
    [JsonPropertyName("clientCredentials")]
    public ClientCredentialsSource? ClientCredentials { get; init; }

    /// <summary>A user's access token that is rotated externally.</summary>
    [JsonPropertyName("accessToken")]
    public AccessTokenSource? AccessToken { get; init; }

    /// <summary>A user's refresh token, with the ID of the application it was issued to.</summary>
    [JsonPropertyName("refreshToken")]
    public RefreshTokenSource? RefreshToken { get; init; }
}

/// <summary>The account's own M2M client.</summary>
[Rule("self.clientIdKey != self.clientSecretKey", "clientIdKey and clientSecretKey are the same: write two different keys")]
public sealed record ClientCredentialsSource
{
    /// <summary>The Secret that holds the credentials.</summary>
    [JsonPropertyName("secretRef")]
    [Required]
    public ObjectReference SecretRef { get; init; } = new();

    /// <summary>Key of the Secret that holds the Client ID.</summary>
    [JsonPropertyName("clientIdKey")]
    [DataKey]
    public string ClientIdKey { get; init; } = WireNames.SecretKeys.ClientId;

    /// <summary>Key of the Secret that holds the Client Secret.</summary>
    [JsonPropertyName("clientSecretKey")]
    [DataKey]
    public string ClientSecretKey { get; init; } = WireNames.SecretKeys.ClientSecret;
}

/// <summary>A user's access token that is rotated externally.</summary>
public sealed record AccessTokenSource
{
    /// <summary>The Secret that holds the token.</summary>
    [JsonPropertyName("secretRef")]
    [Required]
    public ObjectReference SecretRef { get; init; } = new();

    /// <summary>Key of the Secret that holds the token.</summary>
    [JsonPropertyName("key")]
    [DataKey]
    public string Key { get; init; } = "token";
}

/// <summary>A user's refresh token and the application it was issued to.</summary>
[Rule("self.clientIdKey != self.refreshTokenKey", "clientIdKey and refreshTokenKey are the same: write two different keys")]
public sealed record RefreshTokenSource
{
    /// <summary>The Secret that holds both.</summary>
    [JsonPropertyName("secretRef")]
    [Required]
    public ObjectReference SecretRef { get; init; } = new();

    /// <summary>Key of the Secret that holds the ID of the application.</summary>
    [JsonPropertyName("clientIdKey")]
    [DataKey]
    public string ClientIdKey { get; init; } = "clientId";

    /// <summary>Key of the Secret that holds the refresh token.</summary>
    [JsonPropertyName("refreshTokenKey")]
    [DataKey]
    public string RefreshTokenKey { get; init; } = "refreshToken";
}

/// <summary>References a Secret or ConfigMap. The namespace is only set for a cluster account; otherwise it is the account's own.</summary>
public sealed record ObjectReference
{
    /// <summary>Name of the object.</summary>
    [JsonPropertyName("name")]
    [Required]
    [ObjectName]
    public string Name { get; init; } = "";

    /// <summary>Namespace of the object.</summary>
    [JsonPropertyName("namespace")]
    [ClusterOnly]
    [Required]
    [NamespaceName]
    public string? Namespace { get; init; }
}

/// <summary>PEM certificates to trust in addition to the system's.</summary>
[Rule("has(self.configMapRef) != has(self.secretRef)", "write exactly one of configMapRef and secretRef")]
public sealed record CaBundleSource
{
    /// <summary>A ConfigMap that holds the certificates.</summary>
    [JsonPropertyName("configMapRef")]
    public KeyReference? ConfigMapRef { get; init; }

    /// <summary>A Secret that holds the certificates.</summary>
    [JsonPropertyName("secretRef")]
    public KeyReference? SecretRef { get; init; }
}

/// <summary>References a key of a Secret or ConfigMap.</summary>
public sealed record KeyReference
{
    /// <summary>Name of the object.</summary>
    [JsonPropertyName("name")]
    [Required]
    [ObjectName]
    public string Name { get; init; } = "";

    /// <summary>Namespace of the object.</summary>
    [JsonPropertyName("namespace")]
    [ClusterOnly]
    [Required]
    [NamespaceName]
    public string? Namespace { get; init; }

    /// <summary>Key in the object's data.</summary>
    [JsonPropertyName("key")]
    [DataKey]
    public string Key { get; init; } = "ca.crt";
}

/// <summary>Namespaces that may use a cluster account, by name or by selector; all if neither is set.</summary>
public sealed record AllowedNamespaces
{
    /// <summary>Namespaces by name.</summary>
    [JsonPropertyName("names")]
    [Most(256)]
    [NamespaceName]
    [Distinct]
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Namespaces by their labels.</summary>
    [JsonPropertyName("selector")]
    public V1LabelSelector? Selector { get; init; }
}

/// <summary>Clients that resources may adopt: those with one of the IDs, and those whose name matches one of the patterns.</summary>
public sealed record AdoptionSpec
{
    /// <summary>Client IDs, as shown by CARTO.</summary>
    [JsonPropertyName("clientIds")]
    [Most(256)]
    [Text(256, Expressions.IsClientId, Expressions.ClientIdMessage)]
    [Distinct]
    public IReadOnlyList<string>? ClientIds { get; init; }

    /// <summary>
    /// Patterns for the whole client name in CARTO; * matches any characters, so 'ETL *' matches all names that start with 'ETL ', and '*'
    /// matches every client of the account. Anyone who may rename clients in CARTO can make them match.
    /// </summary>
    [JsonPropertyName("names")]
    [Most(64)]
    [Text(
        256,
        @"!self.matches(r'[\p{Cc}\p{Zl}\p{Zp}<>]')",
        "write a client's name as CARTO shows it, on one line and without '<' and '>'; * stands for any run of characters"
    )]
    [Distinct]
    public IReadOnlyList<string>? Names { get; init; }
}
