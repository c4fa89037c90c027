using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Carto.Emulator;

/// <summary>Issues and checks access tokens: JWTs, signed with RS256.</summary>
internal sealed class TokenIssuer : IDisposable
{
    /// <summary>The claim for the account id.</summary>
    public const string AccountClaim = "http://app.carto.com/account_id";

    /// <summary>The <c>scope</c> of a response. Known to exist; these values are examples and are not read here.</summary>
    public const string Scope = "read:current_user read:connections write:connections read:maps write:maps";

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };
    private readonly RSA _rsa = RSA.Create();
    private readonly RsaSecurityKey _key;
    private readonly SigningCredentials _credentials;
    private readonly string _audience;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<string, Issued> _issued = new(StringComparer.Ordinal);

    public TokenIssuer(EmulatorKeys keys, string audience, TimeProvider timeProvider)
    {
        _rsa.ImportFromPem(keys.SigningKey);
        _key = new RsaSecurityKey(_rsa)
        {
            KeyId = Base64UrlEncoder.Encode(SHA256.HashData(_rsa.ExportSubjectPublicKeyInfo())),

            // Without its own factory, signers of a disposed key would stay in the process-wide cache.
            CryptoProviderFactory = new CryptoProviderFactory(),
        };
        _credentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256) { CryptoProviderFactory = _key.CryptoProviderFactory };
        _audience = audience;
        _timeProvider = timeProvider;
    }

    /// <summary>The <c>iss</c> of tokens, with a trailing slash as in Auth0. Only known once the server listens.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Every token issued since the start.</summary>
    public ICollection<string> EverIssued => _issued.Keys;

    /// <summary>The public key in the key set: modulus and exponent.</summary>
    public (string KeyId, string Modulus, string Exponent) PublicKey
    {
        get
        {
            var parameters = _rsa.ExportParameters(includePrivateParameters: false);
            return (_key.KeyId, Base64UrlEncoder.Encode(parameters.Modulus), Base64UrlEncoder.Encode(parameters.Exponent));
        }
    }

    /// <summary>Issues a token for a user or, with a <paramref name="clientId"/>, for that client acting as the user.</summary>
    public string Issue(EmulatorUser user, string? clientId, EmulatorVariants variants)
    {
        var now = _timeProvider.GetUtcNow();
        var isClient = clientId is not null && variants.M2MTokenSubject == M2MTokenSubject.Client;
        Dictionary<string, object> claims = new()
        {
            [JwtRegisteredClaimNames.Sub] = isClient ? $"{clientId}@clients" : user.UserId,
            [JwtRegisteredClaimNames.Jti] = RandomNumberGenerator.GetHexString(16, lowercase: true),
            [AccountClaim] = user.AccountId,
            ["azp"] = clientId ?? EmulatorUser.PublicClientId,
            ["scope"] = Scope,
            ["permissions"] = Permissions(user.Role),
        };
        if (clientId is not null)
        {
            claims["gty"] = "client-credentials";
        }

        var token = _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = Issuer,
                Audience = _audience,
                IssuedAt = (now + variants.TokenClockOffset).UtcDateTime,
                Expires = (now + variants.TokenClockOffset + variants.TokenLifetime).UtcDateTime,
                Claims = claims,
                SigningCredentials = _credentials,
            }
        );
        _issued[token] = new Issued(variants.TokenClockOffset);
        return token;
    }

    /// <summary>Invalidates all tokens issued so far.</summary>
    public void EndAll()
    {
        foreach (var token in _issued.Values)
        {
            token.IsEnded = true;
        }
    }

    /// <summary>A token's claims if signature, issuer, audience and time are valid; otherwise null.</summary>
    public async Task<AccessToken?> ReadAsync(string token)
    {
        // Check a token's signature only once: it costs as much as the rest of a call.
        var issued = _issued.GetValueOrDefault(token);
        if (issued is { IsEnded: true })
        {
            return null;
        }

        if (issued?.Checked is { } known)
        {
            return known.Expires > _timeProvider.GetUtcNow() ? known : null;
        }

        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = Issuer,
                ValidAudience = _audience,
                IssuerSigningKey = _key,
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
                LifetimeValidator = (_, expires, _, _) =>
                    expires - (issued?.ClockOffset ?? TimeSpan.Zero) > _timeProvider.GetUtcNow().UtcDateTime,
            }
        );
        if (!result.IsValid)
        {
            return null;
        }

        var claims = result.ClaimsIdentity;
        var isM2M = Find(claims, "gty") == "client-credentials";
        var read = new AccessToken(
            Find(claims, JwtRegisteredClaimNames.Sub)!,
            Find(claims, AccountClaim)!,
            isM2M ? Find(claims, "azp") : null,
            result.SecurityToken.ValidTo - (issued?.ClockOffset ?? TimeSpan.Zero)
        );
        issued?.Checked = read;
        return read;
    }

    public void Dispose() => _rsa.Dispose();

    private static string? Find(ClaimsIdentity claims, string type) => claims.FindFirst(type)?.Value;

    private static string[] Permissions(UserRole role) =>
        role == UserRole.Viewer ? ["read:maps"] : ["read:maps", "write:maps", "read:oauth_clients", "write:oauth_clients"];

    private sealed class Issued(TimeSpan clockOffset)
    {
        private volatile bool _isEnded;
        private volatile AccessToken? _checked;

        /// <summary>How far the clock for its times is ahead of this one.</summary>
        public TimeSpan ClockOffset => clockOffset;

        public bool IsEnded
        {
            get => _isEnded;
            set => _isEnded = value;
        }

        public AccessToken? Checked
        {
            get => _checked;
            set => _checked = value;
        }
    }
}

/// <summary>Claims of an access token.</summary>
/// <param name="Subject">Its <c>sub</c>.</param>
/// <param name="AccountId">The account.</param>
/// <param name="ClientId">The M2M client it was issued to; null for a user's token.</param>
/// <param name="Expires">When it expires.</param>
internal sealed record AccessToken(string Subject, string AccountId, string? ClientId, DateTimeOffset Expires);
