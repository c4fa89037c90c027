using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Operator.Contracts;
using Operator.Manifests.Definitions;
using Operator.Manifests.Output;
using Operator.Manifests.Rbac;
using Operator.Manifests.Reference;
using Operator.Manifests.Schemas;

namespace Operator.Manifests;

/// <summary>All generated files, made from the C# types and from <see cref="Permissions"/>.</summary>
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
        return
        [
            .. Folder("config/crd", definitions.Select(each => (each.Key, YamlText.Write(each.Value)))),
            .. Roles(),
            new GeneratedFile("docs/api.md", ApiReference.Write(definitions.Values, documentation)),
        ];
    }

    private static IEnumerable<GeneratedFile> Roles() => Folder(
        "config/rbac",
        [
            ("service_account.yaml", RoleManifests.ServiceAccount()),
            ("cluster_role.yaml", RoleManifests.ClusterRole(Permissions.All)),
            ("cluster_role_binding.yaml", RoleManifests.ClusterRoleBinding()),
            ("role.yaml", RoleManifests.Role(Permissions.AtHome)),
            ("role_binding.yaml", RoleManifests.RoleBinding()),
        ]);

    /// <summary>The files of a folder, and the kustomization that names them all.</summary>
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
