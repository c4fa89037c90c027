using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Operator.Carto.Clients;
using Operator.Carto.Http;

namespace Operator.Carto.Mcp;

/// <summary>CARTO's MCP server: each operation is a call of the tool that it is bound to.</summary>
internal sealed class McpInterface(CartoApiOptions options, McpSessions sessions, FailureEffects effects, TimeProvider time)
    : IClientInterface
{
    // An older binding is refreshed when a call is refused, since the tools may have changed.
    private static readonly TimeSpan BindingTrusted = TimeSpan.FromMinutes(5);

    private readonly AnswerNames _names = new(options.Answers);

    public bool AnswersOnConnect => true;

    public async Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken)
    {
        var session = await sessions.OpenAsync(cancellationToken);
        session.Tools.RequireNeeded();
        return new CartoApiInfo(
            session.Token.UserId,
            session.Token.AccountId,
            "MCP",
            session.ServerName,
            session.Tools.Describe(),
            session.Tools.Find(ClientOperation.Rename) is not null,
            session.Token.ExpiresAt,
            session.Tools.Warnings()
        )
        {
            Address = session.Endpoint.AbsoluteUri,
            MaxNameLength = session.Tools.Require(ClientOperation.Create).MaxNameLength,
        };
    }

    public async Task<bool> OffersAsync(ClientOperation operation, CancellationToken cancellationToken)
    {
        var session = await sessions.EnterAsync(cancellationToken);
        session.Leave();
        return session.Tools.Find(operation) is not null;
    }

    /// <summary>
    /// Makes one tool call, which is one request. If the session had ended, nothing was done, so it is repeated in a new one.
    /// </summary>
    public async Task<ClientAnswer> CallAsync(
        ClientOperation operation,
        Func<BoundCall, Dictionary<string, JsonElement>> arguments,
        CancellationToken cancellationToken
    )
    {
        for (var isRepeat = false; ; isRepeat = true)
        {
            var session = await sessions.EnterAsync(cancellationToken);
            try
            {
                return await CallAsync(session, operation, arguments, cancellationToken);
            }
            catch (SessionEndedException exception)
            {
                sessions.Drop(session);
                if (isRepeat)
                {
                    throw new CartoException(
                        new CartoError(
                            CartoErrorKind.Transient,
                            CartoStage.Api,
                            "The MCP server ends its sessions at once; the call is retried."
                        ),
                        exception
                    );
                }
            }
            finally
            {
                session.Leave();
            }
        }
    }

    private async Task<ClientAnswer> CallAsync(
        McpSession session,
        ClientOperation operation,
        Func<BoundCall, Dictionary<string, JsonElement>> arguments,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var call = session.Tools.Require(operation);
            var result = await session.Client.CallToolAsync(
                new CallToolRequestParams { Name = call.Tool, Arguments = arguments(call) },
                cancellationToken
            );
            var answer = new ClientAnswer(
                result.IsError == true,
                [.. (result.Content ?? []).OfType<TextContentBlock>().Select(block => block.Text)],
                result.StructuredContent,
                _names
            );
            Refusals.RequireSuccess(answer, operation);
            return answer;
        }
        catch (McpProtocolException exception) when (exception.ErrorCode != McpErrorCode.MethodNotFound)
        {
            var error = Refusals.ReadProtocolError((int)exception.ErrorCode, exception.Message, operation);
            throw Learn(session, new CartoException(error));
        }
        catch (Exception exception) when (SdkFailures.Translate(exception, session.Endpoint.Host, cancellationToken) is { } known)
        {
            throw Learn(session, known);
        }
    }

    /// <summary>Handles effects of a failure beyond the one call.</summary>
    private CartoException Learn(McpSession session, CartoException exception)
    {
        if (
            exception.Error.Kind is CartoErrorKind.Rejected or CartoErrorKind.Unsupported
            && time.GetUtcNow() - session.OpenedAt > BindingTrusted
        )
        {
            sessions.Drop(session);
        }

        return effects.Apply(exception);
    }

    public void Dispose() => sessions.Dispose();
}
