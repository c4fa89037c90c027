using k8s;

namespace Operator.TestKit;

/// <summary>A service account and how to be it.</summary>
public sealed class ServiceAccountAccess
{
    private readonly KubernetesClientConfiguration _cluster;

    internal ServiceAccountAccess(KubernetesClientConfiguration cluster, string @namespace, string name, string token)
    {
        _cluster = cluster;
        Namespace = @namespace;
        Name = name;
        Token = token;
    }

    public string Namespace { get; }

    public string Name { get; }

    /// <summary>A bearer token; good for a day.</summary>
    public string Token { get; }

    /// <summary>A new configuration of a client that acts as this service account.</summary>
    public KubernetesClientConfiguration CreateConfiguration() =>
        new()
        {
            Host = _cluster.Host,
            SslCaCerts = _cluster.SslCaCerts,
            SkipTlsVerify = _cluster.SkipTlsVerify,
            TlsServerName = _cluster.TlsServerName,
            AccessToken = Token,
            Namespace = Namespace,
        };

    /// <summary>Writes a kubeconfig for this service account, for programs that read one.</summary>
    public void WriteKubeconfig(string path) => Kubeconfig.Write(path, CreateConfiguration());
}
