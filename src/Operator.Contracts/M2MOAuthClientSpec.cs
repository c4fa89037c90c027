using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>What a person wants of an M2M OAuth Client.</summary>
[Rule(
    "!has(self.clientSecretRef) || has(self.clientId)",
    "goes with clientId only: remove it, or write the ID of the client to adopt in clientId",
    FieldPath = ".clientSecretRef")]
public sealed record M2MOAuthClientSpec
{
    /// <summary>
    /// Name of the client in CARTO, for people; without it metadata.name. The operator adds a mark to it, in brackets, by which it
    /// finds its own clients again. A change renames the client and leaves its ID and secret alone.
    /// </summary>
    [JsonPropertyName("displayName")]
    [Text(100)]
    [Rule(
        @"!self.matches(r'[\p{Cc}\p{Zl}\p{Zp}]') && !self.matches(r'^\s|\s$')",
        "write a name on one line, without control characters and without white space at its ends")]
    [Rule("!self.matches('[<>]')", "leave out '<' and '>': CARTO's names have none")]
    [Rule("!self.contains('[k8s:')", "leave out '[k8s:': the operator writes this mark itself")]
    public string? DisplayName { get; init; }

    /// <summary>The account in CARTO that the client is created in. Without it, the ClusterCartoAccount named default.</summary>
    [JsonPropertyName("accountRef")]
    public AccountReference AccountRef { get; init; } = new();

    /// <summary>
    /// ID of a client that exists in CARTO already: it is adopted instead of creating one, and renamed to what displayName says. A
    /// ClusterCartoAccount must allow that in its spec.adoption. Set it when the resource is created; it cannot be changed or removed afterwards.
    /// </summary>
    [JsonPropertyName("clientId")]
    [Text(256, Expressions.IsClientId, Expressions.ClientIdMessage)]
    public string? ClientId { get; init; }

    /// <summary>
    /// Where the Client Secret of an adopted client is, for a CARTO that does not tell it again: a Secret of this namespace, other than the
    /// one that the pair is written to.
    /// </summary>
    [JsonPropertyName("clientSecretRef")]
    public ClientSecretReference? ClientSecretRef { get; init; }

    /// <summary>Shape of the Secret that the pair is written to, in the namespace of this resource.</summary>
    [JsonPropertyName("secret")]
    public SecretSpec? Secret { get; init; }

    /// <summary>When the pair is replaced by a new one. Without it, only when a person asks for it.</summary>
    [JsonPropertyName("rotation")]
    public RotationSpec? Rotation { get; init; }

    /// <summary>Workloads of this namespace that are restarted when the pair changes, so that they read the new one.</summary>
    [JsonPropertyName("rolloutRestart")]
    [Most(16)]
    public IReadOnlyList<WorkloadReference>? RolloutRestart { get; init; }

    /// <summary>
    /// What becomes of the client in CARTO when this resource is deleted. Delete revokes it: whatever still uses it stops working.
    /// Retain leaves both it and the Secret as they are; nobody manages them any more. Without it, Delete for a client that the operator
    /// created, and Retain for one that it adopted.
    /// </summary>
    [JsonPropertyName("deletionPolicy")]
    public DeletionPolicy? DeletionPolicy { get; init; }

    /// <summary>Whether the operator obtains a token with each new pair before it calls the pair good.</summary>
    [JsonPropertyName("verify")]
    public bool Verify { get; init; } = true;

    /// <summary>
    /// Stops all work on this resource until it is false again. Client and Secret stay as they are. A deletion goes on. A change of deletionPolicy
    /// reaches the Secret only after the suspension: end that before a foreground deletion.
    /// </summary>
    [JsonPropertyName("suspend")]
    public bool Suspend { get; init; }
}

/// <summary>Names a key of a Secret that holds a Client Secret.</summary>
public sealed record ClientSecretReference
{
    /// <summary>Name of the Secret.</summary>
    [JsonPropertyName("name")]
    [Required]
    [ObjectName]
    public string Name { get; init; } = "";

    /// <summary>Key of the Secret that holds the Client Secret.</summary>
    [JsonPropertyName("key")]
    [DataKey]
    public string Key { get; init; } = WireNames.SecretKeys.ClientSecret;
}

/// <summary>Names the account that a client lives in.</summary>
public sealed record AccountReference
{
    /// <summary>ClusterCartoAccount, which serves all namespaces that it allows, or CartoAccount, which serves its own namespace.</summary>
    [JsonPropertyName("kind")]
    public AccountKind Kind { get; init; } = AccountKind.ClusterCartoAccount;

    /// <summary>Name of the account; a CartoAccount is looked for in the namespace of this resource.</summary>
    [JsonPropertyName("name")]
    [ObjectName]
    public string Name { get; init; } = "default";
}

/// <summary>The two kinds of account.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccountKind>))]
public enum AccountKind
{
    ClusterCartoAccount,
    CartoAccount,
}

/// <summary>What becomes of the client in CARTO when its resource goes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeletionPolicy>))]
public enum DeletionPolicy
{
    Delete,
    Retain,
}

/// <summary>When the pair is replaced by a new one. Not at that very moment: a fleet of resources is spread over a while.</summary>
[Rule(
    "has(self.every) != has(self.schedule)",
    "write exactly one of every (such as 90d) and schedule (such as '0 3 * * 0')")]
[Rule(
    "!has(self.timeZone) || has(self.schedule)",
    "goes with schedule only: remove it, or write schedule instead of every",
    FieldPath = ".timeZone")]
[Rule(
    $"!has(self.every) || !has(self.overlap) || !self.every.matches({Expressions.Duration}) "
        + $"|| self.every{Expressions.InSeconds} > self.overlap{Expressions.InSeconds}",
    "must be shorter than every, or replaced clients pile up (without it, it is 24h): write a shorter overlap or a longer every",
    FieldPath = ".overlap")]
public sealed record RotationSpec
{
    /// <summary>
    /// Greatest age of the pair: 90d, 24h, 1h30m; at least 1h. It is replaced up to a tenth of this (at most a day) before.
    /// </summary>
    [JsonPropertyName("every")]
    [Duration("1h", 3600)]
    public string? Every { get; init; }

    /// <summary>
    /// Times at which the pair is replaced, as a cron expression of five fields: minute, hour, day of the month, month, day of the week.
    /// It is replaced up to ten minutes after. A day of the month and a day of the week must both apply where both are given. No two times may be closer
    /// to each other than the overlap is long.
    /// </summary>
    [JsonPropertyName("schedule")]
    [Cron]
    public string? Schedule { get; init; }

    /// <summary>Time zone of the schedule, an IANA name such as Europe/Madrid, in exactly these letters; without it UTC.</summary>
    [JsonPropertyName("timeZone")]
    [Text(
        64,
        $"self.matches({Expressions.TimeZone}) && !(self in ['Local', 'localtime', 'posixrules', 'Factory']) && !self.startsWith('posix/') && !self.startsWith('right/')",
        "write the IANA name of a time zone, such as Europe/Madrid or UTC")]
    public string? TimeZone { get; init; }

    /// <summary>How long the replaced client goes on working, so that everybody can switch; at least 1m.</summary>
    [JsonPropertyName("overlap")]
    [Duration("1m", 60)]
    public string? Overlap { get; init; } = "24h";
}

/// <summary>Workloads to restart when the pair changes.</summary>
[Rule("has(self.name) != has(self.selector)", "write exactly one of name and selector")]
[Rule(
    "!has(self.selector) || (has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) "
        + "|| (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)",
    "selects every workload of the namespace: write matchLabels or matchExpressions",
    FieldPath = ".selector")]
public sealed record WorkloadReference
{
    /// <summary>Kind of the workloads.</summary>
    [JsonPropertyName("kind")]
    [Required]
    public WorkloadKind Kind { get; init; }

    /// <summary>Name of one workload.</summary>
    [JsonPropertyName("name")]
    [ObjectName]
    public string? Name { get; init; }

    /// <summary>Labels of the workloads.</summary>
    [JsonPropertyName("selector")]
    public V1LabelSelector? Selector { get; init; }
}

/// <summary>Kinds of workload that can be restarted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkloadKind>))]
public enum WorkloadKind
{
    Deployment,
    StatefulSet,
    DaemonSet,
}
