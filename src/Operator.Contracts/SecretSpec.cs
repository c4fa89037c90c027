using System.Text.Json.Serialization;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>Shape of the credentials Secret.</summary>
[Rule(
    $"!has(self.credentialsFile) || !(self.credentialsFile in {StandardKeys})",
    "is the name of a standard key already: write another one, such as carto_credentials.json",
    FieldPath = ".credentialsFile"
)]
[Rule(
    $"!has(self.template) || !self.template.exists(k, k in {StandardKeys})",
    "has the name of a standard key: choose another name for it, or rename the standard key in keys",
    FieldPath = ".template"
)]
[Rule(
    "!has(self.template) || !has(self.credentialsFile) || !(self.credentialsFile in self.template)",
    "has a key of the same name as credentialsFile: choose another name for one of them",
    FieldPath = ".template"
)]
[Rule(
    $"!has(self.type) || self.type != 'kubernetes.io/tls' || ['tls.crt', 'tls.key'].all(k, {IsKey})",
    "is kubernetes.io/tls, and such a Secret has the keys tls.crt and tls.key: name them in keys or template, or write Opaque",
    FieldPath = ".type"
)]
[Rule(
    $"!has(self.type) || self.type != 'kubernetes.io/basic-auth' || ['username', 'password'].exists(k, {IsKey})",
    "is kubernetes.io/basic-auth, and such a Secret has the keys username and password: name them in keys or template, or write Opaque",
    FieldPath = ".type"
)]
[Rule(
    $"!has(self.type) || self.type != 'kubernetes.io/ssh-auth' || ['ssh-privatekey'].all(k, {IsKey})",
    "is kubernetes.io/ssh-auth, and such a Secret has the key ssh-privatekey: name it in keys or template, or write Opaque",
    FieldPath = ".type"
)]
[Rule(
    $"!has(self.type) || self.type != 'kubernetes.io/dockerconfigjson' || ['.dockerconfigjson'].all(k, {IsKey})",
    "is kubernetes.io/dockerconfigjson, and such a Secret has the key .dockerconfigjson: name it in template, or write Opaque",
    FieldPath = ".type"
)]
[Rule(
    $"!has(self.type) || self.type != 'kubernetes.io/dockercfg' || ['.dockercfg'].all(k, {IsKey})",
    "is kubernetes.io/dockercfg, and such a Secret has the key .dockercfg: name it in template, or write Opaque",
    FieldPath = ".type"
)]
public sealed record SecretSpec
{
    /// <summary>Whether the Secret has a key k.</summary>
    private const string IsKey =
        $"k in {StandardKeys} || (has(self.credentialsFile) && self.credentialsFile == k) || (has(self.template) && k in self.template)";

    private const string StandardKeys =
        "(has(self.keys) "
        + "? [self.keys.clientId, self.keys.clientSecret, self.keys.apiBaseUrl, self.keys.tokenUrl, self.keys.audience] "
        + $": ['{WireNames.SecretKeys.ClientId}', '{WireNames.SecretKeys.ClientSecret}', '{WireNames.SecretKeys.ApiBaseUrl}', "
        + $"'{WireNames.SecretKeys.TokenUrl}', '{WireNames.SecretKeys.Audience}'])";

    private const string QualifiedKeys = $"self.all(k, size(k) <= 317 && k.matches({Expressions.QualifiedName}))";

    private const string NoReservedKeys = $"!self.exists(k, k == '{WireNames.Labels.ManagedBy}' || k.startsWith('{WireNames.Group}/'))";

    private const string ReservedMessage =
        $"leave out {WireNames.Labels.ManagedBy} and {WireNames.Group}/*: the operator sets these itself";

    /// <summary>Name of the Secret; defaults to metadata.name. It cannot be changed afterwards.</summary>
    [JsonPropertyName("name")]
    [ObjectName]
    public string? Name { get; init; }

    /// <summary>
    /// Type of the Secret; defaults to Opaque. Built-in types, such as kubernetes.io/basic-auth, require their keys. It cannot be changed
    /// afterwards.
    /// </summary>
    [JsonPropertyName("type")]
    [Text(253)]
    [Rule(
        "!(self in ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])",
        "is a type that Kubernetes itself acts on: write Opaque or a type of your own, such as example.com/carto"
    )]
    public string? Type { get; init; }

    /// <summary>Labels to set on the Secret. Its other labels are preserved.</summary>
    [JsonPropertyName("labels")]
    [Most(32)]
    [MaxItemLength(63)]
    [Rule(QualifiedKeys, "write each key as name or prefix/name: letters, digits, '-', '_' and '.', as labels have it")]
    [Rule(
        $"self.all(k, self[k].matches({Expressions.LabelValue}))",
        "write each value with letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"
    )]
    [Rule(NoReservedKeys, ReservedMessage)]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Annotations to set on the Secret. Its other annotations are preserved.</summary>
    [JsonPropertyName("annotations")]
    [Most(32)]
    [MaxItemLength(4096)]
    [Rule(QualifiedKeys, "write each key as name or prefix/name: letters, digits, '-', '_' and '.', as annotations have it")]
    [Rule(NoReservedKeys, ReservedMessage)]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Custom names for the standard keys of the Secret.</summary>
    [JsonPropertyName("keys")]
    public SecretKeyNames? Keys { get; init; }

    /// <summary>
    /// An additional key with a JSON file of api_base_url, client_id and client_secret, as read by CARTO's Python package carto-auth.
    /// Usually carto_credentials.json.
    /// </summary>
    [JsonPropertyName("credentialsFile")]
    [DataKey]
    public string? CredentialsFile { get; init; }

    /// <summary>
    /// Additional keys, each with a Liquid template as its value. The variables are clientId, clientSecret, apiBaseUrl, tokenUrl and
    /// audience.
    /// </summary>
    [JsonPropertyName("template")]
    [Most(32)]
    [MaxItemLength(16384)]
    [Rule(
        $"self.all(k, size(k) <= 253 && k.matches({Expressions.DataKey}) && k != '.' && !k.startsWith('..'))",
        "write each key with letters, digits, '-', '_' and '.', not beginning with '..'"
    )]
    public IReadOnlyDictionary<string, string>? Template { get; init; }
}

/// <summary>Custom names for the standard keys.</summary>
[Rule($"{All}.all(k, {All}.exists_one(other, other == k))", "two keys have the same name: write five different ones")]
public sealed record SecretKeyNames
{
    /// <summary>The five names, in rules in which <c>self</c> is the object.</summary>
    internal const string All = "[self.clientId, self.clientSecret, self.apiBaseUrl, self.tokenUrl, self.audience]";

    /// <summary>Name of the key that holds the Client ID.</summary>
    [JsonPropertyName("clientId")]
    [DataKey]
    public string? ClientId { get; init; } = WireNames.SecretKeys.ClientId;

    /// <summary>Name of the key that holds the Client Secret.</summary>
    [JsonPropertyName("clientSecret")]
    [DataKey]
    public string? ClientSecret { get; init; } = WireNames.SecretKeys.ClientSecret;

    /// <summary>Name of the key that holds the base URL of CARTO's API.</summary>
    [JsonPropertyName("apiBaseUrl")]
    [DataKey]
    public string? ApiBaseUrl { get; init; } = WireNames.SecretKeys.ApiBaseUrl;

    /// <summary>Name of the key that holds the URL that issues access tokens.</summary>
    [JsonPropertyName("tokenUrl")]
    [DataKey]
    public string? TokenUrl { get; init; } = WireNames.SecretKeys.TokenUrl;

    /// <summary>Name of the key that holds the audience of the tokens.</summary>
    [JsonPropertyName("audience")]
    [DataKey]
    public string? Audience { get; init; } = WireNames.SecretKeys.Audience;
}
