using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;

namespace Operator.TestKit.Leaks;

/// <summary>Everything in a namespace that people who may not read Secrets can read.</summary>
internal static class Readables
{
    /// <summary>kubectl's copy of a Secret that a person applied: as well hidden as its data, and not the operator's.</summary>
    private const string Applied = "kubectl.kubernetes.io/last-applied-configuration";

    private static readonly (string Group, string Version, string Plural)[] Kinds =
    [
        ("credentials.carto.com", "v1alpha1", "m2moauthclients"),
        ("credentials.carto.com", "v1alpha1", "cartoaccounts"),
        ("events.k8s.io", "v1", "events"),
        ("apps", "v1", "deployments"),
        ("apps", "v1", "statefulsets"),
        ("apps", "v1", "daemonsets"),
        ("coordination.k8s.io", "v1", "leases"),
    ];

    /// <summary>Reads it. Of Secrets the metadata, of everything else the whole.</summary>
    public static async Task<IReadOnlyList<(string Where, string Text)>> ReadAsync(
        IKubernetes client,
        string @namespace,
        CancellationToken cancellationToken
    )
    {
        List<(string Where, string Text)> readable = [];
        foreach (var (group, version, plural) in Kinds)
        {
            await AddAsync(plural, () =>
                client.CustomObjects.ListNamespacedCustomObjectAsync(
                    group,
                    version,
                    @namespace,
                    plural,
                    cancellationToken: cancellationToken
                )
            );
        }

        await AddAsync("clustercartoaccounts", () =>
            client.CustomObjects.ListClusterCustomObjectAsync(
                "credentials.carto.com",
                "v1alpha1",
                "clustercartoaccounts",
                cancellationToken: cancellationToken
            )
        );
        var maps = await client.CoreV1.ListNamespacedConfigMapAsync(@namespace, cancellationToken: cancellationToken);
        readable.AddRange(maps.Items.Select(map => ($"the ConfigMap {map.Metadata.Name}", KubernetesJson.Serialize(map))));
        var secrets = await client.CoreV1.ListNamespacedSecretAsync(@namespace, cancellationToken: cancellationToken);
        foreach (var metadata in secrets.Items.Select(secret => secret.Metadata))
        {
            metadata.Annotations?.Remove(Applied);
            readable.Add(($"the metadata of the Secret {metadata.Name}", KubernetesJson.Serialize(metadata)));
        }

        return readable;

        async Task AddAsync(string plural, Func<Task<object>> list)
        {
            try
            {
                foreach (var item in ((JsonElement)await list()).GetProperty("items").EnumerateArray())
                {
                    readable.Add(($"{plural} {item.GetProperty("metadata").GetProperty("name").GetString()}", item.GetRawText()));
                }
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
            {
                // A kind that this server does not have holds nothing.
            }
        }
    }
}
