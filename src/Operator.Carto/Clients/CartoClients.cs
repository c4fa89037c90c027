using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Operator.Carto.Http;

namespace Operator.Carto.Clients;

/// <summary>The account's clients, through one of CARTO's interfaces.</summary>
/// <param name="carto">The interface.</param>
/// <param name="login">The client with which the account logs in; null if it logs in otherwise.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Log.</param>
internal sealed partial class CartoClients(IClientInterface carto, string? login, TimeProvider time, ILogger<CartoClients> logger)
    : ICartoClients
{
    // Ids of clients whose CARTO id differs from the client ID.
    private readonly ConcurrentDictionary<string, string> _ownIds = new(StringComparer.Ordinal);

    // Whether a list showed the client that logs in.
    private volatile bool _sawLogin;

    // Whether a list showed such ids; null before the first list.
    private bool? _hasOwnIds;

    public Task<OAuthClient> CreateAsync(string name, CancellationToken cancellationToken) =>
        MeasureAsync(ClientOperation.Create, async () =>
        {
            if (login is not null && !_sawLogin)
            {
                await RequireLoginAsync(cancellationToken);
            }

            var answer = await carto.CallAsync(ClientOperation.Create, call => call.Arguments(name: name), cancellationToken);
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

    /// <summary>
    /// Reads the list until it shows the client that logs in. Without it the token does not see its owner's clients: whatever is created
    /// could never be found again. A list that cannot be read now proves nothing, and is read before the first creation.
    /// </summary>
    /// <exception cref="CartoException"><see cref="CartoErrorKind.OwnClientNotListed"/>, or the account cannot list clients.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (login is null && carto.AnswersOnConnect)
        {
            return;
        }

        try
        {
            await MeasureAsync(ClientOperation.List, () => FindLoginAsync(cancellationToken));
        }
        catch (CartoException exception)
            when (carto.AnswersOnConnect && exception.Error.Kind is CartoErrorKind.Transient or CartoErrorKind.Throttled)
        {
            // The account answered, and everything but a creation can do without this proof.
        }
    }

    private async Task<OAuthClientList> FindLoginAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ListAllAsync(cancellationToken, until: entry => login is null || IsLogin(entry));
        }
        catch (CartoException exception)
            when (login is not null
                && exception.Error is { Stage: CartoStage.Api, Kind: CartoErrorKind.Rejected or CartoErrorKind.NotFound }
            )
        {
            throw OwnClientNotListed(
                $"cannot be read with the client {login}, with which the account logs in. {Sentence(exception.Message)}"
            );
        }
    }

    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="until">The client after whose page no more is read; null for all pages.</param>
    private async Task<OAuthClientList> ListAllAsync(CancellationToken cancellationToken, Func<ClientEntry, bool>? until = null)
    {
        var walk = new PageWalk();
        KeyValuePair<string, JsonElement>? next = null;
        do
        {
            Paging? paging = null;
            var answer = await carto.CallAsync(
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
        } while (next is not null && !(until is not null && walk.Clients.Any(until)));

        _hasOwnIds = walk.Clients.Count == 0 ? _hasOwnIds : walk.Clients.Any(client => client.OwnId is not null);
        _sawLogin |= walk.Clients.Any(IsLogin);
        return login is null || walk.Gap is not null || walk.Clients.Any(IsLogin)
            ? new OAuthClientList([.. walk.Clients.Select(Note)], walk.Gap)
            : throw OwnClientNotListed($"lacks the client {login}, with which the account logs in.");
    }

    /// <exception cref="CartoException">The list does not show the client that logs in. Nothing was changed.</exception>
    private async Task RequireLoginAsync(CancellationToken cancellationToken)
    {
        try
        {
            var list = await FindLoginAsync(cancellationToken);
            if (!_sawLogin)
            {
                throw AnswerReader.Unreadable($"The list of clients does not show whether the account sees its clients: {list.Gap}");
            }
        }
        catch (CartoException exception)
        {
            throw Failures.WithoutEffect(exception);
        }
    }

    private bool IsLogin(ClientEntry entry) => entry.Client.Id == login;

    // Some messages end with CARTO's own words.
    private static string Sentence(string message) => message is [.., '.' or '!' or '?'] ? message : $"{message}.";

    private static CartoException OwnClientNotListed(string what) =>
        new(
            new CartoError(
                CartoErrorKind.OwnClientNotListed,
                CartoStage.Api,
                $"CARTO's list of clients {what} So this login does not see the clients of its owner, and a client created with it could "
                    + "never be found again."
            )
        );

    private static KeyValuePair<string, JsonElement>? Take(PageWalk walk, ClientAnswer answer, Paging? paging)
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
        if (!await carto.OffersAsync(ClientOperation.Get, cancellationToken))
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
    private async Task<ClientAnswer> CallAsync(
        ClientOperation operation,
        string clientId,
        string? name,
        CancellationToken cancellationToken
    )
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

        Task<ClientAnswer> CallOnceAsync() =>
            carto.CallAsync(
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
            throw operation.Changes() ? exception : Failures.WithoutEffect(exception);
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
