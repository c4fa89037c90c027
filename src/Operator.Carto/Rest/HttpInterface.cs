using System.Text.Json;
using Operator.Carto.Clients;
using Operator.Carto.Http;
using Operator.Carto.Tokens;

namespace Operator.Carto.Rest;

/// <summary>CARTO's HTTP API: each operation is the request that a person describes.</summary>
internal sealed class HttpInterface(
    CartoApiOptions options,
    HttpApiOptions api,
    HttpClient http,
    TokenProvider tokens,
    FailureEffects effects,
    TimeProvider time
) : IClientInterface
{
    private readonly AnswerNames _names = new(options.Answers);
    private readonly Dictionary<ClientOperation, BoundCall> _calls = Enum.GetValues<ClientOperation>()
        .Where(operation => api.Of(operation) is not null)
        .ToDictionary(operation => operation, operation => HttpRequests.Bind(api, operation, api.Of(operation)!));

    public bool AnswersOnConnect => false;

    public async Task<CartoApiInfo> ConnectAsync(CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken);
        return new CartoApiInfo(
            token.UserId,
            token.AccountId,
            "HTTP",
            Server: null,
            [.. _calls.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key.Word()}: {pair.Value}")],
            _calls.ContainsKey(ClientOperation.Rename),
            token.ExpiresAt,
            _calls.ContainsKey(ClientOperation.Rename) ? [] : ["Clients cannot be renamed: spec.http.operations.rename is not set."]
        )
        {
            Address = api.BaseUrl.AbsoluteUri,
        };
    }

    public Task<bool> OffersAsync(ClientOperation operation, CancellationToken cancellationToken) =>
        Task.FromResult(_calls.ContainsKey(operation));

    public async Task<ClientAnswer> CallAsync(
        ClientOperation operation,
        Func<BoundCall, Dictionary<string, JsonElement>> arguments,
        CancellationToken cancellationToken
    )
    {
        if (!_calls.TryGetValue(operation, out var call))
        {
            throw new CartoException(
                new CartoError(CartoErrorKind.Unsupported, CartoStage.Api, $"spec.http.operations.{operation.Word()} is not set.")
            );
        }

        try
        {
            using var request = HttpRequests.Make(api, api.Of(operation)!, arguments(call));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await ReadAsync(response, operation, cancellationToken);
        }
        catch (CartoException exception)
        {
            throw effects.Apply(exception);
        }
        catch (Exception exception)
            when (exception is ObjectDisposedException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw Failures.AccountClosed(mayHaveTakenEffect: true);
        }
    }

    public void Dispose() { }

    private async Task<ClientAnswer> ReadAsync(HttpResponseMessage response, ClientOperation operation, CancellationToken cancellationToken)
    {
        var host = api.BaseUrl.Host;
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var isJson =
            mediaType is not null
            && (
                mediaType.EndsWith("/json", StringComparison.OrdinalIgnoreCase)
                || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            );
        if (!response.IsSuccessStatusCode)
        {
            var text = isJson ? await response.Content.ReadAsStringAsync(cancellationToken) : "";
            throw new CartoException(
                Refusals.OfStatus((int)response.StatusCode, host, text, operation) with
                {
                    RetryAfter = RetryAfter.Of(response, time),
                }
            );
        }

        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (body.Length > 0 && !isJson)
        {
            throw Failures.WrongContent(CartoStage.Api, host, mediaType);
        }

        var answer = new ClientAnswer(false, body.Length == 0 ? [] : [body], names: _names);
        Refusals.RequireSuccess(answer, operation);
        return answer;
    }
}
