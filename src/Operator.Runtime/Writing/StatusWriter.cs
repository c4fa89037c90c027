using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Writes the status of objects: at most one call, and none when there is nothing new to say.</summary>
/// <param name="client">Calls for the kind.</param>
/// <param name="informer">Takes note of what was written.</param>
/// <param name="read">The status of an object; null when it has none.</param>
/// <param name="json">How a status is written.</param>
public sealed class StatusWriter<T, TStatus>(
    ResourceClient<T> client, Informer<T> informer, Func<T, TStatus?> read, JsonTypeInfo<TStatus> json)
    where T : class, IKubernetesObject<V1ObjectMeta>
    where TStatus : class
{
    /// <summary>
    /// Gives an object a status. What differs goes to the server as one merge patch of the subresource <c>status</c>, which applies
    /// only to this very version of the object.
    /// </summary>
    /// <param name="current">The object as it was looked at.</param>
    /// <param name="desired">The whole status that it is to have.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The object as it is now; <paramref name="current"/> itself when nothing was to be written.</returns>
    /// <exception cref="KubernetesApiException">
    /// <see cref="KubernetesApiException.IsConflict"/> when the object has changed since.
    /// </exception>
    public async Task<T> WriteAsync(T current, TStatus desired, CancellationToken cancellationToken)
    {
        if (ResourceClient<T>.HasUnreadableStatus(current))
        {
            current = await RemoveAsync(current, cancellationToken);
        }

        if (Difference(current, desired) is not { } patch)
        {
            return current;
        }

        var written = await client.PatchAsync(ObjectKey.Of(current), patch, "status", cancellationToken);
        informer.Observe(written);
        return written;
    }

    /// <summary>A status that cannot be read goes as a whole: what is in it cannot be told from what is to be there.</summary>
    private async Task<T> RemoveAsync(T current, CancellationToken cancellationToken)
    {
        var patch = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(patch))
        {
            writer.WriteStartObject();
            writer.WriteNull("status");
            writer.WriteStartObject("metadata");
            MergePatch.WritePreconditions(writer, current.Metadata.Uid, current.Metadata.ResourceVersion);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return await client.PatchAsync(ObjectKey.Of(current), patch.WrittenMemory, "status", cancellationToken);
    }

    private ReadOnlyMemory<byte>? Difference(T current, TStatus desired)
    {
        var from = MergePatch.Serialize(read(current), json);
        var to = MergePatch.Serialize(desired, json);
        if (from.WrittenSpan.SequenceEqual(to.WrittenSpan))
        {
            return null;
        }

        using var fromDocument = JsonDocument.Parse(from.WrittenMemory);
        using var toDocument = JsonDocument.Parse(to.WrittenMemory);
        var patch = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(patch);
        writer.WriteStartObject();
        if (!MergePatch.TryWriteDifference(writer, "status", fromDocument.RootElement, toDocument.RootElement))
        {
            return null;
        }

        writer.WriteStartObject("metadata");
        MergePatch.WritePreconditions(writer, current.Metadata.Uid, current.Metadata.ResourceVersion);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return patch.WrittenMemory;
    }
}
