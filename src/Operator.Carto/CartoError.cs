namespace Operator.Carto;

/// <summary>Kind of failure, decided once where the response is read.</summary>
public enum CartoErrorKind
{
    /// <summary>No response, an unintelligible response, or a fault in CARTO: retry later.</summary>
    Transient,

    /// <summary>Too many requests; <see cref="CartoError.RetryAfter"/> holds CARTO's requested pause, if any.</summary>
    Throttled,

    /// <summary>The credentials or the token were rejected. Never means "not found".</summary>
    Unauthorized,

    /// <summary>Authenticated but not allowed: plan, role or quota.</summary>
    Forbidden,

    /// <summary>CARTO explicitly reports that the client does not exist.</summary>
    NotFound,

    /// <summary>CARTO understood and rejected; the same request will be rejected again.</summary>
    Rejected,

    /// <summary>The API lacks the operation, or cannot be bound.</summary>
    Unsupported,

    /// <summary>
    /// The list lacks the client that logs in: the token does not show its owner's clients, so nothing it says of them counts.
    /// </summary>
    OwnClientNotListed,

    /// <summary>The server's certificate is not trusted.</summary>
    Untrusted,
}

/// <summary>Which server the failure came from.</summary>
public enum CartoStage
{
    /// <summary>The endpoint that issues tokens.</summary>
    Token,

    /// <summary>CARTO's API.</summary>
    Api,
}

/// <summary>A failure of a call to CARTO, classified.</summary>
/// <param name="Kind">What kind of failure.</param>
/// <param name="Stage">Which server it came from.</param>
/// <param name="Message">For people: what happened and, if known, CARTO's message; contains no secret.</param>
/// <param name="RetryAfter">CARTO's requested wait; null if none.</param>
/// <param name="MayHaveTakenEffect"> True unless it is certain that the call changed nothing in CARTO: the request was never sent, or was
/// refused before any effect.
/// </param>
public sealed record CartoError(
    CartoErrorKind Kind,
    CartoStage Stage,
    string Message,
    TimeSpan? RetryAfter = null,
    bool MayHaveTakenEffect = false
)
{
    /// <summary>What answered is not the server that the address should be of.</summary>
    internal bool IsNoServer { get; init; }

    /// <summary>
    /// Whether it may mean that the client does not exist: how CARTO reports that is undocumented, so any refusal of its own is a hint, and
    /// its list decides.
    /// </summary>
    public bool IsAboutTheClient =>
        Stage == CartoStage.Api
        && Kind is CartoErrorKind.NotFound or CartoErrorKind.Rejected or CartoErrorKind.Transient or CartoErrorKind.Forbidden;
}

/// <summary>Thrown by every call to CARTO that fails.</summary>
public sealed class CartoException : Exception
{
    public CartoException(CartoError error, Exception? innerException = null)
        : base(error.Message, innerException) => Error = error;

    public CartoError Error { get; }
}
