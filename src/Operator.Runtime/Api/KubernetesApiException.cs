using System.Net;
using System.Text.RegularExpressions;

namespace Operator.Runtime;

/// <summary>
/// The API server answered, and the answer was no. It carries what the server's <c>Status</c> object says, and never a body that
/// was sent.
/// </summary>
public sealed partial class KubernetesApiException(HttpStatusCode statusCode, string? reason, string message, TimeSpan? retryAfter)
    : Exception(message)
{
    /// <summary>HTTP status code.</summary>
    public HttpStatusCode StatusCode { get; } = statusCode;

    /// <summary>Kubernetes' machine-readable reason, such as <c>Conflict</c>; null when the answer was not a <c>Status</c>.</summary>
    public string? Reason { get; } = reason;

    /// <summary>How long the server asks to be left alone, if it does.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The object has changed since it was read, or is another one than was meant: read again and retry.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>An object of that name exists.</summary>
    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The object, its namespace or its kind does not exist.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>The object violates the schema or a rule of its kind; the same request will fail again.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;

    /// <summary>
    /// Which webhook, policy or quota of the cluster refused what RBAC allows, for people; null when it was none of them. The server uses the
    /// same codes and reasons as for a missing right, so its words are all that tells them apart.
    /// </summary>
    public string? Refuser =>
        Webhook().Match(Message) is { Success: true } webhook ? $"the admission webhook {webhook.Groups[1].Value}"
        : Policy().Match(Message) is { Success: true } policy ? $"the ValidatingAdmissionPolicy {policy.Groups[1].Value}"
        : Quota().Match(Message) is { Success: true } quota ? $"the ResourceQuota {quota.Groups[1].Value}"
        : StatusCode == HttpStatusCode.Forbidden && Plugin().IsMatch(Message) ? "an admission plugin of the cluster"
        : null;

    /// <summary>Whether the server named the object that it refused; it does not when the kind itself is unknown to it.</summary>
    internal bool NamesObject { get; init; }

    /// <summary>The resourceVersion or continue token is too old to go on from.</summary>
    internal bool IsExpired => StatusCode == HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    [GeneratedRegex("""admission webhook "([^"\s]{1,253})" denied the request""", RegexOptions.CultureInvariant)]
    private static partial Regex Webhook();

    [GeneratedRegex("ValidatingAdmissionPolicy '([^'\\s]{1,253})' with binding '[^'\\s]+' denied request", RegexOptions.CultureInvariant)]
    private static partial Regex Policy();

    [GeneratedRegex("is forbidden: exceeded quota: ([^,\\s]{1,253})", RegexOptions.CultureInvariant)]
    private static partial Regex Quota();

    // A missing right is told as: ... is forbidden: User "..." cannot ....
    [GeneratedRegex("""is forbidden: (?!User ")""", RegexOptions.CultureInvariant)]
    private static partial Regex Plugin();
}
