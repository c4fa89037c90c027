using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// Which hosts an account may reach. A <see cref="ClusterCartoAccount"/> is an administrator's and may reach any; a
/// <see cref="CartoAccount"/> is anybody's who may write in a namespace, and must not turn the operator into a way around network
/// policies: it may reach what the operator was started to allow.
/// </summary>
/// <param name="patterns">See <see cref="HostPattern"/>.</param>
/// <exception cref="FormatException">One of them is none.</exception>
internal sealed class HostPolicy(IEnumerable<string> patterns)
{
    /// <summary>What is allowed when the operator is not told otherwise: CARTO's own hosts.</summary>
    public const string Default = "*.carto.com";

    private readonly HostPattern[] _allowed = [.. patterns.Select(HostPattern.Parse)];

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
            if (!_allowed.Any(pattern => pattern.Matches(url)))
            {
                throw new AccountException(AccountProblem.ForPerson(Reasons.HostNotAllowed, Refusal(field, url)));
            }
        }
    }

    private string Refusal(string field, Uri url) =>
        $"{field}: a {CartoAccount.KubeKind} may not reach {url.Authority}; the operator allows {Allowed}. Write an allowed host, use a "
        + $"{ClusterCartoAccount.KubeKind}, or have the operator started with --allowed-hosts including this one.";

    private string Allowed => _allowed.Length == 0 ? "none" : string.Join(", ", _allowed.Select(pattern => pattern.ToString()));
}
