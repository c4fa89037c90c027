using System.Text;
using System.Text.Json.Nodes;
using Operator.Contracts;
using Operator.Manifests.Output;

namespace Operator.Manifests.Rbac;

/// <summary>The operator's service account and roles, as YAML.</summary>
internal static class RoleManifests
{
    private const string Name = WireNames.Manager;
    private const string Namespace = WireNames.Manager;
    private const string Group = "rbac.authorization.k8s.io";
    private const int CommentWidth = 120;

    public static string ServiceAccount() =>
        YamlText.Write(
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ServiceAccount",
                ["metadata"] = new JsonObject { ["name"] = Name, ["namespace"] = Namespace },
            }
        );

    /// <summary>A cluster role, with a comment above each rule that explains it.</summary>
    public static string ClusterRole(IEnumerable<PermissionRule> permissions) =>
        Role("ClusterRole", new JsonObject { ["name"] = Name }, permissions);

    /// <summary>A role for the operator's own namespace, likewise.</summary>
    public static string Role(IEnumerable<PermissionRule> permissions) =>
        Role("Role", new JsonObject { ["name"] = Name, ["namespace"] = Namespace }, permissions);

    public static string ClusterRoleBinding() => Binding("ClusterRole", new JsonObject { ["name"] = Name });

    public static string RoleBinding() => Binding("Role", new JsonObject { ["name"] = Name, ["namespace"] = Namespace });

    /// <summary>Only the rules, as the list in a role of any kind.</summary>
    public static string Rules(IEnumerable<PermissionRule> permissions)
    {
        var yaml = new StringBuilder();
        foreach (var permission in permissions)
        {
            AppendComment(yaml, permission.Why);
            yaml.Append(YamlText.Write(new JsonArray(Rule(permission))));
        }

        return yaml.ToString();
    }

    private static string Role(string kind, JsonObject metadata, IEnumerable<PermissionRule> permissions) =>
        YamlText.Write(
            new JsonObject
            {
                ["apiVersion"] = $"{Group}/v1",
                ["kind"] = kind,
                ["metadata"] = metadata,
            }
        )
        + "rules:\n"
        + Rules(permissions);

    private static string Binding(string kind, JsonObject metadata) =>
        YamlText.Write(
            new JsonObject
            {
                ["apiVersion"] = $"{Group}/v1",
                ["kind"] = $"{kind}Binding",
                ["metadata"] = metadata,
                ["roleRef"] = new JsonObject
                {
                    ["apiGroup"] = Group,
                    ["kind"] = kind,
                    ["name"] = Name,
                },
                ["subjects"] = new JsonArray(
                    new JsonObject
                    {
                        ["kind"] = "ServiceAccount",
                        ["name"] = Name,
                        ["namespace"] = Namespace,
                    }
                ),
            }
        );

    private static JsonObject Rule(PermissionRule permission)
    {
        var rule = new JsonObject { ["apiGroups"] = new JsonArray(permission.Group), ["resources"] = Array(permission.Resources) };
        if (permission.Names.Length > 0)
        {
            rule["resourceNames"] = Array(permission.Names);
        }

        rule["verbs"] = Array(permission.Verbs);
        return rule;
    }

    private static JsonArray Array(string[] words) => [.. words.Select(word => JsonValue.Create(word))];

    private static void AppendComment(StringBuilder yaml, string text)
    {
        var width = 0;
        foreach (var word in text.Split(' '))
        {
            if (width == 0 || width + 1 + word.Length > CommentWidth)
            {
                yaml.Append(width == 0 ? "#" : "\n#");
                width = 1;
            }

            yaml.Append(' ').Append(word);
            width += 1 + word.Length;
        }

        yaml.Append('\n');
    }
}
