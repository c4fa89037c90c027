using k8s;
using k8s.Exceptions;
using YamlDotNet.Core;

namespace Operator.Hosting;

/// <summary>
/// Finds the cluster, in this order: the given kubeconfig; the pod's service account, unless a context was given; the file in
/// <c>$KUBECONFIG</c>; <c>~/.kube/config</c>.
/// </summary>
internal static class ClusterConfiguration
{
    /// <summary>Finds the connection settings.</summary>
    /// <exception cref="InvalidSettingException">There is no configuration, or it cannot be read.</exception>
    public static ClusterAccess Find(string? kubeconfig, string? context, Func<string, string?> environment, TimeProvider time)
    {
        if (kubeconfig is null && context is null && KubernetesClientConfiguration.IsInCluster())
        {
            var pod = KubernetesClientConfiguration.InClusterConfig();
            return new ClusterAccess(pod) { PodNamespace = pod.Namespace };
        }

        var file = Locate(kubeconfig, environment);
        try
        {
            return Read(file, context, time);
        }
        catch (Exception exception) when (exception is KubeConfigException or YamlException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidSettingException($"the kubeconfig {file} cannot be used: {exception.Message}");
        }
    }

    /// <summary>Lets KubernetesClient interpret what it supports of a kubeconfig, and adds the rest.</summary>
    private static ClusterAccess Read(string file, string? context, TimeProvider time)
    {
        var config = KubeconfigReader.Read(file);
        var chosen = config.Contexts.FirstOrDefault(named => Same(named.Name, context ?? config.CurrentContext))?.ContextDetails;
        var cluster = config.Clusters.FirstOrDefault(named => Same(named.Name, chosen?.Cluster))?.ClusterEndpoint as KubeconfigCluster;
        var user = config.Users.FirstOrDefault(named => Same(named.Name, chosen?.User))?.UserCredentials as KubeconfigUser;
        cluster?.RequireSupported();
        user?.RequireSupported();

        TokenFile? token = null;
        if (user?.TokenFile is { Length: > 0 } path)
        {
            token = new TokenFile(Path.GetFullPath(path, Path.GetDirectoryName(config.FileName)!), time);
            user.Token = token.Read();
        }

        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(config, context);
        configuration.TokenProvider = token ?? configuration.TokenProvider;
        if (cluster?.Proxy() is { } proxy)
        {
            configuration.FirstMessageHandlerSetup = connections => connections.Proxy = proxy.ToProxy();
        }

        return new ClusterAccess(configuration) { Headers = user?.ImpersonationHeaders() ?? [] };
    }

    // As KubernetesClient compares them.
    private static bool Same(string name, string? other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private static string Locate(string? kubeconfig, Func<string, string?> environment)
    {
        if (kubeconfig is not null)
        {
            return File.Exists(kubeconfig)
                ? kubeconfig
                : throw new InvalidSettingException($"--kubeconfig: there is no file {kubeconfig}; write the path of one");
        }

        if (environment("KUBECONFIG") is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? named
                : throw new InvalidSettingException($"KUBECONFIG: there is no file {named}; name one file, or write --kubeconfig FILE");
        }

        var home = environment("HOME") is { Length: > 0 } folder
            ? folder
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var usual = Path.Combine(home, ".kube", "config");
        return File.Exists(usual)
            ? usual
            : throw new InvalidSettingException(
                $"no cluster: this is no pod with a service account, KUBECONFIG is not set, and there is no file {usual}; write "
                    + "--kubeconfig FILE"
            );
    }
}
