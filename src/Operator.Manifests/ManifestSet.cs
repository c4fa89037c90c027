using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Operator.Contracts;
using Operator.Manifests.Definitions;
using Operator.Manifests.Distribution;
using Operator.Manifests.Output;
using Operator.Manifests.Rbac;
using Operator.Manifests.Reference;
using Operator.Manifests.Schemas;

namespace Operator.Manifests;

/// <summary>All files generated from the C# types, <see cref="Permissions"/> and the chart's values.</summary>
internal static class ManifestSet
{
    private const string Header = "# Generated from the C# types by Operator.Manifests; change those and run `make generate`.\n";

    private static readonly JsonTypeInfo[] Kinds =
    [
        ContractsJsonContext.Default.M2MOAuthClient,
        ContractsJsonContext.Default.CartoAccount,
        ContractsJsonContext.Default.ClusterCartoAccount,
    ];

    public static IReadOnlyList<GeneratedFile> Generate()
    {
        var documentation = XmlDocumentation.Of(typeof(WireNames).Assembly);
        var definitions = Kinds
            .Select(kind => new CustomResourceDefinition(kind))
            .ToDictionary(kind => kind.FileName, kind => kind.ToJson(documentation));
        (string Name, string Content)[] crds = [.. definitions.Select(each => (each.Key, YamlText.Write(each.Value)))];
        return
        [
            .. Folder("config/crd", crds),
            .. Folder("config/rbac", Roles()),
            .. Folder("config/rbac-namespaced", NamespacedRoles()),
            new GeneratedFile("config/manager/kustomization.yaml", Header + ImageManifest.Kustomization()),
            .. HelmChart.Monitoring(),
            .. HelmChart.Manifests(crds, Header),
            new GeneratedFile($"{HelmChart.Folder}/README.md", HelmReadme.Write(HelmChart.Values)),
            new GeneratedFile($"{HelmChart.Folder}/values.schema.json", HelmChart.Schema()),
            new GeneratedFile("docs/api.md", ApiReference.Write(definitions.Values, documentation)),
        ];
    }

    /// <summary>Roles of an operator for all namespaces.</summary>
    private static (string Name, string Content)[] Roles() =>
        [
            ("service_account.yaml", RoleManifests.ServiceAccount()),
            ("cluster_role.yaml", RoleManifests.ClusterRole(Permissions.Of(Reach.Watched, Reach.Cluster, Reach.Always))),
            ("cluster_role_binding.yaml", RoleManifests.ClusterRoleBinding()),
            ("role.yaml", RoleManifests.Role(Permissions.Of(Reach.Home))),
            ("role_binding.yaml", RoleManifests.RoleBinding()),
        ];

    /// <summary>Roles of an operator that only watches its own namespace.</summary>
    private static (string Name, string Content)[] NamespacedRoles() =>
        [
            ("service_account.yaml", RoleManifests.ServiceAccount()),
            ("cluster_role.yaml", RoleManifests.ClusterRole(Permissions.Of(Reach.Always))),
            ("cluster_role_binding.yaml", RoleManifests.ClusterRoleBinding()),
            ("role.yaml", RoleManifests.Role(Permissions.Of(Reach.Watched, Reach.Home))),
            ("role_binding.yaml", RoleManifests.RoleBinding()),
        ];

    /// <summary>The files of a folder, and a kustomization that lists them.</summary>
    private static IEnumerable<GeneratedFile> Folder(string path, IEnumerable<(string Name, string Content)> files)
    {
        var resources = new JsonArray();
        foreach (var (name, content) in files)
        {
            resources.Add(name);
            yield return new GeneratedFile($"{path}/{name}", Header + content);
        }

        var kustomization = new JsonObject
        {
            ["apiVersion"] = "kustomize.config.k8s.io/v1beta1",
            ["kind"] = "Kustomization",
            ["resources"] = resources,
        };
        yield return new GeneratedFile($"{path}/kustomization.yaml", Header + YamlText.Write(kustomization));
    }
}
