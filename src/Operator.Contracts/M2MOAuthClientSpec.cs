using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Operator.Contracts.Schema;

namespace Operator.Contracts;

/// <summary>The desired state of an M2M OAuth Client.</summary>
[Rule(
    "!has(self.clientSecretRef) || has(self.clientId)",
    "goes with clientId only: remove it, or write the ID of the client to adopt in clientId",
    FieldPath = ".clientSecretRef"
)]
public sealed record M2MOAuthClientSpec
{
    /// <summary>
    /// Display name of the client in CARTO; defaults to metadata.name. The operator appends a mark in brackets to recognize its own
    /// clients. A change renames the client without affecting its ID and secret.
    /// </summary>
    [JsonPropertyName("displayName")]
    [Text(100)]
    [Rule(
        @"!self.matches(r'[\p{Cc}\p{Zl}\p{Zp}]') && !self.matches(r'^\s|\s$')",
        "write a name on one line, without control characters and without white space at its ends"
    )]
    [Rule("!self.matches('[<>]')", "leave out '<' and '>': CARTO's names have none")]
    [Rule("!self.contains('[k8s:')", "leave out '[k8s:': the operator writes this mark itself")]
    public string? DisplayName { get; init; }

    /// <summary>The account in which the client is created. Defaults to the ClusterCartoAccount named default.</summary>
    [JsonPropertyName("accountRef")]
    public AccountReference AccountRef { get; init; } = new();

    /// <summary>
    /// ID of an existing client in CARTO to adopt instead of creating one; it is renamed to displayName. A ClusterCartoAccount must allow
    /// that in its spec.adoption. Set it when the resource is created; it cannot be changed or removed afterwards.
    /// </summary>
    [JsonPropertyName("clientId")]
    [Text(256, Expressions.IsClientId, Expressions.ClientIdMessage)]
    public string? ClientId { get; init; }

    /// <summary>
    /// The Client Secret of an adopted client, in case CARTO does not return it: a Secret in this namespace, other than the one the
    /// credentials are written to.
    /// </summary>
    [JsonPropertyName("clientSecretRef")]
    public ClientSecretReference? ClientSecretRef { get; init; }

    /// <summary>Shape of the Secret the credentials are written to, in the namespace of this resource.</summary>
    [JsonPropertyName("secret")]
    public SecretSpec? Secret { get; init; }

    /// <summary>When the pair is replaced by a new one. If unset, only on request.</summary>
    [JsonPropertyName("rotation")]
    public RotationSpec? Rotation { get; init; }

    /// <summary>Workloads in this namespace to restart when the credentials change, so that they read the new ones.</summary>
    [JsonPropertyName("rolloutRestart")]
    [Most(16)]
    public IReadOnlyList<WorkloadReference>? RolloutRestart { get; init; }

    /// <summary>
    /// What happens to the client in CARTO when this resource is deleted. Delete revokes it: whatever still uses it stops working. Retain
    /// leaves both it and the Secret in place, unmanaged. Defaults to Delete for a client the operator created, and Retain for one it
    /// adopted.
    /// </summary>
    [JsonPropertyName("deletionPolicy")]
    public DeletionPolicy? DeletionPolicy { get; init; }

    /// <summary>Whether the operator verifies new credentials by obtaining a token.</summary>
    [JsonPropertyName("verify")]
    public bool Verify { get; init; } = true;

    /// <summary>
    /// Suspends reconciliation of this resource until it is false again. Client and Secret stay as they are. Deletion still proceeds. A
    /// change of deletionPolicy reaches the Secret only after the suspension: end it before a foreground deletion.
    /// </summary>
    [JsonPropertyName("suspend")]
    public bool Suspend { get; init; }
}

/// <summary>References a key of a Secret that holds a Client Secret.</summary>
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

/// <summary>References the account of a client.</summary>
public sealed record AccountReference
{
    /// <summary>ClusterCartoAccount, which serves all namespaces it allows, or CartoAccount, which serves its own namespace.</summary>
    [JsonPropertyName("kind")]
    public AccountKind Kind { get; init; } = AccountKind.ClusterCartoAccount;

    /// <summary>Name of the account; a CartoAccount must be in the namespace of this resource.</summary>
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

/// <summary>What happens to the client in CARTO when its resource is deleted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeletionPolicy>))]
public enum DeletionPolicy
{
    Delete,
    Retain,
}

/// <summary>When the credentials are rotated. Rotations of many resources are spread over time.</summary>
[Rule("has(self.every) != has(self.schedule)", "write exactly one of every (such as 90d) and schedule (such as '0 3 * * 0')")]
[Rule(
    "!has(self.timeZone) || has(self.schedule)",
    "goes with schedule only: remove it, or write schedule instead of every",
    FieldPath = ".timeZone"
)]
[Rule(
    $"!has(self.every) || !has(self.overlap) || !self.every.matches({Expressions.Duration}) "
        + $"|| self.every{Expressions.InSeconds} > self.overlap{Expressions.InSeconds}",
    "must be shorter than every, or replaced clients pile up (without it, it is 24h): write a shorter overlap or a longer every",
    FieldPath = ".overlap"
)]
public sealed record RotationSpec
{
    /// <summary>
    /// Maximum age of the credentials, such as 90d, 24h or 1h30m; at least 1h. They are rotated up to a tenth of this (at most a day)
    /// earlier.
    /// </summary>
    [JsonPropertyName("every")]
    [Duration("1h", 3600)]
    public string? Every { get; init; }

    /// <summary>
    /// Times at which the credentials are rotated, as a cron expression of five fields: minute, hour, day of the month, month, day of the
    /// week. They are rotated up to ten minutes later. If both a day of the month and a day of the week are given, both must match. The
    /// interval between two times must not be shorter than the overlap.
    /// </summary>
    [JsonPropertyName("schedule")]
    [Cron]
    public string? Schedule { get; init; }

    /// <summary>Time zone of the schedule, a case-sensitive IANA name such as Europe/Madrid; defaults to UTC.</summary>
    [JsonPropertyName("timeZone")]
    [Text(
        64,
        $"self.matches({Expressions.TimeZone}) && !(self in ['Local', 'localtime', 'posixrules', 'Factory']) && "
            + "!self.startsWith('posix/') && !self.startsWith('right/')",
        "write the IANA name of a time zone, such as Europe/Madrid or UTC"
    )]
    public string? TimeZone { get; init; }

    /// <summary>How long the replaced client keeps working, so that all workloads can switch; at least 1m.</summary>
    [JsonPropertyName("overlap")]
    [Duration("1m", 60)]
    public string? Overlap { get; init; } = "24h";
}

/// <summary>Workloads to restart when the credentials change.</summary>
[Rule("has(self.name) != has(self.selector)", "write exactly one of name and selector")]
[Rule(
    "!has(self.selector) || (has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) "
        + "|| (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)",
    "selects every workload of the namespace: write matchLabels or matchExpressions",
    FieldPath = ".selector"
)]
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
