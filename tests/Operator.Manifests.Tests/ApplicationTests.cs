namespace Operator.Manifests.Tests;

public sealed class ApplicationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Run_InTheRepository_FindsTheCommittedFilesUpToDate()
    {
        var exitCode = Run(AppContext.BaseDirectory, "--verify");

        Assert.True(exitCode == 0, _error.ToString());
    }

    [Fact]
    public void Run_WithOutput_WritesAllGeneratedFiles()
    {
        var exitCode = Run("/", "--output", _folder.Path);

        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                "charts/carto-operator/Chart.yaml",
                "charts/carto-operator/README.md",
                "charts/carto-operator/files/crds/credentials.carto.com_cartoaccounts.yaml",
                "charts/carto-operator/files/crds/credentials.carto.com_clustercartoaccounts.yaml",
                "charts/carto-operator/files/crds/credentials.carto.com_m2moauthclients.yaml",
                "charts/carto-operator/files/rbac/always.yaml",
                "charts/carto-operator/files/rbac/cluster.yaml",
                "charts/carto-operator/files/rbac/home.yaml",
                "charts/carto-operator/files/rbac/watched.yaml",
                "charts/carto-operator/values.schema.json",
                "config/crd/credentials.carto.com_cartoaccounts.yaml",
                "config/crd/credentials.carto.com_clustercartoaccounts.yaml",
                "config/crd/credentials.carto.com_m2moauthclients.yaml",
                "config/crd/kustomization.yaml",
                "config/manager/kustomization.yaml",
                "config/monitoring/dashboard.json",
                "config/monitoring/kustomization.yaml",
                "config/monitoring/pod_monitor.yaml",
                "config/monitoring/prometheus_rule.yaml",
                "config/rbac-namespaced/cluster_role.yaml",
                "config/rbac-namespaced/cluster_role_binding.yaml",
                "config/rbac-namespaced/kustomization.yaml",
                "config/rbac-namespaced/role.yaml",
                "config/rbac-namespaced/role_binding.yaml",
                "config/rbac-namespaced/service_account.yaml",
                "config/rbac/cluster_role.yaml",
                "config/rbac/cluster_role_binding.yaml",
                "config/rbac/kustomization.yaml",
                "config/rbac/role.yaml",
                "config/rbac/role_binding.yaml",
                "config/rbac/service_account.yaml",
                "docs/api.md",
            ],
            Directory
                .EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(_folder.Path, file))
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(0, Run("/", "--output", _folder.Path, "--verify"));
    }

    [Fact]
    public void Run_VerifyWithAStaleFile_FailsAndShowsTheDifference()
    {
        Run("/", "--output", _folder.Path);
        var role = Path.Combine(_folder.Path, "config/rbac/cluster_role.yaml");
        File.WriteAllText(role, File.ReadAllText(role).Replace("[secrets]", "['*']", StringComparison.Ordinal));

        var exitCode = Run("/", "--output", _folder.Path, "--verify");

        Assert.Equal(1, exitCode);
        Assert.Contains("config/rbac/cluster_role.yaml is stale", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("-   resources: ['*']\n  +   resources: [secrets]", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--verfy")]
    [InlineData("--output")]
    public void Run_WithUnknownArguments_SaysWhichAreKnown(string argument)
    {
        var exitCode = Run("/", argument);

        Assert.Equal(2, exitCode);
        Assert.StartsWith($"Not understood: {argument}\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--output DIR", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OutsideOfTheRepository_AsksForAFolder()
    {
        Assert.Equal(2, Run(_folder.Path));
        Assert.Contains("--output", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Help_ShowsTheOptions()
    {
        Assert.Equal(0, Run("/", "--help"));
        Assert.Contains("--verify", _output.ToString(), StringComparison.Ordinal);
    }

    private int Run(string currentFolder, params string[] arguments) => new Application(_output, _error, currentFolder).Run(arguments);
}
