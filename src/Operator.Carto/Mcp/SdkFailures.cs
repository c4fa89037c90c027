using System.Text.Json;
using ModelContextProtocol;
using Operator.Carto.Http;

namespace Operator.Carto.Mcp;

/// <summary>What the MCP SDK throws, in the terms of <see cref="CartoError"/>. What the network did is known already.</summary>
internal static class SdkFailures
{
    /// <summary>Null when it is no failure of a call: cancelled by the caller, or an error of this program.</summary>
    public static CartoException? Translate(Exception exception, string host, CancellationToken cancellationToken) => exception switch
    {
        CartoException known => known,
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        OperationCanceledException or ObjectDisposedException =>
            Failures.AccountClosed(mayHaveTakenEffect: true),

        // From here on without the SDK's exception: its message may hold parts of the answer.
        McpProtocolException { ErrorCode: McpErrorCode.MethodNotFound } => new CartoException(
            new CartoError(CartoErrorKind.Unsupported, CartoStage.Api, $"The MCP server at {host} does not know the method that "
                + $"tools are used with.")),
        McpException { Message: var message } when message.Contains("protocol version", StringComparison.OrdinalIgnoreCase) => new CartoException(
            new CartoError(CartoErrorKind.Unsupported, CartoStage.Api, $"The MCP server at {host} speaks a version of the protocol that the operator "
                + $"does not know; a newer operator may know it. It says: {Words.Clean(message)}")),
        HttpRequestException { StatusCode: { } status } => new CartoException(Failures.Api(status, host, null, null)),
        McpException or JsonException or InvalidOperationException or HttpRequestException or IOException =>
            Transient($"The answer of {host} is not one of an MCP server; check apiBaseUrl, or set mcp.url."),
        _ => null,
    };

    /// <summary>The same failure of a call that cannot change anything.</summary>
    public static CartoException WithoutEffect(CartoException exception) => exception.Error.MayHaveTakenEffect
        ? new CartoException(exception.Error with { MayHaveTakenEffect = false }, exception.InnerException)
        : exception;

    private static CartoException Transient(string message) =>
        new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, message, MayHaveTakenEffect: true));
}
