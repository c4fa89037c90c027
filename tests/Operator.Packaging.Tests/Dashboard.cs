using System.Text.Json.Nodes;

namespace Operator.Packaging.Tests;

/// <summary>The dashboard of the chart.</summary>
internal static class Dashboard
{
    /// <summary>The query of each panel, in which Grafana's variables are.</summary>
    public static async Task<IReadOnlyList<string>> ReadQueriesAsync(CancellationToken cancellationToken)
    {
        var dashboard = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(Chart.Folder, "files", "dashboard.json"), cancellationToken)
        )!;
        return
        [
            .. dashboard["panels"]!
                .AsArray()
                .SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
                .Select(target => (string)target!["expr"]!),
        ];
    }
}
