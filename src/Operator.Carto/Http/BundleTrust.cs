using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Operator.Carto.Http;

/// <summary>
/// Trusts servers the system trusts and those whose chain ends in a certificate of the account's bundle. The bundle never replaces the
/// system's roots, because the token endpoint and the API may use different CAs.
/// </summary>
internal sealed class BundleTrust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2Collection _bundle = [];
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.OrdinalIgnoreCase);

    public BundleTrust(string? pem)
    {
        if (pem is null)
        {
            return;
        }

        try
        {
            _bundle.ImportFromPem(pem);
            Fault =
                _bundle.Count == 0 ? "The CA bundle holds no certificate: it needs at least one block -----BEGIN CERTIFICATE-----." : null;
        }
        catch (CryptographicException)
        {
            Fault = "The CA bundle cannot be read: it needs certificates in PEM, in blocks -----BEGIN CERTIFICATE-----.";
        }
    }

    /// <summary>What is wrong with the bundle; null if nothing is.</summary>
    public string? Fault { get; }

    /// <summary>Why the certificate of a host was last rejected; null if it was not.</summary>
    public string? ProblemOf(string host) => _problems.GetValueOrDefault(Bare(host));

    /// <summary>Validation callback for SslStream.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var host = Bare((sender as SslStream)?.TargetHostName ?? "");
        var problem = Judge(certificate, chain, errors);
        if (problem is null)
        {
            _problems.TryRemove(host, out _);
            return true;
        }

        _problems[host] = problem;
        return false;
    }

    private string? Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (certificate is not X509Certificate2 leaf || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "it shows no certificate";
        }

        // Always check the name: a bundle vouches for a CA, not for every host it certifies.
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return "its certificate is for another host name";
        }

        if (_bundle.Count > 0)
        {
            using var own = new X509Chain();
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(_bundle);
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            own.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            if (chain is not null)
            {
                own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            }

            return own.Build(leaf) ? null : Name(own);
        }

        return chain is null ? "its certificate chain is incomplete" : Name(chain);
    }

    // IPv6 addresses have brackets in URLs but not in certificate validation.
    private static string Bare(string host) => host.Trim('[', ']');

    private static string Name(X509Chain chain)
    {
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return flags switch
        {
            _ when flags.HasFlag(X509ChainStatusFlags.NotTimeValid) => "its certificate, or one that it rests on, has expired "
                + "or is not valid yet",
            _ when flags.HasFlag(X509ChainStatusFlags.UntrustedRoot) => "the authority that signed its certificate is not known",
            _ when flags.HasFlag(X509ChainStatusFlags.PartialChain) => "its certificate chain is incomplete, or its authority is not known",
            _ => $"its certificate is not acceptable ({flags})",
        };
    }
}
