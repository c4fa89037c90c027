namespace Carto.Emulator;

/// <summary>A caller with a valid token.</summary>
internal sealed record Caller(EmulatorUser User, TokenKind Token)
{
    /// <summary>Whether CARTO allows this user to have M2M clients.</summary>
    public bool MayHaveClients => User is { Role: not UserRole.Viewer, Plan: AccountPlan.EnterpriseLarge };
}

/// <summary>Identifies the caller.</summary>
internal sealed class CallerReader(CartoState state, TokenIssuer issuer, VariantsHolder variants)
{
    /// <summary>The user for whom a token is requested, whether or not it is issued; null if unknown.</summary>
    public async Task<string?> ReadOwnerAsync(HttpRequest tokenRequest)
    {
        var asked = await TokenRequest.ReadAsync(tokenRequest, tokenRequest.HttpContext.RequestAborted);
        return asked?.GetValueOrDefault("refresh_token") is { } token ? state.FindToken(token, TokenKind.Refresh)?.UserId
            : asked?.GetValueOrDefault("client_id") is { } clientId ? state.FindClient(clientId)?.UserId
            : null;
    }

    /// <summary>The caller; null if the token is missing or invalid.</summary>
    public async Task<Caller?> ReadAsync(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var value = header["Bearer ".Length..].Trim();
        if (state.FindToken(value, TokenKind.ApiAccess) is { } granted)
        {
            return state.FindUser(granted.UserId) is { } owner ? new Caller(owner, TokenKind.ApiAccess) : null;
        }

        if (await issuer.ReadAsync(value) is not { } token)
        {
            return null;
        }

        if (token.ClientId is null)
        {
            return state.FindUser(token.Subject) is { } user ? new Caller(user, TokenKind.Access) : null;
        }

        var client = state.FindClient(token.ClientId);
        return client is null || (variants.Current.TokensDieWithClient && !client.IsLive)
            ? null
            : new Caller(state.FindUser(client.UserId)!, TokenKind.M2M);
    }
}
