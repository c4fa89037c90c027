using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Operator.Carto.Http;
using Operator.Carto.Tokens;

namespace Operator.Carto.Mcp;

/// <summary>The account's clients, via the bound tools.</summary>
internal sealed partial class McpClients(
    McpSessions sessions,
    TokenProvider tokens,
    AccountGate gate,
    string? login,
    TimeProvider time,
    ILogger<McpClients> logger
) : ICartoClients
{
    // An older binding is refreshed when a call is refused, since the tools may have changed.
    private static readonly TimeSpan BindingTrusted = TimeSpan.FromMinutes(5);

    // Ids of clients whose CARTO id differs from the client ID.
    private readonly ConcurrentDictionary<string, string> _ownIds = new(StringComparer.Ordinal);

    // Whether a list showed such ids; null before the first list.
    private bool? _hasOwnIds;

    public Task<OAuthClient> CreateAsync(string name, CancellationToken cancellationToken) =>
        MeasureAsync(ClientOperation.Create, async () =>
        {
            var answer = await CallAsync(ClientOperation.Create, call => call.Arguments(name: name), cancellationToken);
            return Note(AnswerReader.ReadCreated(answer));
        });

    public Task<OAuthClientList> ListAsync(CancellationToken cancellationToken) =>
        MeasureAsync(ClientOperation.List, () => ListAllAsync(cancellationToken));

    public Task<OAuthClient?> GetAsync(string clientId, CancellationToken cancellationToken) =>
        MeasureAsync(ClientOperation.Get, () => FindAsync(clientId, cancellationToken));

    public Task RenameAsync(string clientId, string name, CancellationToken cancellationToken) =>
        MeasureAsync(ClientOperation.Rename, () => CallAsync(ClientOperation.Rename, clientId, name, cancellationToken));

    public Task DeleteAsync(string clientId, CancellationToken cancellationToken) => MeasureAsync(ClientOperation.Delete, async () =>
        {
            var answer = await CallAsync(ClientOperation.Delete, clientId, null, cancellationToken);
            _ownIds.TryRemove(clientId, out _);
            return answer;
        });

    private async Task<OAuthClientList> ListAllAsync(CancellationToken cancellationToken)
    {
        var walk = new PageWalk();
        KeyValuePair<string, JsonElement>? next = null;
        do
        {
            Paging? paging = null;
            var answer = await CallAsync(
                ClientOperation.List,
                call =>
                {
                    paging = call.Paging;
                    var arguments = call.Arguments();
                    if (next is var (argument, value))
                    {
                        arguments[argument] = value;
                    }

                    return arguments;
                },
                cancellationToken
            );
            next = Take(walk, answer, paging);
        } while (next is not null);
        _hasOwnIds = walk.Clients.Count == 0 ? _hasOwnIds : walk.Clients.Any(client => client.OwnId is not null);
        return new OAuthClientList([.. walk.Clients.Select(Note)], walk.Gap ?? MissingLogin(walk));
    }

    /// <summary>A list that lacks the client used to log in is not the list of its user's clients.</summary>
    private string? MissingLogin(PageWalk walk) =>
        login is null || walk.Clients.Any(entry => entry.Client.Id == login)
            ? null
            : $"it lacks the client {login}, with which the account logs in";

    private static KeyValuePair<string, JsonElement>? Take(PageWalk walk, ToolAnswer answer, Paging? paging)
    {
        try
        {
            return walk.Take(ListReader.ReadPage(answer), paging);
        }
        catch (CartoException exception) when (walk.Clients.Count > 0)
        {
            return walk.Break($"A later page of the list of clients could not be read: {exception.Error.Message}");
        }
    }

    private async Task<OAuthClient?> FindAsync(string clientId, CancellationToken cancellationToken)
    {
        var session = await sessions.EnterAsync(cancellationToken);
        var canGet = session.Tools.Find(ClientOperation.Get) is not null;
        session.Leave();
        if (!canGet)
        {
            return await FindInListAsync(clientId, cancellationToken);
        }

        try
        {
            var client = Note(AnswerReader.ReadOne(await CallAsync(ClientOperation.Get, clientId, null, cancellationToken)));
            return client.Id == clientId ? client
                : client.Id == _ownIds.GetValueOrDefault(clientId) ? client with { Id = clientId }
                : throw AnswerReader.Unreadable("CARTO answered with another client than the one asked for; the call is retried.");
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.NotFound)
        {
            return null;
        }
    }

    private async Task<OAuthClient?> FindInListAsync(string clientId, CancellationToken cancellationToken)
    {
        var all = await ListAllAsync(cancellationToken);
        return all.Clients.FirstOrDefault(client => client.Id == clientId)
            ?? (
                all.Gap is { } gap
                    ? throw AnswerReader.Unreadable($"The list of clients does not show whether the client exists: {gap}")
                    : null
            );
    }

    private OAuthClient Note(ClientEntry entry)
    {
        if (entry.OwnId is { } ownId)
        {
            _ownIds[entry.Client.Id] = ownId;
        }

        return entry.Client;
    }

    /// <summary>
    /// Makes a call about one client. If CARTO does not find it, the id may be the wrong one of two: looks up the right one in the list if
    /// possible, and retries with that.
    /// </summary>
    private async Task<ToolAnswer> CallAsync(ClientOperation operation, string clientId, string? name, CancellationToken cancellationToken)
    {
        var mayHaveOther = false;
        try
        {
            return await CallOnceAsync();
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.NotFound && mayHaveOther)
        {
            await ListAllAsync(cancellationToken);
            if (!_ownIds.ContainsKey(clientId))
            {
                throw;
            }
        }

        return await CallOnceAsync();

        Task<ToolAnswer> CallOnceAsync() =>
            CallAsync(
                operation,
                call =>
                {
                    var ownId = call.TakesOwnId ? _ownIds.GetValueOrDefault(clientId) : null;
                    mayHaveOther = call.TakesOwnId && ownId is null && _hasOwnIds != false;
                    return call.Arguments(ownId ?? clientId, name);
                },
                cancellationToken
            );
    }

    /// <summary>
    /// Makes one tool call, which is one request. If the session had ended, nothing was done, so it is repeated in a new one.
    /// </summary>
    private async Task<ToolAnswer> CallAsync(
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

    private async Task<ToolAnswer> CallAsync(
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
            var answer = new ToolAnswer(
                result.IsError == true,
                [.. (result.Content ?? []).OfType<TextContentBlock>().Select(block => block.Text)],
                result.StructuredContent
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
        switch (exception.Error.Kind)
        {
            case CartoErrorKind.Rejected or CartoErrorKind.Unsupported when time.GetUtcNow() - session.OpenedAt > BindingTrusted:
                sessions.Drop(session);
                break;
            case CartoErrorKind.Throttled when exception.Error.RetryAfter is not { Ticks: > 0 }:
                // Throttled in a tool response, or without a usable time: the gate determines the pause.
                return new CartoException(exception.Error with { RetryAfter = gate.SlowDown(CartoStage.Api, null) });
            case CartoErrorKind.Unauthorized:
                tokens.Doubt();
                break;
        }

        return exception;
    }

    private async Task<T> MeasureAsync<T>(ClientOperation operation, Func<Task<T>> call)
    {
        var start = time.GetTimestamp();
        var outcome = Outcomes.Ok;
        using var activity = CartoTraces.Operation(operation.Word());
        try
        {
            return await call();
        }
        catch (CartoException exception)
        {
            outcome = Outcomes.Of(exception);
            throw operation.Changes() ? exception : SdkFailures.WithoutEffect(exception);
        }
        catch (Exception exception)
        {
            outcome = Outcomes.Of(exception);
            throw;
        }
        finally
        {
            var duration = time.GetElapsedTime(start);
            CartoTraces.End(activity, outcome);
            CartoMetrics.Call(operation.Word(), outcome, duration);
            Log.Called(logger, operation, outcome, duration.TotalMilliseconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Debug, "{Operation}: {Outcome} after {Milliseconds} ms")]
        public static partial void Called(ILogger logger, ClientOperation operation, string outcome, double milliseconds);
    }
}
