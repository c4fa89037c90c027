using System.Text.Json.Nodes;
using Operator.Contracts;
using Operator.Manifests.Output;
using Operator.Manifests.Rbac;

namespace Operator.Manifests.Distribution;

/// <summary>The generated parts of the Helm chart: its version, CRDs, RBAC rules, and the comments of its values.</summary>
internal static class HelmChart
{
    public const string Folder = $"charts/{WireNames.Manager}";

    /// <summary>The values with the comments above them.</summary>
    public static IReadOnlyList<ChartValue> Values { get; } = ChartValues.Read(Embedded("values.yaml"));

    public static string Schema() => ChartSchema.Describe(Embedded("values.schema.json"), Values);

    public static IEnumerable<GeneratedFile> Manifests(IEnumerable<(string Name, string Content)> definitions, string header) =>
        [
            new($"{Folder}/Chart.yaml", header + Chart()),
            .. definitions.Select(definition => new GeneratedFile($"{Folder}/files/crds/{definition.Name}", header + definition.Content)),
            // No header, because they become part of objects in the cluster.
            .. Enum.GetValues<Reach>()
                .Select(reach => new GeneratedFile(
                    $"{Folder}/files/rbac/{reach.ToString().ToLowerInvariant()}.yaml",
                    RoleManifests.Rules(Permissions.Of(reach))
                )),
        ];

    /// <summary>The chart's Prometheus and Grafana objects, for kustomize.</summary>
    public static IEnumerable<GeneratedFile> Monitoring() =>
        MonitoringManifests.Generate(Embedded("alerts.yaml"), Embedded("dashboard.json"));

    private static string Chart() =>
        YamlText.Write(
            new JsonObject
            {
                ["apiVersion"] = "v2",
                ["name"] = WireNames.Manager,
                ["description"] = "Manages CARTO's M2M OAuth Clients as custom resources, with their credentials in Secrets.",
                ["type"] = "application",
                ["version"] = Release.Version,
                ["appVersion"] = Release.Version,

                // Required by the validation rules of the CRDs.
                ["kubeVersion"] = ">=1.30.0-0",
                ["keywords"] = new JsonArray("carto", "oauth", "credentials", "secrets", "operator"),
            }
        );

    // Handwritten files are embedded in this program: their source is the chart in the repository, wherever the output goes.
    private static string Embedded(string name)
    {
        using var reader = new StreamReader(typeof(HelmChart).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
