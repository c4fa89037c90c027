using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Hosting;
using Operator.Manifests.Distribution;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>What comes out of the chart.</summary>
public sealed partial class RenderingTests
{
    private static readonly string Golden = Repository.PathOf("tests", "Operator.Packaging.Tests", "golden");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>
    /// Each file of values has one with what they render to. A person reviews a change and then writes the files again:
    /// <c>WRITE_GOLDEN=1 dotnet run --project tests/Operator.Packaging.Tests</c>.
    /// </summary>
    [Theory]
    [InlineData("default")]
    [InlineData("namespaced")]
    [InlineData("account")]
    [InlineData("full")]
    [InlineData("bare")]
    public async Task Render_EachCombination_IsAsCommitted(string combination)
    {
        // Definitions and dashboard have tests of their own and would hide everything else.
        var rendered = DashboardText()
            .Replace(
                await Chart.TemplateAsync(
                    Cancelled,
                    "-f",
                    Path.Combine(Golden, $"{combination}.values.yaml"),
                    "--set",
                    "crds.install=false"
                ),
                "    {}\n"
            );

        var file = Path.Combine(Golden, $"{combination}.yaml");
        if (Environment.GetEnvironmentVariable("WRITE_GOLDEN") is "1")
        {
            await File.WriteAllTextAsync(file, rendered, Cancelled);
        }

        Assert.Equal(await File.ReadAllTextAsync(file, Cancelled), rendered);
    }

    /// <summary>What values.yaml promises of proxy.none, on clusters of both kinds of addresses.</summary>
    [Theory]
    [InlineData("10.96.0.1", "", "https://10.96.0.1:443/version")]
    [InlineData("fd00:10:96::1", "", "https://[fd00:10:96::1]:443/version")]
    [InlineData("fd00:10:96::1", ".svc,.cluster.local", "https://[fd00:10:96::1]:443/version")]
    public async Task Proxy_WhateverIsExcepted_IsNeverOnTheWayToTheApiServer(string serviceHost, string none, string server)
    {
        var pod = (
            await Chart.RenderAsync(
                Cancelled,
                "--set",
                "proxy.https=http://proxy.example.com:3128",
                "--set-string",
                $"proxy.none={none.Replace(",", "\\,", StringComparison.Ordinal)}"
            )
        )
            .The("Deployment")
            .Pod();
        var environment = pod.Container()["env"]!
            .AsArray()
            .ToDictionary(
                variable => (string)variable!["name"]!,
                variable => ((string)variable!["value"]!).Replace("$(KUBERNETES_SERVICE_HOST)", serviceHost, StringComparison.Ordinal)
            );

        var proxy = new EnvironmentProxy(environment.GetValueOrDefault);

        Assert.Null(proxy.GetProxy(new Uri(server)));
        Assert.NotNull(proxy.GetProxy(new Uri("https://gcp-us-east1.api.carto.com")));
    }

    [Fact]
    public async Task Lint_Strictly_FindsNothing()
    {
        var result = await new Helm().RunAsync(["lint", "--strict", Chart.Folder], Cancelled);

        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Theory]
    [InlineData("replica=2", "additional properties 'replica' not allowed")]
    [InlineData("log.level=loud", "at '/log/level': value must be one of 'trace', 'debug', 'information', 'warning', 'error', 'critical'")]
    [InlineData("clusterId=cluster", "at '/clusterId'")]
    [InlineData("account.create=true", "at '/account/apiBaseUrl'")]
    [InlineData("leaderElection.enabled=false,replicas=2", "at '/replicas': maximum: got 2, want 1")]
    [InlineData("allowedHosts={https://carto.example.com}", "at '/allowedHosts/0'")]
    [InlineData("allowedHosts={[fd00::7]:443}", "at '/allowedHosts/0'")]
    [InlineData("serviceMonitor.enabled=true,podMonitor.enabled=true", "at '/podMonitor/enabled': value must be false")]
    [InlineData("serviceMonitor.enabled=true,metrics.service=false", "at '/metrics/service': value must be true")]
    [InlineData("serviceMonitor.enabled=true,metrics.enabled=false", "at '/metrics/enabled': value must be true")]
    [InlineData("podMonitor.enabled=true,metrics.enabled=false", "at '/metrics/enabled': value must be true")]
    [InlineData("prometheusRule.enabled=true,metrics.enabled=false", "at '/metrics/enabled': value must be true")]
    [InlineData("dashboard.enabled=true,metrics.enabled=false", "at '/metrics/enabled': value must be true")]
    [InlineData("serviceMonitor.interval=often", "at '/serviceMonitor/interval'")]
    public async Task Render_ValuesThatMakeNoSense_AreRefusedByName(string value, string message)
    {
        var result = await Chart.TryTemplateAsync(Cancelled, "--set", value);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Definitions_WithAndWithoutKeep_AreTheGeneratedOnes()
    {
        var kept = (await Chart.RenderAsync(Cancelled)).Where(each => each.Kind() == "CustomResourceDefinition").ToList();
        var bare = (await Chart.RenderAsync(Cancelled, "--set", "crds.keep=false"))
            .Where(each => each.Kind() == "CustomResourceDefinition")
            .ToList();
        var generated = Directory
            .EnumerateFiles(Repository.PathOf("config", "crd"), "credentials*.yaml")
            .Select(file => Assert.Single(Manifests.Parse(File.ReadAllText(file))))
            .ToList();

        Assert.Equal(3, generated.Count);
        Assert.Equal(generated.Select(Spec).Order(), kept.Select(Spec).Order());
        Assert.Equal(generated.Select(Spec).Order(), bare.Select(Spec).Order());
        Assert.All(kept, each => Assert.Equal("keep", (string?)each["metadata"]!["annotations"]!["helm.sh/resource-policy"]));
        Assert.All(bare, each => Assert.Null(each["metadata"]!["annotations"]));
    }

    /// <summary>Whoever reads the one has read the other.</summary>
    [Fact]
    public async Task Deployment_OfTheChartAndOfKustomize_RunTheSamePod()
    {
        var chart = (await Chart.RenderAsync(Cancelled)).The("Deployment");
        var kustomize = Manifests.Parse((await KustomizeAsync()).Output).The("Deployment");

        // Kustomize has no releases, by which the chart tells its pods apart.
        Assert.True(
            chart.Pod()["topologySpreadConstraints"]![0]!["labelSelector"]!["matchLabels"]!.AsObject().Remove("app.kubernetes.io/instance")
        );
        Assert.Equal(kustomize.Pod().Sorted().ToJsonString(), chart.Pod().Sorted().ToJsonString());
    }

    /// <summary>The rules of the chart, by default and for one namespace, are the generated ones, none left out.</summary>
    [Fact]
    public async Task Roles_OfTheChartAndOfKustomize_GrantTheSame()
    {
        var chart = await Chart.RenderAsync(Cancelled, "--set", "rbac.aggregate=false");
        var kustomize = Manifests.Parse((await KustomizeAsync()).Output);

        foreach (var kind in new[] { "ClusterRole", "Role" })
        {
            Assert.Equal(Rules(kustomize.The(kind)), Rules(chart.The(kind)));
        }
    }

    [Fact]
    public async Task Values_WhateverIsChanged_ChangesWhatIsRendered()
    {
        string[] full = ["-f", Path.Combine(Golden, "full.values.yaml")];
        string[] podMonitored = [.. full, "--set", "serviceMonitor.enabled=false,podMonitor.enabled=true"];
        var before = await Chart.TemplateAsync(Cancelled, full);
        var beforePodMonitored = await Chart.TemplateAsync(Cancelled, podMonitored);
        List<string> dead = [];
        foreach (var value in HelmChart.Values)
        {
            var change = Changes.GetValueOrDefault(value.Path) ?? value.Path + Another(value.Default);
            var isOfPodMonitor = value.Path.StartsWith("podMonitor.", StringComparison.Ordinal);
            var after = await Chart.TemplateAsync(Cancelled, [.. isOfPodMonitor ? podMonitored : full, "--set", change]);
            if (after == (isOfPodMonitor ? beforePodMonitored : before))
            {
                dead.Add(value.Path);
            }
        }

        Assert.Empty(dead);
    }

    /// <summary>Changes of values that cannot be anything of their type, or that count only beside another value.</summary>
    private static readonly Dictionary<string, string> Changes = new()
    {
        ["image.tag"] = "image.digest=,image.tag=1.2.3",
        ["image.digest"] = "image.digest=",
        ["image.pullPolicy"] = "image.pullPolicy=Never",
        ["namespaces"] = "namespaces={other}",
        ["clusterId"] = "clusterId=aaaaaa",
        ["allowedHosts"] = "allowedHosts={other}",
        ["verify"] = "verify=true",
        ["log.level"] = "log.level=error",
        ["log.format"] = "log.format=console",
        ["account.apiBaseUrl"] = "account.apiBaseUrl=https://other",
        ["account.clientId"] = "account.existingSecret=,account.clientId=me",
        ["account.clientSecret"] = "account.existingSecret=,account.clientId=me,account.clientSecret=pssst",
        ["leaderElection.enabled"] = "leaderElection.enabled=false,replicas=1",
        ["leaderElection.leaseDuration"] = "leaderElection.leaseDuration=30s",
        ["leaderElection.renewDeadline"] = "leaderElection.renewDeadline=9s",
        ["leaderElection.retryPeriod"] = "leaderElection.retryPeriod=1s",
        ["podDisruptionBudget.minAvailable"] = "podDisruptionBudget.maxUnavailable=,podDisruptionBudget.minAvailable=3",
        ["metrics.enabled"] = "metrics.enabled=false,serviceMonitor.enabled=false,prometheusRule.enabled=false,dashboard.enabled=false",
        ["metrics.service"] = "metrics.service=false,serviceMonitor.enabled=false",
        ["serviceMonitor.interval"] = "serviceMonitor.interval=5s",
        ["podMonitor.interval"] = "podMonitor.interval=5s",
        ["networkPolicy.egressPorts"] = "networkPolicy.egressPorts={1}",
        ["extraArgs"] = "extraArgs={--other}",
    };

    /// <summary>Something of the same type that neither the chart nor the full combination says.</summary>
    private static string Another(string value) =>
        value[0] switch
        {
            't' or 'f' => "=false",
            '"' => "=other",
            '{' => ".other=other",
            '[' => "[0].other=other",
            _ => "=77",
        };

    private static string Spec(JsonObject definition) => definition["spec"]!.Sorted().ToJsonString();

    private static IEnumerable<string> Rules(JsonObject role) =>
        role["rules"]!.AsArray().Select(rule => rule!.Sorted().ToJsonString()).Order();

    private static async Task<CommandResult> KustomizeAsync() =>
        (await new Kubectl("/nonexistent").RunAsync(["kustomize", Repository.PathOf("config", "default")], Cancelled)).EnsureSuccess();

    [GeneratedRegex(@"(?<=carto-operator\.json: \|\n)(    .*\n)+")]
    private static partial Regex DashboardText();
}
