using System.Net;

namespace Operator.Runtime;

/// <summary>
/// The API server answered, and the answer was no. It carries what the server's <c>Status</c> object says, and never a body that
/// was sent.
/// </summary>
public sealed class KubernetesApiException(HttpStatusCode statusCode, string? reason, string message, TimeSpan? retryAfter)
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

    /// <summary>Whether the server named the object that it refused; it does not when the kind itself is unknown to it.</summary>
    internal bool NamesObject { get; init; }

    /// <summary>The resourceVersion or continue token is too old to go on from.</summary>
    internal bool IsExpired => StatusCode == HttpStatusCode.Gone || Reason is "Expired" or "Gone";
}
