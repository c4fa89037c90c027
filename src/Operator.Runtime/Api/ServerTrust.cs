using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Operator.Runtime;

/// <summary>
/// Verifies the server's identity: its certificate must be issued by the cluster's CA, or by a system CA if none is given, and match the
/// server's name. KubernetesClient skips the name check if a CA is given, so any certificate of that CA would get the bearer token.
/// </summary>
internal static class ServerTrust
{
    private const int MostNamesShown = 5;

    /// <summary>Installs the check.</summary>
    /// <param name="options">TLS options of the connections.</param>
    /// <param name="authorities">The only CAs to trust; null for the system's.</param>
    public static void Require(SslClientAuthenticationOptions options, X509Certificate2Collection? authorities)
    {
        if (authorities is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }

        options.RemoteCertificateValidationCallback = static (sender, certificate, chain, errors) =>
            Problem(((SslStream)sender).TargetHostName, certificate as X509Certificate2, chain, errors) is { } problem
                ? throw new AuthenticationException(problem)
                : true;
    }

    private static string? Problem(string host, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return "it shows no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            return DescribeChain(chain);
        }

        // Only subject alternative names count, as for other Kubernetes clients: a common name is unverified.
        return errors == SslPolicyErrors.None && certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false)
            ? null
            : $"its certificate is for {Names(certificate)}, and not for {host}; call it by one of its names, or write that name as "
                + "tls-server-name into the kubeconfig";
    }

    private static string DescribeChain(X509Chain? chain)
    {
        var flags = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status)
            ?? X509ChainStatusFlags.PartialChain;
        return flags switch
        {
            _ when flags.HasFlag(X509ChainStatusFlags.NotTimeValid) =>
                "its certificate, or one that it rests on, has expired or is not valid yet; renew it, or set the clock",

            // NotSignatureValid: another CA of the same name signed it, and cluster CAs often share a name.
            _ when (
                    flags
                    & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid)
                ) != 0 =>
                "its certificate is not signed by the cluster's authority; check the address, and certificate-authority in the kubeconfig",
            _ => $"its certificate is not acceptable ({flags})",
        };
    }

    private static string Names(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        string[] names =
        [
            .. alternatives.SelectMany(names => names.EnumerateDnsNames()).Where(IsPlain),
            .. alternatives.SelectMany(names => names.EnumerateIPAddresses()).Select(address => address.ToString()),
        ];
        return names.Length switch
        {
            0 => "no name at all",
            > MostNamesShown => $"{string.Join(", ", names.Take(MostNamesShown))} and {names.Length - MostNamesShown} more names",
            _ => string.Join(", ", names),
        };
    }

    // The names come from an untrusted server.
    private static bool IsPlain(string name) =>
        name.Length <= 253 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '*' or '_');
}
