using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>How to reach CARTO, and as whom. The same for both kinds of account.</summary>
public sealed record AccountSpec
{
    /// <summary>
    /// Base URL of CARTO's API, such as https://gcp-us-east1.api.carto.com; https://DOMAIN/api where CARTO is self-hosted.
    /// </summary>
    [JsonPropertyName("apiBaseUrl")]
    [Required]
    [ServerUrl]
    public string ApiBaseUrl { get; init; } = "";

    /// <summary>
    /// Where tokens come from, and which credentials buy them: exactly one of clientCredentials, accessToken and refreshToken.
    /// </summary>
    [JsonPropertyName("auth")]
    [Required]
    public AuthSpec Auth { get; init; } = new();

    /// <summary>Where CARTO's MCP server is, when it is not where the operator looks for it.</summary>
    [JsonPropertyName("mcp")]
    public McpSpec? Mcp { get; init; }

    /// <summary>
    /// Certificates to trust beside the system's, in PEM; for a self-hosted CARTO behind a certificate authority of its own.
    /// </summary>
    [JsonPropertyName("caBundle")]
    public CaBundleSource? CaBundle { get; init; }

    /// <summary>
    /// Namespaces that may use this account: those named and those selected. Without it, or when it is empty, all of them.
    /// </summary>
    [JsonPropertyName("allowedNamespaces")]
    [ClusterOnly]
    public AllowedNamespaces? AllowedNamespaces { get; init; }

    /// <summary>
    /// Clients that exist in CARTO already and that resources may adopt with clientId. Without it, or when it is empty, none. The client that
    /// the account itself logs in with, and clients that bear the mark of another resource, can never be adopted.
    /// </summary>
    [JsonPropertyName("adoption")]
    [ClusterOnly]
    public AdoptionSpec? Adoption { get; init; }

    /// <summary>Most requests a second to CARTO, for all resources of this account together.</summary>
    [JsonPropertyName("requestsPerSecond")]
    [Range(1, 100)]
    public int RequestsPerSecond { get; init; } = 5;

    /// <summary>How often the account's clients are compared with the resources: 1h, 30m; at least 1m.</summary>
    [JsonPropertyName("driftCheckInterval")]
    [Duration("1m", 60)]
    public string DriftCheckInterval { get; init; } = "1h";
}

/// <summary>Where tokens come from, and which of the three kinds of credentials buys them.</summary>
[Rule(
    "[has(self.clientCredentials), has(self.accessToken), has(self.refreshToken)].exists_one(given, given)",
    "write exactly one of clientCredentials, accessToken and refreshToken")]
public sealed record AuthSpec
{
    public const string DefaultTokenUrl = "https://auth.carto.com/oauth/token";
    public const string DefaultAudience = "carto-cloud-native-api";

    /// <summary>Address that issues access tokens; another one only where CARTO is self-hosted.</summary>
    [JsonPropertyName("tokenUrl")]
    [ServerUrl]
    public string TokenUrl { get; init; } = DefaultTokenUrl;

    /// <summary>Audience to ask a token for; another one only where CARTO is self-hosted.</summary>
    [JsonPropertyName("audience")]
    [Text(256, "self.matches(r'^[!-~]+$')", "write the audience without spaces, such as " + DefaultAudience)]
    public string Audience { get; init; } = DefaultAudience;

    /// <summary>An M2M client of the account's own: its ID and secret buy tokens as often as needed.</summary>
    [JsonPropertyName("clientCredentials")]
    public ClientCredentialsSource? ClientCredentials { get; init; }

    /// <summary>A user's access token that something else keeps fresh.</summary>
    [JsonPropertyName("accessToken")]
    public AccessTokenSource? AccessToken { get; init; }

    /// <summary>A user's refresh token, with the ID of the application that it was issued to.</summary>
    [JsonPropertyName("refreshToken")]
    public RefreshTokenSource? RefreshToken { get; init; }
}

/// <summary>An M2M client of the account's own.</summary>
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

/// <summary>A user's access token that something else keeps fresh.</summary>
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

/// <summary>A user's refresh token and the application that it was issued to.</summary>
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

/// <summary>Names a Secret or ConfigMap. The namespace is said for a cluster account only; otherwise it is the account's own.</summary>
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

/// <summary>Where the MCP server is.</summary>
public sealed record McpSpec
{
    /// <summary>Address of the MCP server; without it apiBaseUrl/mcp/ and the account id that the token names.</summary>
    [JsonPropertyName("url")]
    [Required]
    [ServerUrl]
    public string? Url { get; init; }
}

/// <summary>Certificates to trust beside the system's, in PEM.</summary>
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

/// <summary>Names a key of a Secret or ConfigMap.</summary>
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

/// <summary>Namespaces that may use a cluster account: those named and those selected; all when neither is said.</summary>
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
    /// <summary>Clients by their ID, as CARTO shows it.</summary>
    [JsonPropertyName("clientIds")]
    [Most(256)]
    [Text(256, Expressions.IsClientId, Expressions.ClientIdMessage)]
    [Distinct]
    public IReadOnlyList<string>? ClientIds { get; init; }

    /// <summary>
    /// Clients by their whole name in CARTO; * stands for any run of characters, so that 'ETL *' means all names that begin with it, and '*' means
    /// every client of the account. Whoever may rename clients in CARTO may make them match.
    /// </summary>
    [JsonPropertyName("names")]
    [Most(64)]
    [Text(
        256,
        @"!self.matches(r'[\p{Cc}\p{Zl}\p{Zp}<>]')",
        "write a client's name as CARTO shows it, on one line and without '<' and '>'; * stands for any run of characters")]
    [Distinct]
    public IReadOnlyList<string>? Names { get; init; }
}
