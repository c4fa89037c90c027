namespace Operator.Carto;

/// <summary>What kind of failure it was. Decided once, where the answer is read.</summary>
public enum CartoErrorKind
{
    /// <summary>No answer, an answer that makes no sense, or a fault on CARTO's side: try again later.</summary>
    Transient,

    /// <summary>Too many requests; <see cref="CartoError.RetryAfter"/> says how long to pause where CARTO does.</summary>
    Throttled,

    /// <summary>The credentials or the token were refused. Never means "not found".</summary>
    Unauthorized,

    /// <summary>Known but not allowed: plan, role or quota.</summary>
    Forbidden,

    /// <summary>CARTO says plainly that there is no such client.</summary>
    NotFound,

    /// <summary>CARTO understood and refused; the same request will be refused again.</summary>
    Rejected,

    /// <summary>The API lacks the operation, or cannot be bound.</summary>
    Unsupported,

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
/// <param name="Message">For people: what happened and, where known, CARTO's own words; holds no secret.</param>
/// <param name="RetryAfter">How long CARTO asked to wait; null when it did not say.</param>
/// <param name="MayHaveTakenEffect">
/// True unless it is certain that the call changed nothing in CARTO: the request was never sent, or was refused before any effect.
/// </param>
public sealed record CartoError(
    CartoErrorKind Kind,
    CartoStage Stage,
    string Message,
    TimeSpan? RetryAfter = null,
    bool MayHaveTakenEffect = false)
{
    /// <summary>
    /// Whether it may mean that the client of the call does not exist: nobody has published how CARTO answers that, so whatever it refuses for a
    /// reason of its own is a hint, and its list decides.
    /// </summary>
    public bool IsAboutTheClient =>
        Stage == CartoStage.Api && Kind is CartoErrorKind.NotFound or CartoErrorKind.Rejected or CartoErrorKind.Transient or CartoErrorKind.Forbidden;
}

/// <summary>Thrown by every call to CARTO that fails.</summary>
public sealed class CartoException : Exception
{
    public CartoException(CartoError error, Exception? innerException = null)
        : base(error.Message, innerException) => Error = error;

    public CartoError Error { get; }
}
