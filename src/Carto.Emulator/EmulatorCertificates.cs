using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Carto.Emulator;

/// <summary>
/// The emulator's certificate authority and the certificates it signs. Dates use the system clock rather than the emulator's, as verifiers
/// do.
/// </summary>
internal static class EmulatorCertificates
{
    // Generating an RSA key takes longer than the rest of startup.
    private static readonly Lazy<string> TransientSigningKey = new(NewSigningKey);

    /// <summary>
    /// A new authority and a token signing key: a new key if persisted, otherwise one shared by all emulators of the process, which are
    /// distinguished by their issuers.
    /// </summary>
    public static EmulatorKeys NewKeys(bool areKept)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=CARTO emulator", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddYears(10));
        return new EmulatorKeys(
            areKept ? NewSigningKey() : TransientSigningKey.Value,
            authority.ExportCertificatePem() + "\n",
            key.ExportPkcs8PrivateKeyPem()
        );
    }

    /// <summary>A server certificate of that authority, regenerated at each start.</summary>
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
            RandomNumberGenerator.GetBytes(16)
        );
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
