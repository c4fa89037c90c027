using System.Buffers.Text;
using System.Text.Json;

namespace Operator.Carto.Tokens;

/// <summary>An access token and what it says of itself.</summary>
/// <param name="Value">The token.</param>
/// <param name="UserId">Its subject; null when it does not say.</param>
/// <param name="AccountId">CARTO's account id; null when it does not say.</param>
/// <param name="ExpiresAt">When it ends; null when neither it nor the answer that brought it says.</param>
public sealed record AccessToken(Sensitive Value, string? UserId, string? AccountId, DateTimeOffset? ExpiresAt)
{
    private const string AccountIdClaim = "http://app.carto.com/account_id";

    /// <summary>
    /// Reads the claims of a token. Its signature is not verified, because the operator is its bearer, not the one who must be convinced
    /// by it: a forged claim would at most send the token, over TLS, to another path of the same host. A token that is no JWT has no
    /// claims.
    /// </summary>
    /// <param name="token">The token.</param>
    /// <param name="expiresAt">
    /// When it ends, reckoned from what the answer says of its life; null when it does not say. It counts before the token's own claim, which
    /// is of another clock than ours.
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
            return new AccessToken(
                value,
                claims.Text("sub"),
                claims.Text(AccountIdClaim),
                expiresAt ?? Expiry(claims));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return new AccessToken(value, null, null, expiresAt);
        }
    }

    private static DateTimeOffset? Expiry(JsonElement claims)
    {
        // Beyond what a date can hold, it does not say when it ends.
        const double lastSecond = 253402300799;
        return claims.ValueKind == JsonValueKind.Object
            && claims.TryGetProperty("exp", out var exp)
            && exp.ValueKind == JsonValueKind.Number
            && exp.TryGetDouble(out var seconds)
            && seconds is >= 0 and <= lastSecond
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
                : null;
    }
}
