using Operator.Hosting;

namespace Operator.Tests.Hosting;

public sealed class EnvironmentProxyTests
{
    private readonly Dictionary<string, string> _environment = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void GetProxy_EachScheme_HasAProxyOfItsOwn()
    {
        _environment["HTTPS_PROXY"] = "http://secure.example.com:3128";
        _environment["http_proxy"] = "plain.example.com";

        Assert.Equal("http://secure.example.com:3128/", Of("https://a.example.com"));
        Assert.Equal("http://plain.example.com/", Of("http://a.example.com"));
    }

    [Fact]
    public void GetProxy_OneForAll_IsUsedWhereThereIsNoOther()
    {
        _environment["ALL_PROXY"] = "socks5h://all.example.com";
        _environment["HTTP_PROXY"] = "https://plain.example.com";

        Assert.Equal("socks5://all.example.com:1080/", Of("https://a.example.com"));
        Assert.Equal("https://plain.example.com/", Of("http://a.example.com"));
    }

    [Fact]
    public void GetProxy_NothingSaid_IsNone() => Assert.Null(Of("https://a.example.com"));

    [Fact]
    public void Credentials_InTheAddress_AreForThatProxyAndNotPartOfIt()
    {
        _environment["HTTPS_PROXY"] = "http://ana:p%40ss@proxy.example.com:3128";
        var proxy = new EnvironmentProxy(_environment.GetValueOrDefault);

        var login = proxy.Credentials!.GetCredential(new Uri("http://proxy.example.com:3128"), "Basic");

        Assert.Equal(("ana", "p@ss"), (login!.UserName, login.Password));
        Assert.Null(proxy.Credentials.GetCredential(new Uri("http://other.example.com:3128"), "Basic"));
        Assert.Equal("http://proxy.example.com:3128/", Of("https://a.example.com"));
    }

    [Theory]
    [InlineData("HTTPS_PROXY", "ftp://u:hush@proxy")]
    [InlineData("http_proxy", "http://u:hush@")]
    [InlineData("ALL_PROXY", "http://u:hush@a b")]
    public void Variable_IsNoAddress_IsRefusedByNameWithoutWhatItHolds(string variable, string value)
    {
        _environment[variable] = value;

        var message = Assert.Throws<InvalidSettingException>(() => new EnvironmentProxy(_environment.GetValueOrDefault)).Message;

        Assert.StartsWith($"{variable} is not the address of a proxy: write http://HOST:PORT", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", message, StringComparison.Ordinal);
    }

    /// <summary>What .NET's own connections make of it: where each of them goes first.</summary>
    [Theory]
    [InlineData("https://10.96.0.1:443", "10.96.0.1:443")]
    [InlineData("https://[fd00:10:96::1]:443", "[fd00:10:96::1]:443")]
    [InlineData("https://kubernetes.default.svc", "kubernetes.default.svc:443")]
    [InlineData("https://api.example.com:6443", "api.example.com:6443")]
    [InlineData("https://api.example.com", "proxy.example.com:3128")]
    public async Task Connection_ToEachHost_GoesWhereTheRulesSay(string url, string first)
    {
        _environment["HTTPS_PROXY"] = "http://proxy.example.com:3128";
        _environment["NO_PROXY"] = "fd00:10:96::1,10.96.0.0/12,.svc,api.example.com:6443";
        string? seen = null;
        using var handler = new SocketsHttpHandler
        {
            Proxy = new EnvironmentProxy(_environment.GetValueOrDefault),
            ConnectCallback = (context, _) =>
            {
                seen = $"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}";
                throw new IOException("far enough");
            },
        };
        using var http = new HttpClient(handler);

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(url), Cancel));

        Assert.Equal(first, seen);
    }

    private string? Of(string url) => new EnvironmentProxy(_environment.GetValueOrDefault).GetProxy(new Uri(url))?.ToString();
}
