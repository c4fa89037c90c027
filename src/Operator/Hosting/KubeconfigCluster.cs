using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Operator.Hosting;

/// <summary>A cluster of a kubeconfig, with what KubernetesClient has no place for.</summary>
internal sealed class KubeconfigCluster : ClusterEndpoint
{
    /// <summary>The proxy by which alone the cluster is reached, whatever the environment says.</summary>
    public string? ProxyUrl { get; init; }

    /// <summary>That proxy; null without one.</summary>
    /// <exception cref="KubeConfigException">It is no address of a proxy. The message does not quote it: it may hold a password.</exception>
    public ProxyAddress? Proxy() => ProxyUrl is not { Length: > 0 } url
        ? null
        : ProxyAddress.TryParse(url, out var address)
            ? address
            : throw new KubeConfigException($"proxy-url of the cluster is not the address of a proxy: write {ProxyAddress.Form}");

    /// <summary>Refuses a name that no certificate can bear.</summary>
    /// <exception cref="KubeConfigException">A field cannot be honoured; the message names it.</exception>
    public void RequireSupported()
    {
        if (TlsServerName is { Length: > 0 } name && Uri.CheckHostName(name) == UriHostNameType.Unknown)
        {
            throw new KubeConfigException($"tls-server-name of the cluster must be a host name or an IP address, and not {name}");
        }
    }
}
