using System.Collections.Concurrent;
using System.Text.Json;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Clients;

/// <summary>
/// Detects statuses changed by other writers. Such a status is no longer a record: what the resource has is read from CARTO's list, and the
/// status is rewritten. A change during a reconcile may be the reconcile's own.
/// </summary>
internal sealed class StatusChanges
{
    private readonly ConcurrentDictionary<ObjectKey, Doubt> _doubts = new();
    private readonly ConcurrentDictionary<ObjectKey, int> _running = new();

    private readonly Func<bool> _isLeading;

    /// <summary>Starts watching for them.</summary>
    /// <param name="resources">The resources.</param>
    /// <param name="isLeading">Whether this process writes statuses; otherwise the leader's writes would look like doubtful
    /// changes.</param>
    public StatusChanges(Informer<M2MOAuthClient> resources, Func<bool> isLeading)
    {
        _isLeading = isLeading;
        resources.Subscribe(Note);
    }

    /// <summary>Enqueues a resource. Set once at startup.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>Marks a reconcile as running until the result is disposed.</summary>
    public IDisposable Begin(ObjectKey key)
    {
        _running[key] = 0;
        return new Run(this, key);
    }

    /// <summary>Whether another writer changed the status of a resource since the operator last wrote it.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="record">What its record was or seems to be, as a hint; null if there was none.</param>
    public bool IsDoubted(M2MOAuthClient resource, out M2MOAuthClientStatus? record)
    {
        var isDoubted = _doubts.TryGetValue(ObjectKey.Of(resource), out var doubt) && doubt.Uid == resource.Metadata.Uid;
        record = isDoubted ? resource.Record() ?? doubt!.Before : null;
        return isDoubted;
    }

    /// <summary>The status was rewritten.</summary>
    public void Settle(ObjectKey key) => _doubts.TryRemove(key, out _);

    private void Note(Change<M2MOAuthClient> change)
    {
        if (change.Kind == ChangeKind.Deleted)
        {
            _doubts.TryRemove(change.Key, out _);
        }
        else if (
            change is { IsOwn: false, Old: { } old, New: { } now }
            && old.Metadata.Uid == now.Metadata.Uid
            && !_running.ContainsKey(change.Key)
            && _isLeading()
            && !Bytes(old).AsSpan().SequenceEqual(Bytes(now))
        )
        {
            var before = IsDoubted(old, out var known) ? known : old.Record();
            _doubts[change.Key] = new Doubt(now.Metadata.Uid, before);
            Wake(change.Key);
        }
    }

    private static byte[] Bytes(M2MOAuthClient resource) =>
        resource.Status is { } status ? JsonSerializer.SerializeToUtf8Bytes(status, ContractsJsonContext.Default.M2MOAuthClientStatus) : [];

    /// <summary>A status changed by another writer.</summary>
    /// <param name="Uid">UID of the resource.</param>
    /// <param name="Before">Its record before that; null if it had none.</param>
    private sealed record Doubt(string Uid, M2MOAuthClientStatus? Before);

    private sealed class Run(StatusChanges changes, ObjectKey key) : IDisposable
    {
        public void Dispose() => changes._running.TryRemove(key, out _);
    }
}
