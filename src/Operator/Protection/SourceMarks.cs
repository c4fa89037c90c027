using System.Net;
using k8s;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Protection;

/// <summary>
/// Adds our finalizer to objects referenced by accounts in use, and removes it; a label lets an informer find them. Nothing else in these
/// objects is changed, and their data is not read here.
/// </summary>
/// <param name="kind">Which kind of object.</param>
/// <param name="client">Calls for the kind.</param>
/// <param name="marked">Objects with the label.</param>
internal sealed class SourceMarks<TKind>(SourceKind kind, ResourceClient<MetadataOf<TKind>> client, Informer<MetadataOf<TKind>> marked)
    where TKind : class, IKubernetesObject<V1ObjectMeta>
{
    private const string LabelValue = "true";

    private readonly Finalizers<MetadataOf<TKind>> _finalizers = new(client, marked);

    /// <summary>Held from check to write, so that whether an object is needed cannot change in between. Objects may share a lock.</summary>
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Selects marked objects.</summary>
    public static string Selector => $"{WireNames.Labels.InUse}={LabelValue}";

    /// <summary>Whether a marked object is being deleted, according to the cache.</summary>
    public bool IsGoing(ObjectKey key) => marked.Store.TryGet(key, out var found) && found.Metadata.DeletionTimestamp is not null;

    /// <summary>Marks an object unless it is marked. Returns what prevents that; null if it is marked.</summary>
    public Task<string?> HoldAsync(ObjectKey key, CancellationToken cancellationToken) =>
        AloneAsync(
            key,
            async () =>
            {
                if (marked.Store.TryGet(key, out var known) && IsOn(known) && known.Metadata.DeletionTimestamp is null)
                {
                    return null;
                }

                var source = new SourceObject(kind, key);
                if (await client.GetAsync(key, cancellationToken) is not { } found)
                {
                    return $"{source} does not exist";
                }

                if (found.Metadata.DeletionTimestamp is not null && !IsOn(found))
                {
                    return $"{source} is being deleted: create it again when it is gone, or name another one";
                }

                try
                {
                    await _finalizers.AddLabelledAsync(
                        found,
                        WireNames.InUseFinalizer,
                        KeyValuePair.Create(WireNames.Labels.InUse, LabelValue),
                        cancellationToken
                    );
                    return null;
                }
                catch (KubernetesApiException exception) when (exception.Refuser is { } refuser)
                {
                    // Omits the server's message: it may quote the object, which may be a Secret.
                    return $"{refuser} does not let the operator keep {source} from being deleted: have it allow the finalizer "
                        + $"{WireNames.InUseFinalizer} "
                        + $"and the label {WireNames.Labels.InUse}";
                }
                catch (KubernetesApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
                {
                    return $"the operator may not keep {source} from being deleted: give its service account the right to patch it";
                }
            },
            cancellationToken
        );

    /// <summary>Removes the mark from an unneeded object. Returns false if it turns out to be needed after all.</summary>
    /// <param name="key">Which object.</param>
    /// <param name="isNeeded">Only called if there is something to remove.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public Task<bool> ReleaseAsync(ObjectKey key, Func<CancellationToken, Task<bool>> isNeeded, CancellationToken cancellationToken) =>
        AloneAsync(
            key,
            async () =>
            {
                // One that lost its label is not in the store but may still have the finalizer.
                var found = marked.Store.TryGet(key, out var known) ? known : await client.GetAsync(key, cancellationToken);
                if (found is null || !(IsOn(found) || IsLabelled(found)))
                {
                    return true;
                }

                if (await isNeeded(cancellationToken))
                {
                    return false;
                }

                await _finalizers.RemoveLabelledAsync(found, WireNames.InUseFinalizer, WireNames.Labels.InUse, cancellationToken);
                return true;
            },
            cancellationToken
        );

    private static bool IsOn(MetadataOf<TKind> found) => found.Metadata.Finalizers?.Contains(WireNames.InUseFinalizer) == true;

    private static bool IsLabelled(MetadataOf<TKind> found) => found.Metadata.Labels?.ContainsKey(WireNames.Labels.InUse) == true;

    private async Task<TResult> AloneAsync<TResult>(ObjectKey key, Func<Task<TResult>> act, CancellationToken cancellationToken)
    {
        var one = _locks[(uint)key.GetHashCode() % _locks.Length];
        await one.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            one.Release();
        }
    }
}
