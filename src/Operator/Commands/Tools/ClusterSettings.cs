namespace Operator.Commands.Tools;

/// <summary>The settings shared by all commands that access a cluster.</summary>
internal sealed class ClusterSettings
{
    /// <param name="namespaceMeaning">Meaning of the namespace for the command.</param>
    /// <param name="namespaceDefault">Description of the default namespace.</param>
    public ClusterSettings(string namespaceMeaning, string namespaceDefault = "that of the kubeconfig's context, else default")
    {
        Namespace = new(
            "--namespace",
            "NAME",
            namespaceMeaning,
            namespaceDefault,
            null,
            "the name of a namespace",
            SettingReaders.Namespace
        );
        Namespace.Option.Aliases.Add("-n");
    }

    public Setting<string?> Kubeconfig { get; } = Kubeconfigs();

    public Setting<string?> Context { get; } = Contexts();

    public Setting<string?> Namespace { get; }

    /// <summary>All of them, in the order of the help.</summary>
    public IReadOnlyList<Setting> All => [Namespace, Kubeconfig, Context];

    public static Setting<string?> Kubeconfigs() =>
        new(
            "--kubeconfig",
            "FILE",
            "Kubeconfig to reach the cluster with",
            "the service account of the pod, else $KUBECONFIG, else ~/.kube/config",
            null,
            "the path of a file",
            SettingReaders.NotEmpty
        );

    public static Setting<string?> Contexts() =>
        new(
            "--context",
            "NAME",
            "Context of the kubeconfig; with it the pod's service account is not used",
            "the current one",
            null,
            "the name of a context",
            SettingReaders.NotEmpty
        );
}
