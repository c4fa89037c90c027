using System.Buffers;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Operator.Runtime;

/// <summary>Adds and removes finalizers, each with one call that applies only to this very version of the object.</summary>
/// <param name="client">Calls for the kind.</param>
/// <param name="informer">Takes note of what was written.</param>
public sealed class Finalizers<T>(ResourceClient<T> client, Informer<T> informer)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Adds a finalizer, unless it is there.</summary>
    /// <param name="current">The object as it was looked at.</param>
    /// <param name="finalizer">The finalizer.</param>
    /// <param name="annotations">Annotations to set in the same call; null: none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The object as it is now.</returns>
    /// <exception cref="KubernetesApiException">
    /// <see cref="KubernetesApiException.IsConflict"/> when the object has changed since.
    /// </exception>
    public async Task<T> AddAsync(
        T current, string finalizer, IReadOnlyDictionary<string, string>? annotations, CancellationToken cancellationToken)
    {
        var finalizers = current.Metadata.Finalizers ?? [];
        if (finalizers.Contains(finalizer))
        {
            return current;
        }

        return await WriteAsync(current, [.. finalizers, finalizer], annotations, cancellationToken);
    }

    /// <summary>Removes a finalizer, if it is there. From then on the object may vanish; the watch takes it out of the store.</summary>
    /// <returns>The object as it is now; null when it is gone.</returns>
    /// <exception cref="KubernetesApiException">
    /// <see cref="KubernetesApiException.IsConflict"/> when the object has changed since.
    /// </exception>
    public async Task<T?> RemoveAsync(T current, string finalizer, CancellationToken cancellationToken)
    {
        var finalizers = current.Metadata.Finalizers ?? [];
        if (!finalizers.Contains(finalizer))
        {
            return current;
        }

        try
        {
            var written = await WriteAsync(current, finalizers.Where(other => other != finalizer), annotations: null, cancellationToken);
            return written.Metadata is { DeletionTimestamp: not null, Finalizers: null or { Count: 0 } } ? null : written;
        }
        catch (KubernetesApiException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    private async Task<T> WriteAsync(
        T current, IEnumerable<string> finalizers, IReadOnlyDictionary<string, string>? annotations, CancellationToken cancellationToken)
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
            if (annotations is not null)
            {
                writer.WriteStartObject("annotations");
                foreach (var (name, value) in annotations)
                {
                    writer.WriteString(name, value);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        var written = await client.PatchAsync(ObjectKey.Of(current), patch.WrittenMemory, subresource: null, cancellationToken);
        informer.Observe(written);
        return written;
    }
}
