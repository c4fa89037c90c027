using System.Globalization;

namespace Operator.Accounts;

/// <summary>
/// Hosts, as an administrator writes them: <c>api.example.com</c> or <c>10.0.0.7</c> or <c>[fd00::7]</c> for one host,
/// <c>*.example.com</c> for all below a domain at any depth but not the domain itself, <c>*</c> for all. Followed by <c>:8443</c> it
/// means that port only; else any port. Upper and lower case are the same.
/// </summary>
internal sealed record HostPattern
{
    private const string Any = "*";

    private readonly string _host;
    private readonly int? _port;

    private HostPattern(string host, int? port) => (_host, _port) = (host, port);

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public static HostPattern Parse(string text)
    {
        var trimmed = text.Trim();
        var (host, port) = Split(trimmed);
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        if (host != Any && Uri.CheckHostName(name.Trim('[', ']')) == UriHostNameType.Unknown)
        {
            throw Malformed(trimmed);
        }

        return new HostPattern(host.ToLowerInvariant(), port);
    }

    /// <summary>Whether an address is on one of these hosts.</summary>
    public bool Matches(Uri url) => (_port is null || _port == url.Port) && MatchesHost(url.Host);

    public override string ToString() => _port is null ? _host : string.Create(CultureInfo.InvariantCulture, $"{_host}:{_port}");

    private bool MatchesHost(string host) => _host switch
    {
        Any => true,
        ['*', .. var domain] => host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && host.Length > domain.Length,
        _ => string.Equals(host, _host, StringComparison.OrdinalIgnoreCase),
    };

    private static (string Host, int? Port) Split(string text)
    {
        // The colons of an IPv6 address are inside its brackets.
        var colon = text.IndexOf(':', text.LastIndexOf(']') + 1);
        if (colon < 0)
        {
            return (text, null);
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? (text[..colon], port)
            : throw Malformed(text);
    }

    private static FormatException Malformed(string text) => new(
        $"'{text}' is not a host pattern: write a host such as api.example.com, all hosts below a domain such as *.example.com, or *, "
        + "each with or without a port such as :8443");
}
