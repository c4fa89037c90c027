using System.Text.Json.Nodes;
using Operator.Contracts;
using Operator.Manifests.Output;
using Operator.Manifests.Rbac;

namespace Operator.Manifests.Distribution;

/// <summary>The parts of the Helm chart that repeat what is said elsewhere: its version, the definitions, the rules, and the comments of its values.</summary>
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

        // Without the header, because they become parts of objects that people look at in a cluster.
        .. Enum.GetValues<Reach>().Select(
            reach => new GeneratedFile($"{Folder}/files/rbac/{reach.ToString().ToLowerInvariant()}.yaml", RoleManifests.Rules(Permissions.Of(reach)))),
    ];

    /// <summary>What the chart brings for Prometheus and Grafana, for kustomize.</summary>
    public static IEnumerable<GeneratedFile> Monitoring() => MonitoringManifests.Generate(Embedded("alerts.yaml"), Embedded("dashboard.json"));

    private static string Chart() => YamlText.Write(new JsonObject
    {
        ["apiVersion"] = "v2",
        ["name"] = WireNames.Manager,
        ["description"] = "Manages CARTO's M2M OAuth Clients as custom resources, with their credentials in Secrets.",
        ["type"] = "application",
        ["version"] = Release.Version,
        ["appVersion"] = Release.Version,

        // What the validation rules of the definitions need.
        ["kubeVersion"] = ">=1.30.0-0",
        ["keywords"] = new JsonArray("carto", "oauth", "credentials", "secrets", "operator"),
    });

    // What is written by hand comes with this program: the chart in the repository is its source, wherever the output goes.
    private static string Embedded(string name)
    {
        using var reader = new StreamReader(typeof(HelmChart).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
