using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Reliability.World;

/// <summary>Lists of our kinds, which the runtime offers to informers alone.</summary>
internal static class Lists
{
    /// <summary>All objects of a kind in a namespace.</summary>
    public static async Task<IReadOnlyList<T>> ListAsync<T>(
        this KubernetesServer server,
        string @namespace,
        string plural,
        CancellationToken cancellationToken
    )
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var list = await server.ListTextAsync(@namespace, plural, cancellationToken);
        return [.. list.GetProperty("items").EnumerateArray().Select(Read<T>)];
    }

    /// <summary>An object; without its status where that cannot be read: people can write what no parser takes.</summary>
    public static T Read<T>(JsonElement item)
        where T : class
    {
        try
        {
            return item.Deserialize<T>()!;
        }
        catch (JsonException)
        {
            var rest = JsonNode.Parse(item.GetRawText())!.AsObject();
            rest.Remove("status");
            return rest.Deserialize<T>()!;
        }
    }

    /// <summary>The same as the server writes it.</summary>
    public static async Task<JsonElement> ListTextAsync(
        this KubernetesServer server,
        string @namespace,
        string plural,
        CancellationToken cancellationToken
    ) =>
        (JsonElement)
            await server.Client.CustomObjects.ListNamespacedCustomObjectAsync(
                WireNames.Group,
                WireNames.Version,
                @namespace,
                plural,
                cancellationToken: cancellationToken
            );
}
