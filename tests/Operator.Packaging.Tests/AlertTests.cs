using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>
/// The alerts, tried by Prometheus's own promtool: each has a file in the folder <c>alerts</c> that says which series make it fire, with
/// which labels and words, and which do not.
/// </summary>
public sealed partial class AlertTests : IDisposable
{
    private static readonly string Tests = Repository.PathOf("tests", "Operator.Packaging.Tests", "alerts");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static IEnumerable<string> Tried =>
        Directory.EnumerateFiles(Tests).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    public static IEnumerable<TheoryDataRow<string>> EachTried => Tried.Select(alert => new TheoryDataRow<string>(alert));

    private string Rules => _folder.PathOf("rules.yaml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rules_AsRendered_AreSoundForPromtool()
    {
        await WriteRulesAsync();

        (await Prometheus.PromtoolAsync(["check", "rules", "--lint=all", "--lint-fatal", Rules], Cancelled)).EnsureSuccess();
    }

    [Theory]
    [MemberData(nameof(EachTried))]
    public async Task Alert_OnTheSeriesOfItsFile_FiresWithItsWordsOrStaysSilent(string alert)
    {
        await WriteRulesAsync();
        var test = _folder.PathOf($"{alert}.yaml");
        File.Copy(Path.Combine(Tests, $"{alert}.yaml"), test);

        (await Prometheus.PromtoolAsync(["test", "rules", test], Cancelled)).EnsureSuccess();
    }

    [Fact]
    public async Task EachAlert_IsTriedBothFiringAndSilent()
    {
        Assert.Equal(await NamesAsync(), Tried);
        foreach (var alert in Tried)
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Tests, $"{alert}.yaml"), Cancelled);
            Assert.Contains("exp_labels: {severity: ", text, StringComparison.Ordinal);
            Assert.Contains("exp_alerts: []", text, StringComparison.Ordinal);
            Assert.All(AlertName().Matches(text), name => Assert.Equal(alert, name.Groups[1].Value));
        }
    }

    [Fact]
    public async Task EachAlert_SaysWhatItIsAndWhatToDo_AndHasARowInTheRunbook()
    {
        const string Page = "https://wiki.example.com/carto/operations";
        var runbook = Section().Match(await File.ReadAllTextAsync(Repository.PathOf("docs", "operations.md"), Cancelled)).Value;
        var rules = Alerts.Rules(await Alerts.RenderAsync(Cancelled, "--set", $"prometheusRule.runbookUrl={Page}"));

        Assert.All(rules, rule =>
        {
            Assert.InRange(rule.Annotation("summary")!.Length, 20, 150);
            Assert.InRange(rule.Annotation("description")!.Length, 80, 400);
            Assert.Equal($"{Page}#alerts", rule.Annotation("runbook_url"));
        });
        Assert.Equal(await NamesAsync(), Row().Matches(runbook).Select(row => row.Groups["alert"].Value).Order(StringComparer.Ordinal));
    }

    /// <summary>An installation with kustomize has the same alerts.</summary>
    [Fact]
    public async Task Kustomize_WithItsComponent_BringsTheSameAlertsAndDashboard()
    {
        await File.WriteAllTextAsync(
            _folder.PathOf("kustomization.yaml"),
            $"""
            namespace: my-team
            resources: [{Relative("config", "manager")}]
            components: [{Relative("config", "monitoring")}]
            """,
            Cancelled
        );
        var kustomized = Manifests.Parse(
            (await new Kubectl("/nonexistent").RunAsync(["kustomize", _folder.Path], Cancelled)).EnsureSuccess().Output
        );
        var charted = await Chart.RenderAsync(
            Cancelled,
            "--set",
            "prometheusRule.enabled=true,dashboard.enabled=true,podMonitor.enabled=true"
        );

        foreach (var (kind, field) in new[] { ("PrometheusRule", "groups"), ("PodMonitor", "podMetricsEndpoints") })
        {
            Assert.Equal(
                charted.The(kind)["spec"]![field]!.Sorted().ToJsonString(),
                kustomized.The(kind)["spec"]![field]!.Sorted().ToJsonString()
            );
        }

        Assert.Equal(DashboardOf(charted), DashboardOf(kustomized));
        Assert.All(kustomized, each => Assert.Equal("my-team", (string?)each["metadata"]!["namespace"]));
    }

    // JSON is YAML.
    private async Task WriteRulesAsync() => await File.WriteAllTextAsync(Rules, (await Alerts.Spec).ToJsonString(), Cancelled);

    private static async Task<IEnumerable<string>> NamesAsync() =>
        Alerts.Rules(await Alerts.Spec).Select(rule => rule.Alert()).Order(StringComparer.Ordinal);

    private static string DashboardOf(IEnumerable<JsonObject> manifests) =>
        ((string)manifests.The("ConfigMap")["data"]!["carto-operator.json"]!).TrimEnd();

    private string Relative(params ReadOnlySpan<string> parts) => Path.GetRelativePath(_folder.Path, Repository.PathOf(parts));

    [GeneratedRegex("alertname: (\\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex("^## Alerts\n.*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\| `(?<alert>Carto\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
