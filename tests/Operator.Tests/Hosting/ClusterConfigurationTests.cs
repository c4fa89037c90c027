using Operator.Commands;
using Operator.Hosting;

namespace Operator.Tests.Hosting;

public sealed class ClusterConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("configuration-");
    private readonly Dictionary<string, string> _environment;

    public ClusterConfigurationTests() => _environment = new() { ["HOME"] = _folder.FullName };

    public void Dispose() => _folder.Delete(recursive: true);

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
    public void Find_ContextThatIsNotThere_SaysSo()
    {
        WriteAt(".kube/config", "https://home.example.com");

        Assert.Contains("nope", Refusal(null, "nope"), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoneAtAll_SaysWhereItLooked()
    {
        var message = Refusal(null);

        Assert.Contains(Path.Combine(_folder.FullName, ".kube", "config"), message, StringComparison.Ordinal);
        Assert.Contains("--kubeconfig", message, StringComparison.Ordinal);
        Assert.Contains("KUBECONFIG", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_FileThatIsMissingOrNoKubeconfig_NamesIt()
    {
        var garbage = Path.Combine(_folder.FullName, "garbage");
        File.WriteAllText(garbage, "- not\n- a kubeconfig\n");

        Assert.Contains(garbage, Refusal(garbage), StringComparison.Ordinal);
        Assert.Equal("--kubeconfig: there is no file /no/such; write the path of one", Refusal("/no/such"));
    }

    private string Find(string? kubeconfig, string? context = null) =>
        ClusterConfiguration.Find(kubeconfig, context, _environment.GetValueOrDefault).Configuration.Host;

    private string Refusal(string? kubeconfig, string? context = null) =>
        Assert.Throws<InvalidSettingException>(() => Find(kubeconfig, context)).Message;

    private string WriteAt(string name, string server)
    {
        var path = Path.Combine(_folder.FullName, name);
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
            """);
        return path;
    }
}
