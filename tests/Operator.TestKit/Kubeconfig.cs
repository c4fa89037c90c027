using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace Operator.TestKit;

/// <summary>Writes kubeconfig files.</summary>
public static class Kubeconfig
{
    /// <summary>
    /// Writes the server, its certificates, the namespace and the bearer token of a configuration; readable by its owner alone.
    /// </summary>
    public static void Write(string path, KubernetesClientConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var trust = configuration switch
        {
            { SkipTlsVerify: true } => ", insecure-skip-tls-verify: true",
            { SslCaCerts: { Count: > 0 } certificates } => $", certificate-authority-data: {Encode(certificates)}",
            _ => "",
        };
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, options);
        file.Write(
            $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster: {server: "{{configuration.Host}}"{{trust}} }
            users:
            - name: test
              user: {token: "{{configuration.AccessToken}}"}
            contexts:
            - name: test
              context: {cluster: test, user: test, namespace: "{{configuration.Namespace ?? "default"}}"}

            """
        );
    }

    private static string Encode(X509Certificate2Collection certificates) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(certificates.ExportCertificatePems()));
}
