using System.Net;

namespace Operator.Hosting;

/// <summary>A proxy address with its login.</summary>
/// <param name="Url">Its address, without the login.</param>
/// <param name="Login">The login; null if none.</param>
internal sealed record ProxyAddress(Uri Url, NetworkCredential? Login)
{
    /// <summary>Accepted forms, for messages.</summary>
    public const string Form = "http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT";

    private const int SocksPort = 1080;

    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>Parses an address such as <c>http://user:password@proxy.example.com:3128</c>; the default scheme is http.</summary>
    public static bool TryParse(string text, out ProxyAddress? address)
    {
        address = null;
        var trimmed = text.Trim();
        if (
            !Uri.TryCreate(trimmed.Contains("://", StringComparison.Ordinal) ? trimmed : $"http://{trimmed}", UriKind.Absolute, out var url)
            || url is not { Host.Length: > 0, Query: "", Fragment: "" }
        )
        {
            return false;
        }

        // Go's name for a proxy that resolves host names itself, which is what .NET's socks5 does.
        var scheme = url.Scheme == "socks5h" ? "socks5" : url.Scheme;
        if (!Schemes.Contains(scheme, StringComparer.Ordinal))
        {
            return false;
        }

        address = new ProxyAddress(new UriBuilder(scheme, url.Host, url.Port > 0 ? url.Port : SocksPort).Uri, LoginOf(url.UserInfo));
        return true;
    }

    /// <summary>A proxy for all destinations.</summary>
    public WebProxy ToProxy() => new(Url) { Credentials = Login };

    private static NetworkCredential? LoginOf(string userInfo)
    {
        if (userInfo.Length == 0)
        {
            return null;
        }

        var parts = userInfo.Split(':', 2);
        return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
