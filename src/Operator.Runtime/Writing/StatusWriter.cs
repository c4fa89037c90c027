using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Writes the status of objects: at most one call, and none if nothing changed.</summary>
/// <param name="client">Calls for the kind.</param>
/// <param name="informer">Observes writes.</param>
/// <param name="read">Gets the status of an object; null if it has none.</param>
/// <param name="json">JSON serialization of a status.</param>
public sealed class StatusWriter<T, TStatus>(
    ResourceClient<T> client,
    Informer<T> informer,
    Func<T, TStatus?> read,
    JsonTypeInfo<TStatus> json
)
    where T : class, IKubernetesObject<V1ObjectMeta>
    where TStatus : class
{
    /// <summary>
    /// Updates the status of an object. Sends the difference as one merge patch of the subresource <c>status</c> that requires the given
    /// version of the object.
    /// </summary>
    /// <param name="current">The object as read.</param>
    /// <param name="desired">The whole desired status.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The updated object; <paramref name="current"/> itself if nothing was written.</returns>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsConflict"/> if the object has changed since.
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

    /// <summary>Removes an unreadable status as a whole, because it cannot be compared with the desired one.</summary>
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
