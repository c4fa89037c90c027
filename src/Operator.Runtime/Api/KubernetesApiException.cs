using System.Net;
using System.Text.RegularExpressions;

namespace Operator.Runtime;

/// <summary>The API server refused a call. Carries the contents of the server's <c>Status</c> object, never a request body.</summary>
public sealed partial class KubernetesApiException(HttpStatusCode statusCode, string? reason, string message, TimeSpan? retryAfter)
    : Exception(message)
{
    /// <summary>HTTP status code.</summary>
    public HttpStatusCode StatusCode { get; } = statusCode;

    /// <summary>Kubernetes' machine-readable reason, such as <c>Conflict</c>; null if the response was not a <c>Status</c>.</summary>
    public string? Reason { get; } = reason;

    /// <summary>The server's Retry-After, if any.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The object has changed since it was read, or is a different one: read again and retry.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>An object of that name exists.</summary>
    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The object, its namespace or its kind does not exist.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>The object violates the schema or a rule of its kind; the same request will fail again.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;

    /// <summary>
    /// Display name of the webhook, policy or quota that rejected what RBAC allows; null if none did. The server uses the same codes and
    /// reasons as for missing permissions, so only the message text distinguishes them.
    /// </summary>
    public string? Refuser =>
        Webhook().Match(Message) is { Success: true } webhook ? $"the admission webhook {webhook.Groups[1].Value}"
        : Policy().Match(Message) is { Success: true } policy ? $"the ValidatingAdmissionPolicy {policy.Groups[1].Value}"
        : Quota().Match(Message) is { Success: true } quota ? $"the ResourceQuota {quota.Groups[1].Value}"
        : StatusCode == HttpStatusCode.Forbidden && Plugin().IsMatch(Message) ? "an admission plugin of the cluster"
        : null;

    /// <summary>Whether the server named the rejected object; it does not if it does not know the kind.</summary>
    internal bool NamesObject { get; init; }

    /// <summary>The resourceVersion or continue token has expired.</summary>
    internal bool IsExpired => StatusCode == HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    [GeneratedRegex("""admission webhook "([^"\s]{1,253})" denied the request""", RegexOptions.CultureInvariant)]
    private static partial Regex Webhook();

    [GeneratedRegex("ValidatingAdmissionPolicy '([^'\\s]{1,253})' with binding '[^'\\s]+' denied request", RegexOptions.CultureInvariant)]
    private static partial Regex Policy();

    [GeneratedRegex("is forbidden: exceeded quota: ([^,\\s]{1,253})", RegexOptions.CultureInvariant)]
    private static partial Regex Quota();

    // Missing permissions read: ... is forbidden: User "..." cannot ....
    [GeneratedRegex("""is forbidden: (?!User ")""", RegexOptions.CultureInvariant)]
    private static partial Regex Plugin();
}
