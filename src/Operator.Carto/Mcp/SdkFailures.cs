using System.Text.Json;
using ModelContextProtocol;
using Operator.Carto.Http;

namespace Operator.Carto.Mcp;

/// <summary>Translates exceptions of the MCP SDK to <see cref="CartoError"/>. Network failures are already classified.</summary>
internal static class SdkFailures
{
    /// <summary>Null if it is not a failed call: cancelled by the caller, or a bug in this program.</summary>
    public static CartoException? Translate(Exception exception, string host, CancellationToken cancellationToken) =>
        exception switch
        {
            CartoException known => known,
            OperationCanceledException when cancellationToken.IsCancellationRequested => null,
            OperationCanceledException or ObjectDisposedException => Failures.AccountClosed(mayHaveTakenEffect: true),

            // From here on, drop the SDK's exception: its message may contain parts of the response.
            McpProtocolException { ErrorCode: McpErrorCode.MethodNotFound } => new CartoException(
                new CartoError(
                    CartoErrorKind.Unsupported,
                    CartoStage.Api,
                    $"The MCP server at {host} does not know the method that tools are used with."
                )
            ),
            McpException { Message: var message } when message.Contains("protocol version", StringComparison.OrdinalIgnoreCase) =>
                new CartoException(
                    new CartoError(
                        CartoErrorKind.Unsupported,
                        CartoStage.Api,
                        $"The MCP server at {host} speaks a version of the protocol that the operator "
                            + $"does not know; a newer operator may know it. It says: {Words.Clean(message)}"
                    )
                ),
            HttpRequestException { StatusCode: { } status } => new CartoException(Failures.Api(status, host, null, null)),
            McpException or JsonException or InvalidOperationException or HttpRequestException or IOException => Transient(
                $"The answer of {host} is not one of an MCP server; check apiBaseUrl, or set mcp.url."
            ),
            _ => null,
        };

    private static CartoException Transient(string message) =>
        new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, message, MayHaveTakenEffect: true));
}
