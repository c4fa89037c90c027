namespace Operator.Contracts.Schema;

/// <summary>Constraints of a string, or of each string in a list: at least one character, a maximum length, and an optional rule.</summary>
/// <param name="maxLength">Maximum characters, which bounds the cost of its rules.</param>
/// <param name="rule">The expression that must be true; null for any string.</param>
/// <param name="message">What to write instead.</param>
[AttributeUsage(AttributeTargets.Property)]
public class TextAttribute(int maxLength, string? rule = null, string? message = null) : Attribute
{
    public int MaxLength => maxLength;

    public string? Rule => rule;

    public string? Message => message;
}

/// <summary>The name of a Secret, ConfigMap, workload or custom resource: a DNS subdomain.</summary>
public sealed class ObjectNameAttribute()
    : TextAttribute(
        253,
        @"self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
        "write the name of an object: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
    );

/// <summary>The name of a namespace: a DNS label.</summary>
public sealed class NamespaceNameAttribute()
    : TextAttribute(
        63,
        "self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        "write the name of a namespace: lower-case letters, digits and '-', beginning and ending with a letter or digit"
    );

/// <summary>A key in the data of a Secret or ConfigMap.</summary>
public sealed class DataKeyAttribute()
    : TextAttribute(
        253,
        $"self.matches({Expressions.DataKey}) && self != '.' && !self.startsWith('..')",
        "write a key of letters, digits, '-', '_' and '.', not beginning with '..'"
    );

/// <summary>A duration such as <c>90d</c>, <c>24h</c> or <c>1h30m</c>.</summary>
/// <param name="minimum">The minimum, as written in a spec.</param>
/// <param name="minimumSeconds">The same in seconds.</param>
public sealed class DurationAttribute(string minimum, int minimumSeconds)
    : TextAttribute(
        32,
        $"self.matches({Expressions.Duration}) && self{Expressions.InSeconds} >= {minimumSeconds}",
        $"write a duration of at least {minimum}, such as 90d, 24h or 1h30m; the units are w, d, h, m and s, in that order"
    )
{
    public string Minimum => minimum;
}

/// <summary>A server URL: https, or http on localhost. Must not have a user name, query or fragment.</summary>
public sealed class ServerUrlAttribute()
    : TextAttribute(
        512,
        $"self.matches({Expressions.ServerUrl})",
        "write an https:// URL of host, port and path, without user name, query, fragment or '/' at its end "
            + "(http:// is for localhost only)"
    );

/// <summary>A cron expression of five fields.</summary>
public sealed class CronAttribute()
    : TextAttribute(
        128,
        Expressions.IsCron,
        "write five fields, minute hour day-of-month month day-of-week, such as '0 3 * * 0' for Sundays at 03:00"
    );
