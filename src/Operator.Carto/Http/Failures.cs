using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Operator.Carto.Http;

/// <summary>
/// Classifies every failure of a call. Messages contain no varying detail, so that conditions that show them stay stable while the failure
/// lasts.
/// </summary>
internal static class Failures
{
    /// <summary>The request or its response was lost on the network.</summary>
    /// <param name="exception">The network stack's exception.</param>
    /// <param name="stage">Which server.</param>
    /// <param name="host">Its host name.</param>
    /// <param name="tlsProblem">Why its certificate was rejected, if it was.</param>
    public static CartoException Transport(Exception exception, CartoStage stage, string host, string? tlsProblem)
    {
        var error = exception switch
        {
            // In none of these was the request sent.
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Transient(
                $"The host name {host} cannot be resolved; check the URL and the cluster's DNS.",
                false
            ),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => Transient(
                $"The proxy refuses to connect to {host}; check HTTPS_PROXY and NO_PROXY.",
                false
            ),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } secure => Secure(secure),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } connection => Transient(
                $"Cannot connect to {host}{Because(connection)}; check the URL, network policies and proxies.",
                false
            ),
            OperationCanceledException { InnerException: TimeoutException } => Transient(
                $"Cannot connect to {host}: it does not answer; check the URL, network policies and proxies.",
                false
            ),

            // From here on it is unknown how far the server got.
            _ => Transient($"The connection to {host} broke before the answer was complete; it is retried.", true),
        };
        return new CartoException(error, exception);

        CartoError Secure(HttpRequestException secure)
        {
            // A broken handshake looks the same as a rejected certificate, but the latter was validated.
            return secure.InnerException is AuthenticationException && tlsProblem is not null
                ? new CartoError(
                    CartoErrorKind.Untrusted,
                    stage,
                    $"The certificate of {host} is not trusted: {tlsProblem}. Put its authority's certificate into the "
                        + "account's caBundle, or correct the URL."
                )
                : Transient($"No TLS connection to {host} could be made; check the URL and whether it speaks TLS.", false);
        }

        CartoError Transient(string message, bool mayHaveTakenEffect) =>
            new(CartoErrorKind.Transient, stage, message, MayHaveTakenEffect: mayHaveTakenEffect);
    }

    /// <summary>A call superseded by a change of the account's settings.</summary>
    public static CartoException AccountClosed(bool mayHaveTakenEffect = false) =>
        new(
            new CartoError(
                CartoErrorKind.Transient,
                CartoStage.Api,
                "The account's settings changed during the call; it is retried.",
                MayHaveTakenEffect: mayHaveTakenEffect
            )
        );

    /// <summary>Same failure, for a call that cannot change anything.</summary>
    public static CartoException WithoutEffect(CartoException exception) =>
        exception.Error.MayHaveTakenEffect
            ? new CartoException(exception.Error with { MayHaveTakenEffect = false }, exception.InnerException)
            : exception;

    /// <summary>No complete response within the limit.</summary>
    public static CartoException TimedOut(CartoStage stage, string host, TimeSpan limit) =>
        new(
            new CartoError(
                CartoErrorKind.Transient,
                stage,
                string.Create(null, $"{host} did not answer within {limit.TotalSeconds:0.###} s; it is retried."),
                MayHaveTakenEffect: true
            )
        );

    /// <summary>A response above the limit.</summary>
    public static CartoException TooLarge(CartoStage stage, string host, long limit) =>
        new(
            new CartoError(
                CartoErrorKind.Transient,
                stage,
                $"The answer of {host} is larger than {limit} bytes and was not read; check that the URL is that of CARTO.",
                MayHaveTakenEffect: true
            )
        );

    /// <summary>A response of an unexpected content type.</summary>
    public static CartoException WrongContent(CartoStage stage, string host, string? mediaType) =>
        new(
            new CartoError(
                CartoErrorKind.Transient,
                stage,
                mediaType switch
                {
                    null => $"{host} answered with nothing where JSON was expected; check the URL, and proxies in between.",
                    "application/json" => $"{host} answered with JSON that is cut off or broken; check proxies in between.",
                    _ => $"{host} answered with {Words.Clean(mediaType)} instead of JSON; check the URL, and proxies or login pages "
                        + "in between.",
                },
                MayHaveTakenEffect: true
            )
        );

    /// <summary>An error status from CARTO's API.</summary>
    /// <param name="status">The status.</param>
    /// <param name="host">The responding host.</param>
    /// <param name="words">Its message, cleaned.</param>
    /// <param name="retryAfter">The requested wait.</param>
    public static CartoError Api(HttpStatusCode status, string host, string? words, TimeSpan? retryAfter)
    {
        var said = words is null ? "" : $" CARTO says: {words}";
        return (int)status switch
        {
            >= 300 and < 400 => Of(
                CartoErrorKind.Transient,
                $"{host} redirects the request elsewhere, which is not followed because it bears a token; set apiBaseUrl or "
                    + "mcp.url to the final address.",
                mayHaveTakenEffect: true
            ),
            401 => Of(CartoErrorKind.Unauthorized, $"{host} refuses the access token.{said}"),
            402 or 403 => Of(
                CartoErrorKind.Forbidden,
                $"{host} does not allow it: the account's plan, role or token is not sufficient.{said}"
            ),

            // The endpoint itself is missing, which says nothing about any client.
            404 or 405 or 406 or 410 or 415 or 501 => Of(
                CartoErrorKind.Unsupported,
                $"{host} has no MCP server at this address (HTTP {(int)status}); check apiBaseUrl, or set mcp.url.{said}"
            ),
            408 => Of(CartoErrorKind.Transient, $"{host} gave up waiting for the request (HTTP 408).", mayHaveTakenEffect: true),
            429 => Of(CartoErrorKind.Throttled, "CARTO asked to slow down; all calls of this account wait until it takes requests again."),
            425 => Of(CartoErrorKind.Transient, $"{host} asks to try again (HTTP 425)."),
            < 500 => Of(CartoErrorKind.Rejected, $"{host} refuses the request (HTTP {(int)status}).{said}"),

            // A create is more than one call behind CARTO's API: the limit may have hit the second.
            _ when IsLimit(words) => Of(CartoErrorKind.Throttled, $"CARTO asked to slow down.{said}", mayHaveTakenEffect: true),
            _ => Of(CartoErrorKind.Transient, $"{host} failed (HTTP {(int)status}); it is retried.{said}", mayHaveTakenEffect: true),
        };

        CartoError Of(CartoErrorKind kind, string message, bool mayHaveTakenEffect = false) =>
            new(kind, CartoStage.Api, message, retryAfter, mayHaveTakenEffect);
    }

    /// <summary>An error status from the token endpoint.</summary>
    /// <param name="status">The status.</param>
    /// <param name="host">The responding host.</param>
    /// <param name="code">OAuth error code, if any.</param>
    /// <param name="words">Its message, cleaned.</param>
    /// <param name="retryAfter">The requested wait.</param>
    public static CartoError Token(HttpStatusCode status, string host, string? code, string? words, TimeSpan? retryAfter)
    {
        var said = (Words.Clean(code), words) switch
        {
            (null, null) => "",
            (var only, null) => $" It says: {only}",
            (null, var only) => $" It says: {only}",
            var (both, more) => $" It says: {both}, {more}",
        };
        return ((int)status, code) switch
        {
            (>= 300 and < 400, _) => Of(
                CartoErrorKind.Transient,
                $"{host} redirects the token request elsewhere, which is not followed because it bears credentials; set "
                    + "tokenUrl to the final address."
            ),
            (429, _) => Of(CartoErrorKind.Throttled, "The token endpoint asked to slow down; token requests of this account wait."),
            (>= 500 or 200, _) when IsLimit(words) => Of(
                CartoErrorKind.Throttled,
                $"The token endpoint asked to slow down; token requests of this account wait.{said}"
            ),
            (>= 500, _) => Of(CartoErrorKind.Transient, $"{host} failed to issue a token (HTTP {(int)status}); it is retried."),
            (408 or 425, _) => Of(CartoErrorKind.Transient, $"{host} asks to try again (HTTP {(int)status})."),
            (401, _) or (_, "invalid_client" or "invalid_grant") => Of(
                CartoErrorKind.Unauthorized,
                $"{host} refuses the credentials.{said}"
            ),
            (403, _) or (_, "unauthorized_client" or "access_denied") => Of(
                CartoErrorKind.Forbidden,
                $"{host} knows the credentials, but does not issue a token for this audience with them.{said}"
            ),
            (404 or 405 or 410, _) => Of(
                CartoErrorKind.Unsupported,
                $"{host} has no token endpoint at this address (HTTP {(int)status}); check tokenUrl.{said}"
            ),
            _ => Of(CartoErrorKind.Rejected, $"{host} refuses the token request (HTTP {(int)status}); check tokenUrl and audience.{said}"),
        };

        CartoError Of(CartoErrorKind kind, string message) => new(kind, CartoStage.Token, message, retryAfter);
    }

    // Auth0 reports this with status 500 and the code access_denied: it is neither an outage nor a denial.
    private static bool IsLimit(string? words) =>
        words?.Contains("limit has been reached", StringComparison.OrdinalIgnoreCase) == true
        || words?.Contains("too many requests", StringComparison.OrdinalIgnoreCase) == true;

    private static string Because(HttpRequestException exception) =>
        (exception.InnerException as SocketException)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => ": it refuses connections",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => ": there is no route to it",
            SocketError.TimedOut => ": it does not answer",
            _ => "",
        };
}
