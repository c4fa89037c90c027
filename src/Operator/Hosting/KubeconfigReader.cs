using System.Globalization;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Operator.Hosting;

/// <summary>
/// Reads a kubeconfig node by node. Reflection-based readers, such as KubernetesClient's, inspect all types first, which permanently takes
/// memory.
/// </summary>
internal static class KubeconfigReader
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="KubeConfigException">It is not a kubeconfig.</exception>
    /// <exception cref="YamlException">It is not valid YAML.</exception>
    public static K8SConfiguration Read(string path)
    {
        var yaml = new YamlStream();
        using (var text = File.OpenText(path))
        {
            yaml.Load(text);
        }

        if (yaml.Documents is not [{ RootNode: YamlMappingNode root }, ..])
        {
            throw new KubeConfigException(yaml.Documents.Count == 0 ? "it is empty" : "it does not consist of fields with values");
        }

        var config = new Fields("", root);
        return new K8SConfiguration
        {
            FileName = Path.GetFullPath(path),
            CurrentContext = config.Text("current-context"),
            Contexts = [.. config.Each("contexts").Select(ReadContext)],
            Clusters = [.. config.Each("clusters").Select(ReadCluster)],
            Users = [.. config.Each("users").Select(ReadUser)],
        };
    }

    private static Context ReadContext(Fields named) =>
        new()
        {
            Name = named.Text("name") ?? "",
            ContextDetails = named.Inner("context") is { } context
                ? new ContextDetails
                {
                    Cluster = context.Text("cluster"),
                    User = context.Text("user"),
                    Namespace = context.Text("namespace"),
                }
                : null,
        };

    private static Cluster ReadCluster(Fields named) =>
        new()
        {
            Name = named.Text("name") ?? "",
            ClusterEndpoint = named.Inner("cluster") is { } cluster
                ? new KubeconfigCluster
                {
                    Server = cluster.Text("server"),
                    CertificateAuthority = cluster.Text("certificate-authority"),
                    CertificateAuthorityData = cluster.Text("certificate-authority-data"),
                    SkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
                    TlsServerName = cluster.Text("tls-server-name"),
                    ProxyUrl = cluster.Text("proxy-url"),
                }
                : null,
        };

    private static User ReadUser(Fields named) =>
        new()
        {
            Name = named.Text("name") ?? "",
            UserCredentials = named.Inner("user") is { } user
                ? new KubeconfigUser
                {
                    ClientCertificate = user.Text("client-certificate"),
                    ClientCertificateData = user.Text("client-certificate-data"),
                    ClientKey = user.Text("client-key"),
                    ClientKeyData = user.Text("client-key-data"),
                    Token = user.Text("token"),
                    TokenFile = user.Text("tokenFile"),
                    UserName = user.Text("username"),
                    Password = user.Text("password"),
                    Impersonate = user.Text("as"),
                    ImpersonateUid = user.Text("as-uid"),
                    ImpersonateGroups = user.Texts("as-groups"),
                    ImpersonateExtra = user.Inner("as-user-extra")?.AllTexts() ?? [],
                    AuthProvider = user.Inner("auth-provider") is { } provider
                        ? new AuthProvider { Name = provider.Text("name"), Config = provider.Inner("config")?.All() ?? [] }
                        : null,
                    ExternalExecution = user.Inner("exec") is { } exec ? ReadExecution(exec) : null,
                }
                : null,
        };

    private static ExternalExecution ReadExecution(Fields exec) =>
        new()
        {
            ApiVersion = exec.Text("apiVersion"),
            Command = exec.Text("command"),
            Arguments = exec.Texts("args"),
            EnvironmentVariables = [.. exec.Each("env").Select(variable => variable.All())],
            InstallHint = exec.Text("installHint"),
            ProvideClusterInfo = exec.Flag("provideClusterInfo"),
        };

    /// <summary>The fields of a mapping, with their path.</summary>
    private sealed class Fields(string path, YamlMappingNode node)
    {
        public string? Text(string name) =>
            Find(name) switch
            {
                null => null,
                YamlScalarNode { Value: { } text } => text,
                _ => throw Wrong(name, "a text"),
            };

        public bool Flag(string name) =>
            Text(name) switch
            {
                null => false,
                var text => bool.TryParse(text, out var flag) ? flag : throw Wrong(name, "true or false"),
            };

        public IList<string> Texts(string name) =>
            [
                .. Items(name)
                    .Select(
                        (item, at) =>
                            item is YamlScalarNode { Value: { } text } && !IsNull(item) ? text : throw Wrong(At(name, at), "a text")
                    ),
            ];

        public Fields? Inner(string name) =>
            Find(name) switch
            {
                null => null,
                YamlMappingNode inner => new Fields($"{path}{name}.", inner),
                _ => throw Wrong(name, "fields with values"),
            };

        public IEnumerable<Fields> Each(string name) =>
            Items(name)
                .Select(
                    (item, at) =>
                        item is YamlMappingNode inner
                            ? new Fields($"{path}{At(name, at)}.", inner)
                            : throw Wrong(At(name, at), "fields with values")
                );

        public Dictionary<string, string> All() => Names().ToDictionary(name => name, name => Text(name) ?? "", StringComparer.Ordinal);

        public Dictionary<string, IReadOnlyList<string>> AllTexts() =>
            Names().ToDictionary(name => name, name => (IReadOnlyList<string>)[.. Texts(name)], StringComparer.Ordinal);

        private IEnumerable<string> Names() =>
            node.Children.Keys.Select(key =>
                key is YamlScalarNode { Value: { } name } ? name : throw Wrong($"{key}", "a name that is a text")
            );

        private IEnumerable<YamlNode> Items(string name) =>
            Find(name) switch
            {
                null => [],
                YamlSequenceNode items => items.Children,
                _ => throw Wrong(name, "a list"),
            };

        /// <summary>The value of a field; null also if it is empty.</summary>
        private YamlNode? Find(string name) =>
            node.Children.TryGetValue(new YamlScalarNode(name), out var value) && !IsNull(value) ? value : null;

        private static bool IsNull(YamlNode value) => value is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" };

        private static string At(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]");

        private KubeConfigException Wrong(string name, string wanted) => new($"{path}{name} must be {wanted}");
    }
}
