using System.Net;

namespace Operator.Hosting;

/// <summary>
/// Proxies from the environment, for all calls of this process: Kubernetes, CARTO, a trace collector. HTTPS_PROXY and HTTP_PROXY, with
/// ALL_PROXY as fallback, and NO_PROXY; each in upper or lower case.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly ProxyAddress? _https;
    private readonly ProxyAddress? _http;
    private readonly NoProxy _direct;

    /// <exception cref="InvalidSettingException">A variable is not a proxy URL. The message does not quote it, since it may contain a
    /// password.</exception>
    public EnvironmentProxy(Func<string, string?> environment)
    {
        var all = Read("ALL_PROXY");
        _https = Read("HTTPS_PROXY") ?? all;
        _http = Read("HTTP_PROXY") ?? all;
        _direct = new NoProxy(Find("NO_PROXY").Value ?? "");
        Credentials = new Logins([.. new[] { _https, _http }.OfType<ProxyAddress>()]);

        ProxyAddress? Read(string name) =>
            Find(name) switch
            {
                (_, null) => null,
                var (_, text) when ProxyAddress.TryParse(text, out var address) => address,
                var (variable, _) => throw new InvalidSettingException(
                    $"{variable} is not the address of a proxy: write {ProxyAddress.Form}"
                ),
            };

        (string Variable, string? Value) Find(string name) =>
            ((string[])[name, name.ToLowerInvariant()])
                .Select(variable => (variable, environment(variable)))
                .FirstOrDefault(found => !string.IsNullOrWhiteSpace(found.Item2), (name, null));
    }

    /// <inheritdoc />
    public ICredentials? Credentials { get; set; }

    /// <inheritdoc />
    public Uri? GetProxy(Uri destination)
    {
        var proxy = destination.Scheme switch
        {
            "https" => _https,
            "http" => _http,
            _ => null,
        };
        return proxy is null || _direct.Covers(destination) ? null : proxy.Url;
    }

    /// <inheritdoc />
    public bool IsBypassed(Uri host) => GetProxy(host) is null;

    private sealed class Logins(IReadOnlyList<ProxyAddress> proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType) => proxies.FirstOrDefault(proxy => proxy.Url == uri)?.Login;
    }
}
