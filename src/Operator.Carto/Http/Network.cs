namespace Operator.Carto.Http;

/// <summary>The connections of one account.</summary>
internal static class Network
{
    // Well below the limit of a call, so that a host that swallows connections is known not to have been sent anything.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // Connections end before long, so that a change of DNS is noticed.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    public static SocketsHttpHandler Create(BundleTrust trust) => new()
    {
        // A redirect would carry a token or credentials to a host that nobody named.
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionLifetime = ConnectionLifetime,
        SslOptions = { RemoteCertificateValidationCallback = trust.Validate },
    };
}
