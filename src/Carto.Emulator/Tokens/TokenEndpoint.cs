using System.Text.Json.Nodes;

namespace Carto.Emulator;

/// <summary><c>POST /oauth/token</c>, with the responses of Auth0, the service behind CARTO's.</summary>
internal sealed class TokenEndpoint(CartoState state, TokenIssuer issuer, VariantsHolder variants, string audience)
{
    public const string Path = "/oauth/token";

    public async Task InvokeAsync(HttpContext context)
    {
        var call = CallScope.Of(context);
        TokenAnswer answer;
        try
        {
            answer = Grant(
                await TokenRequest.ReadAsync(context.Request, context.RequestAborted)
                    ?? throw new TokenRefusal(400, "invalid_request", "The body is not a JSON object"),
                isInHeader: context.Request.Headers.Authorization.Count > 0,
                call
            );
        }
        catch (TokenRefusal refusal)
        {
            call.Outcome = refusal.Error;
            context.Response.StatusCode = refusal.Status;
            await Answers.WriteAsync(context, new JsonObject { ["error"] = refusal.Error, ["error_description"] = refusal.Message });
            return;
        }

        call.TookEffect = true;
        context.Response.Headers.CacheControl = "no-store";
        JsonObject body = new()
        {
            ["access_token"] = answer.AccessToken,
            ["scope"] = TokenIssuer.Scope,
            ["expires_in"] = (long)variants.Current.TokenLifetime.TotalSeconds,
            ["token_type"] = "Bearer",
        };
        if (answer.RefreshToken is not null)
        {
            body["refresh_token"] = answer.RefreshToken;
        }

        await Answers.WriteAsync(context, body);
    }

    private TokenAnswer Grant(IReadOnlyDictionary<string, string> request, bool isInHeader, CallScope call)
    {
        var grant = Required(request, "grant_type");
        call.Subject = request.GetValueOrDefault("client_id");
        return grant switch
        {
            "client_credentials" => ClientCredentials(request, isInHeader, call),
            "refresh_token" => RefreshToken(request, call),
            _ => throw new TokenRefusal(variants.Current.GrantErrorStatus, "unsupported_grant_type", $"Unsupported grant type: {grant}"),
        };
    }

    private TokenAnswer ClientCredentials(IReadOnlyDictionary<string, string> request, bool isInHeader, CallScope call)
    {
        var clientId = Required(request, "client_id");
        if (
            (isInHeader && !variants.Current.BasicAuthentication)
            || state.Authenticate(clientId, Required(request, "client_secret")) is not { } client
        )
        {
            throw new TokenRefusal(401, "access_denied", "Unauthorized");
        }

        var asked = Required(request, "audience");
        if (asked != audience)
        {
            throw new TokenRefusal(403, "access_denied", $"Service not enabled within domain: {asked}");
        }

        call.UserId = client.UserId;
        if (state.AwaitsGrant(client, variants.Current))
        {
            throw new TokenRefusal(
                403,
                "access_denied",
                $"Client is not authorized to access \"{asked}\". You need to create a \"client-grant\" associated to this API."
            );
        }

        var token = issuer.Issue(state.FindUser(client.UserId)!, clientId, variants.Current);
        state.NoteToken(clientId);
        return new TokenAnswer(token, null);
    }

    private TokenAnswer RefreshToken(IReadOnlyDictionary<string, string> request, CallScope call)
    {
        var clientId = Required(request, "client_id");
        var granted = state.FindToken(Required(request, "refresh_token"), TokenKind.Refresh);
        var current = variants.Current;
        if (granted is null || clientId != EmulatorUser.PublicClientId || (current.RotateRefreshTokens && !state.EndToken(granted)))
        {
            throw new TokenRefusal(current.GrantErrorStatus, "invalid_grant", "Unknown or invalid refresh token.");
        }

        call.UserId = granted.UserId;
        return new TokenAnswer(
            issuer.Issue(state.FindUser(granted.UserId)!, clientId: null, current),
            current.RotateRefreshTokens ? state.Grant(granted.UserId, TokenKind.Refresh) : null
        );
    }

    private string Required(IReadOnlyDictionary<string, string> request, string name) =>
        request.TryGetValue(name, out var value) && value.Length > 0
            ? value
            : throw new TokenRefusal(variants.Current.GrantErrorStatus, "invalid_request", $"Missing required parameter: {name}");

    private sealed record TokenAnswer(string AccessToken, string? RefreshToken);

    private sealed class TokenRefusal(int status, string error, string description) : Exception(description)
    {
        public int Status => status;

        public string Error => error;
    }
}
