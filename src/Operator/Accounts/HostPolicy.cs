using System.Net;
using Operator.Access;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// Which hosts an account may reach. A <see cref="ClusterCartoAccount"/> belongs to an administrator and may reach any host; a
/// <see cref="CartoAccount"/> can be created by anyone with write access to a namespace and must not let the operator bypass network
/// policies: it may only reach the hosts allowed at startup.
/// </summary>
/// <param name="allowed"> Host names and IP addresses (IPv6 with or without brackets), or <c>*.example.com</c> for all subdomains at any
/// depth, but not the domain itself. Case-insensitive; any port.
/// </param>
internal sealed class HostPolicy(IReadOnlyList<string> allowed)
{
    /// <summary>Returns if an account may reach all its servers. Sends no requests.</summary>
    /// <exception cref="AccountException">It may not; the message names the field, the host and the allowed hosts.</exception>
    public void Check(AccountKey account, AccountAddresses addresses)
    {
        if (account.Kind == AccountKind.ClusterCartoAccount)
        {
            return;
        }

        foreach (var (field, url) in addresses.ByField)
        {
            if (!allowed.Any(pattern => Matches(pattern, url.Host)))
            {
                throw new AccountException(AccountProblem.ForPerson(Reasons.HostNotAllowed, Refusal(field, url.Host)));
            }
        }
    }

    private string Refusal(string field, string host) =>
        $"{field}: a {CartoAccount.KubeKind} may not reach {host}; the operator allows {string.Join(", ", allowed)}. Write an allowed "
        + $"host, use a {ClusterCartoAccount.KubeKind}, or have the operator started with --allowed-hosts including this one.";

    private static bool Matches(string pattern, string host) =>
        pattern is ['*', .. var domain]
            ? host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
            : string.Equals(pattern, host, StringComparison.OrdinalIgnoreCase)
                || (host.StartsWith('[') && IPAddress.TryParse(pattern, out var address) && address.Equals(IPAddress.Parse(host)));
}
