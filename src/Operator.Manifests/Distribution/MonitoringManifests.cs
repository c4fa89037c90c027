using System.Text.Json.Nodes;
using Operator.Contracts;
using Operator.Manifests.Output;

namespace Operator.Manifests.Distribution;

/// <summary>The chart's alerts and dashboard as a kustomize component.</summary>
internal static class MonitoringManifests
{
    private const string Folder = "config/monitoring";
    private const string Header =
        $"# Generated from {HelmChart.Folder}/files by Operator.Manifests; change those and run `make generate`.\n";
    private const string Dashboard = "dashboard.json";
    private const string Namespace = WireNames.Manager;

    public static IEnumerable<GeneratedFile> Generate(string alerts, string dashboard) =>
        [
            new($"{Folder}/kustomization.yaml", Header + YamlText.Write(Kustomization())),
            new($"{Folder}/pod_monitor.yaml", Header + YamlText.Write(PodMonitor())),
            new($"{Folder}/prometheus_rule.yaml", Header + PrometheusRule(alerts)),
            new($"{Folder}/{Dashboard}", dashboard),
        ];

    private static JsonObject Kustomization() =>
        new()
        {
            ["apiVersion"] = "kustomize.config.k8s.io/v1alpha1",
            ["kind"] = "Component",
            ["resources"] = new JsonArray("pod_monitor.yaml", "prometheus_rule.yaml"),
            ["configMapGenerator"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = $"{WireNames.Manager}-dashboard",
                    ["namespace"] = Namespace,
                    ["files"] = new JsonArray($"{WireNames.Manager}.json={Dashboard}"),

                    // Grafana's sidecar selects by label, so a name hash per change is not needed.
                    ["options"] = new JsonObject
                    {
                        ["disableNameSuffixHash"] = true,
                        ["labels"] = new JsonObject { ["grafana_dashboard"] = "1" },
                    },
                }
            ),
        };

    private static JsonObject PodMonitor() =>
        new()
        {
            ["apiVersion"] = "monitoring.coreos.com/v1",
            ["kind"] = "PodMonitor",
            ["metadata"] = Metadata(),
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app.kubernetes.io/name"] = WireNames.Manager } },
                ["podMetricsEndpoints"] = new JsonArray(new JsonObject { ["port"] = "metrics", ["interval"] = "30s" }),
            },
        };

    // As text, to keep the alerts readable.
    private static string PrometheusRule(string alerts) =>
        YamlText.Write(
            new JsonObject
            {
                ["apiVersion"] = "monitoring.coreos.com/v1",
                ["kind"] = "PrometheusRule",
                ["metadata"] = Metadata(),
            }
        )
        + "spec:\n  groups:\n"
        + string.Concat(alerts.TrimEnd().Split('\n').Select(line => $"  {line}\n"));

    private static JsonObject Metadata() => new() { ["name"] = WireNames.Manager, ["namespace"] = Namespace };
}
