using System.Net;
using System.Text.Json;
using Operator.Carto.Http;

namespace Operator.Carto.Tokens;

/// <summary>Requests tokens from the token endpoint, without caching.</summary>
internal sealed class TokenEndpoint(CartoApiOptions options, HttpMessageInvoker invoker, AccountGate gate, TimeProvider time)
{
    private string Host => options.TokenUrl.Host;

    /// <summary>The client credentials grant.</summary>
    public Task<TokenGrant> ClientCredentialsAsync(string clientId, Sensitive clientSecret, CancellationToken cancellationToken) =>
        RequestAsync(
            [
                new("grant_type", "client_credentials"),
                new("client_id", clientId),
                new("client_secret", clientSecret.Reveal()),
                new("audience", options.Audience),
            ],
            cancellationToken
        );

    /// <summary>The refresh token grant.</summary>
    public Task<TokenGrant> RefreshTokenAsync(string clientId, Sensitive refreshToken, CancellationToken cancellationToken) =>
        RequestAsync(
            [new("grant_type", "refresh_token"), new("client_id", clientId), new("refresh_token", refreshToken.Reveal())],
            cancellationToken
        );

    private async Task<TokenGrant> RequestAsync(KeyValuePair<string, string>[] form, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new FormUrlEncodedContent(form);
            using var request = new HttpRequestMessage(HttpMethod.Post, options.TokenUrl) { Content = content };
            request.Headers.Accept.Add(new("application/json"));
            using var response = await invoker.SendAsync(request, cancellationToken);
            var grant = await ReadAsync(response, cancellationToken);
            CartoMetrics.Token("ok");
            return grant;
        }
        catch (CartoException exception)
        {
            CartoMetrics.Token(Outcomes.Of(exception));

            // A token that was issued but lost has no relevant effect.
            throw exception.Error.MayHaveTakenEffect
                ? new CartoException(exception.Error with { MayHaveTakenEffect = false }, exception.InnerException)
                : exception;
        }
    }

    private async Task<TokenGrant> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // Errors are JSON too: a code and a message.
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        using var document = Parse(body);
        var answer = document?.RootElement ?? default;
        var token = answer.Text("access_token");

        // Some proxies and gateways return errors with status 200.
        if (response.StatusCode != HttpStatusCode.OK || (token is null && answer.Text("error") is not null))
        {
            var error = Failures.Token(
                response.StatusCode,
                Host,
                answer.Text("error"),
                Words.Clean(answer.Text("error_description") ?? answer.Text("message")),
                RetryAfter.Of(response, time)
            );
            throw new CartoException(
                error.Kind == CartoErrorKind.Throttled && response.StatusCode != HttpStatusCode.TooManyRequests
                    ? error with
                    {
                        RetryAfter = gate.SlowDown(CartoStage.Token, RetryAfter.OfLimit(response, time)),
                    }
                    : error
            );
        }

        if (token is null)
        {
            throw document is null
                ? Failures.WrongContent(
                    CartoStage.Token,
                    Host,
                    body.Length == 0 ? null : response.Content.Headers.ContentType?.MediaType ?? "something"
                )
                : new CartoException(
                    new CartoError(
                        CartoErrorKind.Transient,
                        CartoStage.Token,
                        $"The answer of {Host} holds no access_token; check that tokenUrl is that of an OAuth token endpoint."
                    )
                );
        }

        var lifetime =
            answer.Member("expires_in") is { ValueKind: JsonValueKind.Number } seconds
            && seconds.TryGetDouble(out var value)
            && value is > 0 and < int.MaxValue
                ? TimeSpan.FromSeconds(value)
                : (TimeSpan?)null;
        return new TokenGrant(
            AccessToken.Read(token, time.GetUtcNow() + lifetime),
            lifetime,
            answer.Text("refresh_token") is { } rotated ? new Sensitive(rotated) : null
        );
    }

    private static JsonDocument? Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Response of the token endpoint.</summary>
/// <param name="Token">The access token.</param>
/// <param name="Lifetime">Its lifetime in the response; null if only the token may state its expiry.</param>
/// <param name="RefreshToken">A refresh token that replaces the one used; null if that one stays valid.</param>
internal sealed record TokenGrant(AccessToken Token, TimeSpan? Lifetime, Sensitive? RefreshToken);
