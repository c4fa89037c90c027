using System.Buffers;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Adds and removes finalizers, each with one call that requires the given version of the object.</summary>
/// <param name="client">Calls for the kind.</param>
/// <param name="informer">Observes writes.</param>
public sealed class Finalizers<T>(ResourceClient<T> client, Informer<T> informer)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Adds a finalizer unless present.</summary>
    /// <param name="current">The object as read.</param>
    /// <param name="finalizer">The finalizer.</param>
    /// <param name="annotations">Annotations to set in the same call; null for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The updated object.</returns>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsConflict"/> if the object has changed since.
    /// </exception>
    public async Task<T> AddAsync(
        T current,
        string finalizer,
        IReadOnlyDictionary<string, string>? annotations,
        CancellationToken cancellationToken
    )
    {
        var finalizers = current.Metadata.Finalizers ?? [];
        if (finalizers.Contains(finalizer))
        {
            return current;
        }

        return await WriteAsync(current, [.. finalizers, finalizer], annotations, labels: null, cancellationToken);
    }

    /// <summary>Adds a finalizer, and a label by which an informer selects objects with it, unless both are present.</summary>
    /// <returns>The updated object.</returns>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsConflict"/> if the object has changed since.
    /// </exception>
    public async Task<T> AddLabelledAsync(
        T current,
        string finalizer,
        KeyValuePair<string, string> label,
        CancellationToken cancellationToken
    )
    {
        var finalizers = current.Metadata.Finalizers ?? [];
        var labels = new Dictionary<string, string?> { [label.Key] = label.Value };
        if (!finalizers.Contains(finalizer))
        {
            return await WriteAsync(current, [.. finalizers, finalizer], annotations: null, labels, cancellationToken);
        }

        return LabelOf(current, label.Key) == label.Value
            ? current
            : await WriteAsync(current, finalizers, annotations: null, labels, cancellationToken);
    }

    /// <summary>Removes what <see cref="AddLabelledAsync"/> added, whichever is present.</summary>
    /// <returns>The updated object; null if it is gone.</returns>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsConflict"/> if the object has changed since.
    /// </exception>
    public async Task<T?> RemoveLabelledAsync(T current, string finalizer, string label, CancellationToken cancellationToken)
    {
        var finalizers = current.Metadata.Finalizers ?? [];
        return finalizers.Contains(finalizer) || LabelOf(current, label) is not null
            ? await TakeOffAsync(current, finalizer, new Dictionary<string, string?> { [label] = null }, cancellationToken)
            : current;
    }

    /// <summary>Removes a finalizer if present. The object may then disappear; the watch removes it from the store.</summary>
    /// <returns>The updated object; null if it is gone.</returns>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsConflict"/> if the object has changed since.
    /// </exception>
    public async Task<T?> RemoveAsync(T current, string finalizer, CancellationToken cancellationToken)
    {
        var finalizers = current.Metadata.Finalizers ?? [];
        return finalizers.Contains(finalizer) ? await TakeOffAsync(current, finalizer, labels: null, cancellationToken) : current;
    }

    private async Task<T?> TakeOffAsync(
        T current,
        string finalizer,
        IReadOnlyDictionary<string, string?>? labels,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var left = (current.Metadata.Finalizers ?? []).Where(other => other != finalizer);
            var written = await WriteAsync(current, left, annotations: null, labels, cancellationToken);
            return written.Metadata is { DeletionTimestamp: not null, Finalizers: null or { Count: 0 } } ? null : written;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    private static string? LabelOf(T current, string label) =>
        current.Metadata.Labels is { } labels && labels.TryGetValue(label, out var value) ? value : null;

    private async Task<T> WriteAsync(
        T current,
        IEnumerable<string> finalizers,
        IReadOnlyDictionary<string, string>? annotations,
        IReadOnlyDictionary<string, string?>? labels,
        CancellationToken cancellationToken
    )
    {
        var patch = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(patch))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            MergePatch.WritePreconditions(writer, current.Metadata.Uid, current.Metadata.ResourceVersion);
            writer.WriteStartArray("finalizers");
            foreach (var finalizer in finalizers)
            {
                writer.WriteStringValue(finalizer);
            }

            writer.WriteEndArray();
            WriteMap(writer, "annotations", annotations!);
            WriteMap(writer, "labels", labels);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        var written = await client.PatchAsync(ObjectKey.Of(current), patch.WrittenMemory, subresource: null, cancellationToken);
        informer.Observe(written);
        return written;
    }

    private static void WriteMap(Utf8JsonWriter writer, string field, IEnumerable<KeyValuePair<string, string?>>? map)
    {
        if (map is not null)
        {
            writer.WriteStartObject(field);
            foreach (var (name, value) in map)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        }
    }
}
