using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;
using Operator.Hosting;
using Operator.TestKit;

namespace Operator.Tests.Hosting;

public sealed class ClusterConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment;

    public ClusterConfigurationTests() => _environment = new() { ["HOME"] = _folder.Path };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_Kubeconfig_WinsOverVariableAndHome()
    {
        WriteAt(".kube/config", "https://home.example.com");
        _environment["KUBECONFIG"] = WriteAt("variable", "https://variable.example.com");

        Assert.Equal("https://flag.example.com", Find(WriteAt("flag", "https://flag.example.com")));
        Assert.Equal("https://variable.example.com", Find(null));
        _environment.Remove("KUBECONFIG");
        Assert.Equal("https://home.example.com", Find(null));
    }

    [Fact]
    public void Find_Context_IsTheOneOfThatName()
    {
        WriteAt(".kube/config", "https://home.example.com");

        Assert.Equal("https://other.example.com", Find(null, "other"));
    }

    [Fact]
    public void Find_ContextThatIsNotThere_ReportsIt()
    {
        WriteAt(".kube/config", "https://home.example.com");

        Assert.Contains("nope", Refusal(null, "nope"), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoneAtAll_SaysWhereItLooked()
    {
        var message = Refusal(null);

        Assert.Contains(_folder.PathOf(".kube", "config"), message, StringComparison.Ordinal);
        Assert.Contains("--kubeconfig", message, StringComparison.Ordinal);
        Assert.Contains("KUBECONFIG", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clusters: {name: here}", "clusters must be a list")]
    [InlineData("clusters: [here]", "clusters[0] must be fields with values")]
    [InlineData("contexts: [{name: here, context: [there]}]", "contexts[0].context must be fields with values")]
    [InlineData("users: [{name: me, user: {token: [t]}}]", "users[0].user.token must be a text")]
    [InlineData("users: [{name: me, user: {exec: {args: [a, {b: c}]}}}]", "users[0].user.exec.args[1] must be a text")]
    [InlineData(
        "clusters: [{name: here, cluster: {insecure-skip-tls-verify: perhaps}}]",
        "clusters[0].cluster.insecure-skip-tls-verify must be true or false"
    )]
    [InlineData("users: [{name: me, user: {auth-provider: {config: {[a]: b}}}}]", "must be a name that is a text")]
    public void Find_FieldOfAnotherShape_NamesTheField(string text, string expected)
    {
        var path = _folder.PathOf("shape");
        File.WriteAllText(path, text);

        Assert.Contains(expected, Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_FileThatIsMissingOrNoKubeconfig_NamesIt()
    {
        var garbage = _folder.PathOf("garbage");
        File.WriteAllText(garbage, "- not\n- a kubeconfig\n");

        Assert.Contains(garbage, Refusal(garbage), StringComparison.Ordinal);
        Assert.Equal("--kubeconfig: there is no file /no/such; write the path of one", Refusal("/no/such"));
    }

    /// <summary>Nothing of what a kubeconfig may have is lost by reading it in another way than the library does.</summary>
    [Theory]
    [InlineData("token")]
    [InlineData("certificate")]
    [InlineData("certificate-files")]
    [InlineData("password")]
    [InlineData("command")]
    [InlineData("provider")]
    public async Task Find_EachKindOfUser_IsReadAsTheLibraryReadsIt(string user)
    {
        var file = WriteRich();

        var read = ClusterConfiguration.Find(file, user, _environment.GetValueOrDefault, TimeProvider.System).Configuration;

        var expected = KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(file), user);
        Assert.Equal(Describe(expected), Describe(read));
        Assert.Equal(await TokenAsync(expected.TokenProvider), await TokenAsync(read.TokenProvider));
        Assert.Equal("https://rich.example.com", read.Host);
        Assert.Equal(2, read.SslCaCerts.Count);
        Assert.Equal("team", read.Namespace);
    }

    private static async Task<string?> TokenAsync(ITokenProvider? provider) =>
        provider is null
            ? null
            : $"{provider.GetType().Name} {(provider is OidcTokenProvider ? "" : (await provider.GetAuthenticationHeaderAsync(CancellationToken.None)).ToString())}";

    private static SortedDictionary<string, string> Describe(KubernetesClientConfiguration configuration) =>
        new(
            typeof(KubernetesClientConfiguration)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.PropertyType == typeof(string) || property.PropertyType == typeof(bool))
                .ToDictionary(property => property.Name, property => $"{property.GetValue(configuration)}")
        );

    /// <summary>A kubeconfig as clouds and people write them: files beside it, data in it, extensions, and unknown fields.</summary>
    private string WriteRich()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=me", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.MaxValue.AddDays(-1)
        );
        var pem = certificate.ExportCertificatePem() + "\n";
        File.WriteAllText(_folder.PathOf("me.crt"), pem);
        File.WriteAllText(_folder.PathOf("me.key"), key.ExportPkcs8PrivateKeyPem());
        var command = _folder.PathOf("say-token");
        File.WriteAllText(
            command,
            """
            #!/bin/sh
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$GREETING-$1'"}}'

            """
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var path = _folder.PathOf("rich");
        File.WriteAllText(
            path,
            $$$"""
            apiVersion: v1
            kind: Config
            preferences: {colors: true}
            unknown: [1, {two: 3}]
            extensions:
            - {name: tool, extension: {last-update: "yesterday", version: v1} }
            clusters:
            - name: rich
              cluster:
                server: https://rich.example.com
                tls-server-name: rich
                certificate-authority-data: {{{Base64(pem + pem)}}}
                extensions:
                - {name: cluster_info, extension: {provider: somewhere} }
            users:
            - {name: token, user: {token: "0123", as: somebody, unknown-field: 1} }
            - {name: certificate, user: {client-certificate-data: {{{Base64(pem)}}}, client-key-data: {{{Base64(key.ExportPkcs8PrivateKeyPem())}}} } }
            - {name: certificate-files, user: {client-certificate: me.crt, client-key: me.key} }
            - {name: password, user: {username: me, password: "pass: word"} }
            - name: command
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: {{{command}}}
                  args: [world]
                  env: [{name: GREETING, value: hello} ]
                  interactiveMode: Never
                  provideClusterInfo: false
            - name: provider
              user:
                auth-provider:
                  name: oidc
                  config: {client-id: id, client-secret: pssst, id-token: abc, refresh-token: def, idp-issuer-url: "https://issuer.example.com"}
            contexts:
            {{{string.Join('\n', ((string[])["token", "certificate", "certificate-files", "password", "command", "provider"])
                .Select(user => $"- {{name: {user}, context: {{cluster: rich, user: {user}, namespace: team}} }}"))}}}
            current-context: token
            """
        );
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private string Find(string? kubeconfig, string? context = null) =>
        ClusterConfiguration.Find(kubeconfig, context, _environment.GetValueOrDefault, TimeProvider.System).Configuration.Host;

    private string Refusal(string? kubeconfig, string? context = null) =>
        Assert.Throws<InvalidSettingException>(() => Find(kubeconfig, context)).Message;

    private string WriteAt(string name, string server)
    {
        var path = _folder.PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(
            path,
            $$"""
            apiVersion: v1
            kind: Config
            current-context: first
            clusters:
            - {name: first, cluster: {server: "{{server}}", insecure-skip-tls-verify: true} }
            - {name: other, cluster: {server: "https://other.example.com", insecure-skip-tls-verify: true} }
            users:
            - {name: me, user: {token: t} }
            contexts:
            - {name: first, context: {cluster: first, user: me} }
            - {name: other, context: {cluster: other, user: me} }
            """
        );
        return path;
    }
}
