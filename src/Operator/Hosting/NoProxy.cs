using System.Globalization;
using System.Net;

namespace Operator.Hosting;

/// <summary>
/// Hosts reached without a proxy, by the rules of Go programs such as kubectl: names with their subdomains, <c>.names</c> for subdomains
/// only, IP addresses, CIDR ranges (<c>10.0.0.0/8</c>), all but the last with an optional port, and <c>*</c> for all. .NET's own rules lack
/// the last four.
/// </summary>
internal sealed class NoProxy
{
    private readonly bool _all;
    private readonly List<IPNetwork> _ranges = [];
    private readonly List<(IPAddress Address, string Port)> _addresses = [];
    private readonly List<(string Suffix, bool WithItself, string Port)> _domains = [];

    /// <summary>Parses a comma-separated list. Ignores invalid entries.</summary>
    public NoProxy(string list)
    {
        foreach (var entry in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            _all |= entry == "*";
            Add(entry.ToLowerInvariant());
        }
    }

    /// <summary>Whether a host is reached directly, as localhost always is.</summary>
    public bool Covers(Uri url)
    {
        var host = url.IdnHost.ToLowerInvariant();
        var port = url.Port.ToString(CultureInfo.InvariantCulture);
        if (ReadAddress(host) is { } address)
        {
            return _all
                || IPAddress.IsLoopback(address)
                || _ranges.Exists(range => range.Contains(address))
                || _addresses.Exists(known => known.Address.Equals(address) && IsFor(known.Port));
        }

        return _all
            || host == "localhost"
            || _domains.Exists(domain =>
                (host.EndsWith(domain.Suffix, StringComparison.Ordinal) || (domain.WithItself && host == domain.Suffix[1..]))
                && IsFor(domain.Port)
            );

        bool IsFor(string wanted) => wanted.Length == 0 || wanted == port;
    }

    private void Add(string entry)
    {
        if (ReadRange(entry) is { } range)
        {
            _ranges.Add(range);
            return;
        }

        var (host, port) = Split(entry);
        if (ReadAddress(host) is { } address)
        {
            _addresses.Add((address, port));
            return;
        }

        host = host.StartsWith("*.", StringComparison.Ordinal) ? host[1..] : host;
        if (host.Length > 0)
        {
            var withItself = host[0] != '.';
            _domains.Add((Ascii(withItself ? $".{host}" : host), withItself, port));
        }
    }

    private static (string Host, string Port) Split(string entry)
    {
        var end = entry.StartsWith('[') ? entry.IndexOf(']', StringComparison.Ordinal) : -1;
        if (end > 0)
        {
            return (entry[1..end], entry[(end + 1)..].TrimStart(':'));
        }

        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && colon == entry.LastIndexOf(':') ? (entry[..colon], entry[(colon + 1)..]) : (entry, "");
    }

    private static IPNetwork? ReadRange(string entry)
    {
        if (
            entry.Split('/') is not [var from, var bits]
            || ReadAddress(from) is not { } address
            || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        )
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        if (length > bytes.Length * 8)
        {
            return null;
        }

        // Ranges may be written with any address in them; the type requires the first one.
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] &= (byte)(0xFF00 >> Math.Clamp(length - (8 * i), 0, 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    // Rejects short forms of IPv4, in which a bare port would be an address.
    private static IPAddress? ReadAddress(string text) =>
        (text.Contains(':', StringComparison.Ordinal) || text.Count(letter => letter == '.') == 3)
        && IPAddress.TryParse(text, out var address)
            ? address.IsIPv4MappedToIPv6
                ? address.MapToIPv4()
                : address
            : null;

    private static string Ascii(string domain)
    {
        try
        {
            return domain.All(char.IsAscii) ? domain : $".{new IdnMapping().GetAscii(domain[1..])}";
        }
        catch (ArgumentException)
        {
            return domain;
        }
    }
}
