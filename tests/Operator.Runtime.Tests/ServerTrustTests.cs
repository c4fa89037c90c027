using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;

namespace Operator.Runtime.Tests;

/// <summary>
/// Which servers get the bearer token: those that the cluster's authority certifies under the name that was called, and no others.
/// </summary>
public sealed class ServerTrustTests : IDisposable
{
    private readonly TestAuthority _authority = new("kubernetes");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "localhost")]
    [InlineData("[::1]", "::1")]
    public async Task Call_CertificateOfTheAuthorityForTheName_IsAnswered(string host, string name)
    {
        using var certificate = _authority.Issue(["api.example.com", name]);

        Assert.Equal("v1.2.3", await CallAsync(certificate, host));
    }

    [Theory]
    [InlineData("127.0.0.1", "api.example.com", "its certificate is for api.example.com, and not for 127.0.0.1;")]
    [InlineData("localhost", "127.0.0.1", "its certificate is for 127.0.0.1, and not for localhost;")]
    [InlineData("127.0.0.1", "127.0.0.2", "its certificate is for 127.0.0.2, and not for 127.0.0.1;")]
    [InlineData("[::1]", "::2", "its certificate is for ::2, and not for ::1;")]
    public async Task Call_CertificateOfTheAuthorityForAnotherName_IsRefused(string host, string name, string message)
    {
        using var certificate = _authority.Issue([name]);

        await AssertRefusedAsync(certificate, host, message);
    }

    [Fact]
    public async Task Call_NameInTheCommonNameAlone_IsRefused()
    {
        using var certificate = _authority.Issue([], commonName: "localhost");

        await AssertRefusedAsync(certificate, "localhost", "its certificate is for no name at all, and not for localhost;");
    }

    [Fact]
    public async Task Call_TlsServerName_IsTheNameThatCounts()
    {
        using var certificate = _authority.Issue(["api.example.com"]);

        Assert.Equal("v1.2.3", await CallAsync(certificate, "127.0.0.1", tlsServerName: "api.example.com"));
    }

    [Fact]
    public async Task Call_TlsServerNameIsAnother_IsRefusedAlthoughTheHostIsRight()
    {
        using var certificate = _authority.Issue(["127.0.0.1"]);

        await AssertRefusedAsync(certificate, "127.0.0.1", "and not for api.example.com;", tlsServerName: "api.example.com");
    }

    [Fact]
    public async Task Call_CertificateHasExpired_IsRefused()
    {
        using var certificate = _authority.Issue(["127.0.0.1"], days: -1);

        await AssertRefusedAsync(certificate, "127.0.0.1", "has expired or is not valid yet;");
    }

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("other")]
    public async Task Call_CertificateOfAnotherAuthority_IsRefused(string authority)
    {
        using var other = new TestAuthority(authority);
        using var certificate = other.Issue(["127.0.0.1"]);

        await AssertRefusedAsync(certificate, "127.0.0.1", "is not signed by the cluster's authority;");
    }

    [Fact]
    public async Task Call_NoAuthorityIsGiven_TheSystemsCount()
    {
        using var certificate = _authority.Issue(["127.0.0.1"]);

        await AssertRefusedAsync(certificate, "127.0.0.1", "is not signed by the cluster's authority;", trusted: false);
    }

    [Fact]
    public async Task Call_CheckIsTurnedOff_IsAnswered()
    {
        using var certificate = _authority.Issue(["api.example.com"]);
        await using var server = await TlsServer.StartAsync(IPAddress.Loopback, certificate, Cancel);
        using var api = new KubernetesApi(
            new KubernetesClientConfiguration { Host = $"https://127.0.0.1:{server.Port}", SkipTlsVerify = true }
        );

        Assert.Equal("v1.2.3", await api.GetVersionAsync(Cancel));
    }

    private async Task<string> CallAsync(X509Certificate2 certificate, string host, string? tlsServerName = null)
    {
        await using var server = await StartAsync(certificate, host);
        using var api = Connect(server, host, tlsServerName, trusted: true);
        return await api.GetVersionAsync(Cancel);
    }

    private async Task AssertRefusedAsync(
        X509Certificate2 certificate,
        string host,
        string message,
        string? tlsServerName = null,
        bool trusted = true
    )
    {
        await using var server = await StartAsync(certificate, host);
        using var api = Connect(server, host, tlsServerName, trusted);

        var call = await Assert.ThrowsAsync<HttpRequestException>(() => api.GetVersionAsync(Cancel));
        var watch = await Assert.ThrowsAsync<HttpRequestException>(() =>
            api.OpenAsync(new ApiCall("watch", "widgets", HttpMethod.Get, "watch"), Cancel)
        );

        Assert.StartsWith($"no secure connection to {host}:{server.Port}: ", call.Message, StringComparison.Ordinal);
        Assert.Contains(message, call.Message, StringComparison.Ordinal);
        Assert.Equal(call.Message, watch.Message);
        Assert.Equal(0, server.Requests);
    }

    private static Task<TlsServer> StartAsync(X509Certificate2 certificate, string host) =>
        TlsServer.StartAsync(host.StartsWith('[') ? IPAddress.IPv6Loopback : IPAddress.Loopback, certificate, Cancel);

    private KubernetesApi Connect(TlsServer server, string host, string? tlsServerName, bool trusted) =>
        new(
            new KubernetesClientConfiguration
            {
                Host = $"https://{host}:{server.Port}",
                SslCaCerts = trusted ? _authority.Certificates : null,
                TlsServerName = tlsServerName,
                AccessToken = "token",
            }
        );
}
