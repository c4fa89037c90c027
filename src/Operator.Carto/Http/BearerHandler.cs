using System.Net;
using Operator.Carto.Tokens;

namespace Operator.Carto.Http;

/// <summary>Adds the account's token to a request, and renews it once if it is rejected.</summary>
internal sealed class BearerHandler(TokenProvider tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken);
        var response = await SendAsync(request, token, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            // The request was refused before any effect, so it is safe to resend.
            response.Dispose();
            response = await SendAsync(request, await tokens.ReplaceAsync(token, cancellationToken), cancellationToken);
        }

        return response;
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, AccessToken token, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new("Bearer", token.Value.Reveal());
        return base.SendAsync(request, cancellationToken);
    }
}
