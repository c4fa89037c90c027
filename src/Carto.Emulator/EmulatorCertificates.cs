using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Carto.Emulator;

/// <summary>
/// The emulator's own certificate authority and what it signs. Its dates follow the system's clock and not the emulator's, because
/// those who check them do.
/// </summary>
internal static class EmulatorCertificates
{
    // To make an RSA key takes longer than all the rest of a start.
    private static readonly Lazy<string> TransientSigningKey = new(NewSigningKey);

    /// <summary>
    /// A new authority and a key to sign tokens: a new one where it is to be kept, else one for all emulators of the process, which
    /// their issuers tell apart.
    /// </summary>
    public static EmulatorKeys NewKeys(bool areKept)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=CARTO emulator", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddYears(10));
        return new EmulatorKeys(
            areKept ? NewSigningKey() : TransientSigningKey.Value,
            authority.ExportCertificatePem() + "\n",
            key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A server certificate of that authority, made anew at each start.</summary>
    public static X509Certificate2 NewServerCertificate(EmulatorKeys keys, IEnumerable<string> names)
    {
        using var authority = X509Certificate2.CreateFromPem(keys.AuthorityCertificate, keys.AuthorityKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=CARTO emulator server", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        request.CertificateExtensions.Add(AlternativeNames(names));
        using var certificate = request.Create(
            authority,
            TimeProvider.System.GetUtcNow().AddHours(-1),
            authority.NotAfter,
            RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }

    private static string NewSigningKey()
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static X509Extension AlternativeNames(IEnumerable<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Concat(["localhost", "127.0.0.1", "::1"]).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }
}
