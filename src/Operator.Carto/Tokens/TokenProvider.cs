using Microsoft.Extensions.Logging;
using Operator.Carto.Http;

namespace Operator.Carto.Tokens;

/// <summary>
/// The account's token: cached until shortly before it expires, and renewed once for all callers. A caller that gives up does not cancel
/// the renewal for the others.
/// </summary>
internal sealed partial class TokenProvider(
    CartoCredentials credentials,
    TokenEndpoint endpoint,
    TimeProvider time,
    ILogger<TokenProvider> logger
) : IDisposable
{
    // Tokens are renewed early by a tenth of their lifetime, but at most by this.
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(10);

    // How long to use a token without an expiry.
    private static readonly TimeSpan UnknownLifetime = TimeSpan.FromHours(1);

    // Rejected credentials are not retried at once: the token endpoint counts attempts, and corrected ones create a new account.
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromSeconds(15);

    // Retry interval of a failed renewal while the token still works.
    private static readonly TimeSpan RenewalRests = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan TokenIsNew = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly long _origin = time.GetTimestamp();
    private readonly CancellationTokenSource _stopped = new();
    private readonly AccessToken? _given = credentials is CartoCredentials.AccessToken { Token: var token }
        ? AccessToken.Read(token.Reveal())
        : null;

    private Sensitive? _refreshToken = (credentials as CartoCredentials.RefreshToken)?.Token;
    private bool _refreshTokenRotated;
    private AccessToken? _token;

    // Elapsed time rather than wall clock, which may be set.
    private TimeSpan _obtainedAt;
    private TimeSpan _renewAt;
    private TimeSpan _endsAt;
    private Task<AccessToken>? _renewal;
    private CartoError? _refusal;
    private TimeSpan _refusalEnds;

    /// <summary>Warnings about the credentials although they work.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_lock)
            {
                return _refreshTokenRotated
                    ?
                    [
                        "CARTO replaced the refresh token in use by a new one, which the operator keeps in memory only, because "
                            + "the Secret is not its own: after a restart the one in the Secret may be refused. Turn refresh token "
                            + "rotation off for this application, or use other credentials.",
                    ]
                    : [];
            }
        }
    }

    /// <summary>A token that should work.</summary>
    public Task<AccessToken> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = Now();
            if (_given is not null)
            {
                return _given.ExpiresAt <= time.GetUtcNow() ? throw Expired() : Task.FromResult(_given);
            }

            if (_token is not null && now < _renewAt)
            {
                return Task.FromResult(_token);
            }

            if (_refusal is not null && now < _refusalEnds)
            {
                throw new CartoException(_refusal);
            }

            // Not on this thread: a renewal must not run under the lock.
            _renewal ??= Task.Run(RenewAsync, CancellationToken.None);
            return _renewal.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Replaces a rejected token, with at most one renewal for all callers with the same token.</summary>
    /// <exception cref="CartoException"> <see cref="CartoErrorKind.Unauthorized"/> if there is none, or any failure of a token request.
    /// </exception>
    public Task<AccessToken> ReplaceAsync(AccessToken refused, CancellationToken cancellationToken)
    {
        if (_given is not null)
        {
            throw Refused(_given);
        }

        Discard(refused);
        return GetAsync(cancellationToken);
    }

    /// <summary>
    /// Drops the token after a response body, rather than the transport, reported it as invalid. A new token is kept: its age cannot be the
    /// problem, and requesting more would only use up the quota.
    /// </summary>
    public void Doubt()
    {
        lock (_lock)
        {
            if (Now() - _obtainedAt > TokenIsNew)
            {
                _token = null;
            }
        }
    }

    /// <summary>Forgets that credentials were rejected, so that the next call retries them.</summary>
    public void Reconsider()
    {
        lock (_lock)
        {
            _refusal = null;
        }
    }

    // Cancelled but not disposed: late callers must see a cancelled token rather than another error.
    public void Dispose() => _stopped.Cancel();

    private void Discard(AccessToken token)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_token, token))
            {
                _token = null;
            }
        }
    }

    private async Task<AccessToken> RenewAsync()
    {
        try
        {
            var grant = await RequestAsync(_stopped.Token);
            lock (_lock)
            {
                _renewal = null;
                _refusal = null;
                return Keep(grant);
            }
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                _renewal = null;
            }

            throw Failures.AccountClosed();
        }
        catch (Exception exception)
        {
            var error = (exception as CartoException)?.Error;
            lock (_lock)
            {
                _renewal = null;
                var now = Now();
                if (error is not null && _token is { ExpiresAt: not null } old && now < _endsAt)
                {
                    Log.RenewalFailed(logger, error.Kind, old.ExpiresAt);
                    _renewAt = now + RenewalRests;
                    return old;
                }

                if (error is { Kind: not (CartoErrorKind.Transient or CartoErrorKind.Throttled) })
                {
                    _refusal = error;
                    _refusalEnds = now + RefusalHolds;
                }
            }

            throw;
        }
    }

    private Task<TokenGrant> RequestAsync(CancellationToken cancellationToken) =>
        credentials switch
        {
            CartoCredentials.ClientCredentials pair => endpoint.ClientCredentialsAsync(pair.ClientId, pair.ClientSecret, cancellationToken),
            CartoCredentials.RefreshToken login => endpoint.RefreshTokenAsync(login.ClientId, _refreshToken!, cancellationToken),
            _ => throw new InvalidOperationException("These credentials buy no token."),
        };

    private AccessToken Keep(TokenGrant grant)
    {
        var now = Now();

        // A token that was just issued has not expired, whatever its claim from another clock.
        var lifetime = grant.Lifetime ?? grant.Token.ExpiresAt - time.GetUtcNow() ?? UnknownLifetime;
        lifetime = lifetime > TimeSpan.Zero ? lifetime : UnknownLifetime;
        var margin = lifetime / 10;
        margin = margin > LongestMargin ? LongestMargin : margin;

        // Jitter, so that several operators or accounts of one user do not renew at once.
        _renewAt = now + lifetime - (margin * (1 + (Random.Shared.NextDouble() / 2)));
        _obtainedAt = now;
        _endsAt = now + lifetime;
        _token = grant.Token;
        if (grant.RefreshToken is { } rotated && !rotated.Equals(_refreshToken))
        {
            _refreshToken = rotated;
            _refreshTokenRotated = true;
            Log.RefreshTokenReplaced(logger);
        }

        Log.Obtained(logger, grant.Token.ExpiresAt);
        return grant.Token;
    }

    private TimeSpan Now() => time.GetElapsedTime(_origin);

    private static CartoException Expired() =>
        new(
            new CartoError(
                CartoErrorKind.Unauthorized,
                CartoStage.Token,
                "The access token in the account's Secret has expired; whatever keeps it fresh must write a new one."
            )
        );

    private CartoException Refused(AccessToken given) =>
        given.ExpiresAt <= time.GetUtcNow()
            ? Expired()
            : new CartoException(
                new CartoError(
                    CartoErrorKind.Unauthorized,
                    CartoStage.Api,
                    "CARTO refuses the access token in the account's Secret; write a new one, obtained by a login of the user."
                )
            );

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Obtained an access token that ends at {ExpiresAt}")]
        public static partial void Obtained(ILogger logger, DateTimeOffset? expiresAt);

        [LoggerMessage(2, LogLevel.Warning, "Could not renew the access token ({Kind}); the one in use ends at {ExpiresAt}")]
        public static partial void RenewalFailed(ILogger logger, CartoErrorKind kind, DateTimeOffset? expiresAt);

        [LoggerMessage(3, LogLevel.Warning, "CARTO replaced the refresh token; the new one is kept in memory only")]
        public static partial void RefreshTokenReplaced(ILogger logger);
    }
}
