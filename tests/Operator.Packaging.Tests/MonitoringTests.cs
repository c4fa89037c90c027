using System.Text.RegularExpressions;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>What is measured is also shown.</summary>
public sealed partial class MonitoringTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dashboard_AndAlerts_LeaveNoMetricOut()
    {
        var queries =
            string.Join('\n', await Dashboard.ReadQueriesAsync(Cancelled))
            + string.Join('\n', Alerts.Rules(await Alerts.Spec).Select(rule => rule.Expression()));
        var documented = Row()
            .Matches(await File.ReadAllTextAsync(Repository.PathOf("docs", "metrics.md"), Cancelled))
            .Select(row => row.Groups[1].Value);

        // Each change that a watch brings: of use to who looks for a cause, and not on a wall. And what is there on demand only.
        Assert.Equal(
            ["carto_operator_informer_events_total"],
            documented.Where(metric =>
                !queries.Contains(metric, StringComparison.Ordinal)
                && !metric.StartsWith("carto_operator_client_", StringComparison.Ordinal)
            )
        );
    }

    [GeneratedRegex(@"^\| `(carto_operator_\w+)`", RegexOptions.Multiline)]
    private static partial Regex Row();
}
