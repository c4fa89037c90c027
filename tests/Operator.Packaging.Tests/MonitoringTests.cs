using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>
/// Alerts and dashboard ask for metrics that there are, by labels that they have. docs/metrics.md says which: another test compares that
/// page with what a running operator serves.
/// </summary>
public sealed partial class MonitoringTests
{
    private static readonly string[] Suffixes = ["_bucket", "_sum", "_count"];

    // Beside those of the page: what Prometheus adds, and the buckets of a histogram.
    private static readonly string[] LabelsOfAll = ["namespace", "le"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dashboard_EveryQuery_AsksForMetricsAndLabelsThatThereAre()
    {
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Chart.Folder, "files", "dashboard.json"), Cancelled))!;
        var queries = dashboard["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .Select(target => (string)target!["expr"]!)
            .ToList();

        Assert.NotEmpty(queries);
        Assert.All(queries, AssertKnown);
    }

    [Fact]
    public async Task Alerts_EveryExpression_AsksForMetricsAndLabelsThatThereAre()
    {
        var rule = (await Chart.RenderAsync(Cancelled, "--set", "prometheusRule.enabled=true")).The("PrometheusRule");
        var alerts = rule["spec"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).ToList();

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => AssertKnown((string)alert!["expr"]!));
        Assert.All(alerts, alert => Assert.False(string.IsNullOrEmpty((string?)alert!["annotations"]!["description"])));
    }

    /// <summary>No metric is served that neither shows.</summary>
    [Fact]
    public async Task Dashboard_AndAlerts_LeaveNoMetricOut()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Chart.Folder, "files", "dashboard.json"), Cancelled)
            + await File.ReadAllTextAsync(Path.Combine(Chart.Folder, "files", "alerts.yaml"), Cancelled);

        // Each change that a watch brings: of use to who looks for a cause, and not on a wall.
        Assert.Equal(["carto_operator_informer_events_total"], Documented().Keys.Where(metric => !text.Contains(metric, StringComparison.Ordinal)));
    }

    private static void AssertKnown(string query)
    {
        var documented = Documented();
        foreach (var metric in Metric().Matches(query).Select(match => match.Value))
        {
            var name = Suffixes.Select(suffix => metric.EndsWith(suffix, StringComparison.Ordinal) ? metric[..^suffix.Length] : metric)
                .FirstOrDefault(documented.ContainsKey);
            Assert.True(name is not null, $"There is no metric {metric}: {query}");
            foreach (var label in Labels().Matches(query).SelectMany(match => Label().Matches(match.Value)).Select(match => match.Value))
            {
                Assert.True(LabelsOfAll.Contains(label) || documented[name].Contains(label), $"{name} has no label {label}: {query}");
            }
        }
    }

    /// <summary>The metrics of docs/metrics.md with their labels.</summary>
    private static Dictionary<string, string[]> Documented() => Row().Matches(File.ReadAllText(Repository.PathOf("docs", "metrics.md"))).ToDictionary(
        row => row.Groups["metric"].Value,
        row => Quoted().Matches(row.Groups["labels"].Value).Select(label => label.Groups["label"].Value).ToArray());

    [GeneratedRegex(@"^\| `(?<metric>carto_operator_\w+)` \| \w+ \| (?<labels>[^|]*) ?\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<label>[a-z_]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"carto_operator_\w+")]
    private static partial Regex Metric();

    /// <summary>What stands in the braces behind a metric, or in the parentheses behind <c>by</c>.</summary>
    [GeneratedRegex(@"\{[^}]*\}|(?<=by )\([^)]*\)")]
    private static partial Regex Labels();

    [GeneratedRegex(@"(?<=[{(,]\s*)[a-z_]+(?=\s*(=|!=|,|\)))")]
    private static partial Regex Label();
}
