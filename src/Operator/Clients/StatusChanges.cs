using System.Collections.Concurrent;
using System.Text.Json;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>
/// Notices statuses that other hands have changed. Such a status is no record any more: what the resource has is read from CARTO's list, and
/// the status is written again. A change that comes while the resource is being reconciled may be the reconcile's own.
/// </summary>
internal sealed class StatusChanges
{
    private readonly ConcurrentDictionary<ObjectKey, string> _doubted = new();
    private readonly ConcurrentDictionary<ObjectKey, int> _running = new();

    private readonly Func<bool> _isLeading;

    /// <summary>Begins to watch for them.</summary>
    /// <param name="resources">The resources.</param>
    /// <param name="isLeading">Whether it is this process that writes statuses: of another one's writes there is nothing to doubt.</param>
    public StatusChanges(Informer<M2MOAuthClient> resources, Func<bool> isLeading)
    {
        _isLeading = isLeading;
        resources.Subscribe(Note);
    }

    /// <summary>Has a resource reconciled. Set once, before anything runs.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>A reconcile of a resource runs until the result is disposed.</summary>
    public IDisposable Begin(ObjectKey key)
    {
        _running[key] = 0;
        return new Run(this, key);
    }

    /// <summary>Whether other hands have changed the status of a resource since it was last written.</summary>
    public bool IsDoubted(M2MOAuthClient resource) => _doubted.TryGetValue(ObjectKey.Of(resource), out var uid) && uid == resource.Metadata.Uid;

    /// <summary>The status was written again.</summary>
    public void Settle(ObjectKey key) => _doubted.TryRemove(key, out _);

    private void Note(Change<M2MOAuthClient> change)
    {
        if (change.Kind == ChangeKind.Deleted)
        {
            _doubted.TryRemove(change.Key, out _);
        }
        else if (change is { IsOwn: false, Old: { } old, New: { } now }
            && old.Metadata.Uid == now.Metadata.Uid
            && !_running.ContainsKey(change.Key)
            && _isLeading()
            && !Bytes(old).AsSpan().SequenceEqual(Bytes(now)))
        {
            _doubted[change.Key] = now.Metadata.Uid;
            Wake(change.Key);
        }
    }

    private static byte[] Bytes(M2MOAuthClient resource) =>
        resource.Status is { } status ? JsonSerializer.SerializeToUtf8Bytes(status, ContractsJsonContext.Default.M2MOAuthClientStatus) : [];

    private sealed class Run(StatusChanges changes, ObjectKey key) : IDisposable
    {
        public void Dispose() => changes._running.TryRemove(key, out _);
    }
}
