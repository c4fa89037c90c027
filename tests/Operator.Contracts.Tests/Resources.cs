using System.Text.Json.Nodes;

namespace Operator.Contracts.Tests;

/// <summary>Objects of our kinds, from their spec in YAML.</summary>
internal static class Resources
{
    private const string AccountBasis = """
        apiBaseUrl: https://gcp-us-east1.api.carto.com
        auth: {accessToken: {secretRef: {name: token}}}
        """;

    /// <summary>
    /// An object with this spec. For accounts: what must be there is added where the spec leaves it out, and references get the
    /// namespace that a cluster account wants.
    /// </summary>
    public static JsonObject Create(string kind, string spec, string name = "subject")
    {
        var parsed = spec.Length == 0 ? [] : Yaml.Parse(spec)[0];
        if (kind != M2MOAuthClient.KubeKind)
        {
            foreach (var (field, value) in Yaml.Parse(AccountBasis)[0].ToList())
            {
                parsed.TryAdd(field, value?.DeepClone());
            }
        }

        if (kind == ClusterCartoAccount.KubeKind)
        {
            AddNamespaces(parsed);
        }

        return new JsonObject
        {
            ["apiVersion"] = WireNames.ApiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = parsed,
        };
    }

    private static void AddNamespaces(JsonObject parent)
    {
        foreach (var (field, value) in parent.ToList())
        {
            if (value is JsonObject child)
            {
                AddNamespaces(child);
                if (field is "secretRef" or "configMapRef")
                {
                    child.TryAdd("namespace", "carto");
                }
            }
        }
    }
}
