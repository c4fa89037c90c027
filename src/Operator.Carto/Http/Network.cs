namespace Operator.Carto.Http;

/// <summary>The connections of one account.</summary>
internal static class Network
{
    // Well below the call timeout, so that for an unresponsive host it is known that nothing was sent.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // Short, so that DNS changes are picked up.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    public static SocketsHttpHandler Create(BundleTrust trust) =>
        new()
        {
            // A redirect could send a token or credentials to an unconfigured host.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            SslOptions = { RemoteCertificateValidationCallback = trust.Validate },
        };
}
