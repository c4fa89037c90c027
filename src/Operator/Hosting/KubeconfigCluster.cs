using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Operator.Hosting;

/// <summary>A cluster in a kubeconfig, with fields KubernetesClient lacks.</summary>
internal sealed class KubeconfigCluster : ClusterEndpoint
{
    /// <summary>The proxy for the cluster, which overrides the environment.</summary>
    public string? ProxyUrl { get; init; }

    /// <summary>That proxy; null if none.</summary>
    /// <exception cref="KubeConfigException">It is not a proxy URL. The message does not quote it, since it may contain a
    /// password.</exception>
    public ProxyAddress? Proxy() =>
        ProxyUrl is not { Length: > 0 } url ? null
        : ProxyAddress.TryParse(url, out var address) ? address
        : throw new KubeConfigException($"proxy-url of the cluster is not the address of a proxy: write {ProxyAddress.Form}");

    /// <summary>Rejects a name no certificate can have.</summary>
    /// <exception cref="KubeConfigException">A field is not supported; the message names it.</exception>
    public void RequireSupported()
    {
        if (TlsServerName is { Length: > 0 } name && Uri.CheckHostName(name) == UriHostNameType.Unknown)
        {
            throw new KubeConfigException($"tls-server-name of the cluster must be a host name or an IP address, and not {name}");
        }
    }
}
