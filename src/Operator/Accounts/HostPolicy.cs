using System.Net;
using Operator.Access;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// Which hosts an account may reach. A <see cref="ClusterCartoAccount"/> is an administrator's and may reach any; a
/// <see cref="CartoAccount"/> is anybody's who may write in a namespace, and must not turn the operator into a way around network
/// policies: it may reach what the operator was started to allow.
/// </summary>
/// <param name="allowed">
/// Host names and IP addresses, those of IPv6 in brackets or without, or <c>*.example.com</c> for every host below a domain at any depth, but not the domain itself. Upper
/// and lower case are the same. They mean every port.
/// </param>
internal sealed class HostPolicy(IReadOnlyList<string> allowed)
{
    /// <summary>Returns when an account may reach all its servers. Nothing is sent to find out.</summary>
    /// <exception cref="AccountException">It may not; the message names the field, the host and what is allowed.</exception>
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

    private static bool Matches(string pattern, string host) => pattern is ['*', .. var domain]
        ? host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
        : string.Equals(pattern, host, StringComparison.OrdinalIgnoreCase)
            || (host.StartsWith('[') && IPAddress.TryParse(pattern, out var address) && address.Equals(IPAddress.Parse(host)));
}
