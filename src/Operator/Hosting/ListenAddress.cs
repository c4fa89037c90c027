using System.Globalization;
using System.Net;

namespace Operator.Hosting;

/// <summary>An address to listen on.</summary>
/// <param name="Address">IP address to listen on; null for all.</param>
/// <param name="Port">TCP port; 0 for any free one.</param>
internal readonly record struct ListenAddress(IPAddress? Address, int Port)
{
    /// <summary>Parses <c>PORT</c> or <c>ADDRESS:PORT</c>, with IPv6 addresses in brackets.</summary>
    public static bool TryParse(string text, out ListenAddress value)
    {
        value = default;
        var colon = text.LastIndexOf(':');
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        if (colon < 0)
        {
            value = new ListenAddress(null, port);
            return true;
        }

        // Without brackets, an IPv6 address is ambiguous with its port.
        var host = text[..colon];
        if (!IPAddress.TryParse(host, out var address) || host.Contains(':', StringComparison.Ordinal) != host.StartsWith('['))
        {
            return false;
        }

        value = new ListenAddress(address, port);
        return true;
    }

    /// <summary>As written in a setting.</summary>
    public override string ToString() =>
        Address is null ? Port.ToString(CultureInfo.InvariantCulture) : new IPEndPoint(Address, Port).ToString();
}
