using k8s;
using k8s.Exceptions;
using Operator.Commands;
using YamlDotNet.Core;

namespace Operator.Hosting;

/// <summary>
/// Finds the cluster: the kubeconfig that was named; else the service account of the pod, unless a context was named; else the file of
/// <c>$KUBECONFIG</c>; else <c>~/.kube/config</c>.
/// </summary>
internal static class ClusterConfiguration
{
    /// <summary>The configuration to connect with, and the namespace of the pod whose service account that is; null when it is no pod's.</summary>
    /// <exception cref="InvalidSettingException">There is none, or it cannot be read.</exception>
    public static (KubernetesClientConfiguration Configuration, string? PodNamespace) Find(
        string? kubeconfig, string? context, Func<string, string?> environment)
    {
        if (kubeconfig is null && context is null && KubernetesClientConfiguration.IsInCluster())
        {
            var pod = KubernetesClientConfiguration.InClusterConfig();
            return (pod, pod.Namespace);
        }

        var file = Locate(kubeconfig, environment);
        try
        {
            return (KubernetesClientConfiguration.BuildConfigFromConfigObject(KubeconfigReader.Read(file), context), null);
        }
        catch (Exception exception) when (exception is KubeConfigException or YamlException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidSettingException($"the kubeconfig {file} cannot be used: {exception.Message}");
        }
    }

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

        var home = environment("HOME") is { Length: > 0 } folder ? folder : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var usual = Path.Combine(home, ".kube", "config");
        return File.Exists(usual)
            ? usual
            : throw new InvalidSettingException(
                $"no cluster: this is no pod with a service account, KUBECONFIG is not set, and there is no file {usual}; write --kubeconfig FILE");
    }
}
