using System.Buffers.Text;
using System.Text.Json;

namespace Operator.Carto.Tokens;

/// <summary>An access token and its claims.</summary>
/// <param name="Value">The token.</param>
/// <param name="UserId">Its subject; null if none.</param>
/// <param name="AccountId">CARTO's account id; null if none.</param>
/// <param name="ExpiresAt">When it expires; null if neither it nor the token response states that.</param>
public sealed record AccessToken(Sensitive Value, string? UserId, string? AccountId, DateTimeOffset? ExpiresAt)
{
    private const string AccountIdClaim = "http://app.carto.com/account_id";

    /// <summary>
    /// Reads the claims of a token. Does not verify its signature, because the operator is its bearer, not its audience: a forged claim
    /// could at most send the token, over TLS, to another path of the same host. A token that is not a JWT has no claims.
    /// </summary>
    /// <param name="token">The token.</param>
    /// <param name="expiresAt"> When it expires, computed from the lifetime in the response; null if none. Takes precedence over the
    /// token's own claim, which is from another clock.
    /// </param>
    internal static AccessToken Read(string token, DateTimeOffset? expiresAt = null)
    {
        var value = new Sensitive(token);
        if (token.Split('.') is not [_, var payload, _])
        {
            return new AccessToken(value, null, null, expiresAt);
        }

        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            var claims = document.RootElement;
            return new AccessToken(value, claims.Text("sub"), claims.Text(AccountIdClaim), expiresAt ?? Expiry(claims));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return new AccessToken(value, null, null, expiresAt);
        }
    }

    private static DateTimeOffset? Expiry(JsonElement claims)
    {
        // Ignore an expiry beyond the range of dates.
        const double lastSecond = 253402300799;
        return
            claims.ValueKind == JsonValueKind.Object
            && claims.TryGetProperty("exp", out var exp)
            && exp.ValueKind == JsonValueKind.Number
            && exp.TryGetDouble(out var seconds)
            && seconds is >= 0 and <= lastSecond
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
    }
}
