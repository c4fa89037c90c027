using System.Collections.Concurrent;
using System.Collections.Immutable;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// What this process knows about creates that are not on record yet. Only an optimization: it is empty after a restart, and everything is
/// recovered from the records in Kubernetes and the marks in CARTO.
/// </summary>
/// <param name="time">Clock.</param>
internal sealed class ClientMemories(TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, ClientMemory> _memories = new();
    private readonly ConcurrentDictionary<string, ClientMemory> _lost = new(StringComparer.Ordinal);

    /// <summary>The memory of a resource. A deleted predecessor with the same name leaves none.</summary>
    public ClientMemory Of(M2MOAuthClient resource)
    {
        var uid = resource.Metadata.Uid;
        var memory = _memories.GetOrAdd(
            ObjectKey.Of(resource),
            static (_, of) => new ClientMemory(of.Uid, of.Time),
            (Uid: uid, Time: time)
        );
        return memory.ResourceUid == uid ? memory : _memories[ObjectKey.Of(resource)] = new ClientMemory(uid, time);
    }

    /// <summary>The memory of a lost resource, separate from that of the resource that has its name now.</summary>
    public ClientMemory OfLost(M2MOAuthClient resource) =>
        _lost.GetOrAdd(resource.Metadata.Uid, uid =>
            _memories.TryGetValue(ObjectKey.Of(resource), out var memory) && memory.ResourceUid == uid
                ? memory
                : new ClientMemory(uid, time)
        );

    /// <summary>Forgets a resource that is gone or fully on record.</summary>
    public void Forget(ObjectKey key) => _memories.TryRemove(key, out _);

    /// <summary>Forgets a lost resource once it is cleaned up.</summary>
    public void ForgetLost(M2MOAuthClient resource) => _lost.TryRemove(resource.Metadata.Uid, out _);
}

/// <summary>The memory of one resource. Not thread-safe: a resource has one reconcile at a time.</summary>
internal sealed class ClientMemory(string resourceUid, TimeProvider time)
{
    // Earlier actions for the resource are another process's, or already on record.
    private long _acted = time.GetTimestamp();
    private long _missed;

    public string ResourceUid => resourceUid;

    /// <summary>See <see cref="Observation.NoCreateOutstanding"/>.</summary>
    public bool NoCreateOutstanding { get; private set; }

    /// <summary>The finalizer was added to a resource that never had one, so it surely has no clients yet.</summary>
    public bool IsNew { get; set; }

    /// <summary>See <see cref="Observation.FirstMiss"/>.</summary>
    public DateTimeOffset? FirstMiss { get; private set; }

    /// <summary>
    /// Clock timestamp after which a list of CARTO's clients must have started to be usable: after every action for the resource there and,
    /// for the second list, also after the time a list may lag.
    /// </summary>
    public long ListSince =>
        FirstMiss is null ? _acted : Math.Max(_acted, _missed + (long)(ClientListing.Lag.TotalSeconds * time.TimestampFrequency));

    /// <summary>Timestamp after which a list must have started to prove a deletion.</summary>
    public long ActedAt => _acted;

    /// <summary>A list has been awaited since then. However that ended, it is read next.</summary>
    public bool HasAwaitedList { get; set; }

    /// <summary>Created credentials whose Secret is not written yet.</summary>
    public Pair? CreatedPair { get; private set; }

    /// <summary>A client whose create response had no secret; null if none.</summary>
    public string? CreatedWithoutSecret { get; set; }

    /// <summary>The last client recovered from an interrupted create, so that its event is published only once.</summary>
    public string? RecoveredClient { get; set; }

    /// <summary>The API server rejected the last write or dry run of the Secret.</summary>
    public bool SecretWasRefused { get; set; }

    /// <summary>See <see cref="Observation.HighestSerialSeen"/>.</summary>
    public int HighestSerial { get; set; }

    /// <summary>See <see cref="Observation.Revoking"/>.</summary>
    public ImmutableDictionary<string, CartoError?> Revoking { get; set; } = ImmutableDictionary<string, CartoError?>.Empty;

    /// <summary>Accounts in which lists showed clients recorded in another account.</summary>
    public ImmutableDictionary<string, AccountKey> Places { get; private set; } = ImmutableDictionary<string, AccountKey>.Empty;

    /// <summary>The drift finding this process last acted on.</summary>
    public DriftFinding? Finding { get; private set; }

    /// <summary>A client on record that is known to be gone; null if none is.</summary>
    public string? GoneClient { get; set; }

    /// <summary>Since when the resource has waited for the first probe of its account; null if it does not.</summary>
    public DateTimeOffset? AwaitingAccountSince { get; set; }

    /// <summary>The finalizer was removed: the resource is going away even if the cache does not show it yet.</summary>
    public bool Released { get; set; }

    /// <summary>It is certain that no clients exist besides those on record.</summary>
    public void NoneOutstanding() => NoCreateOutstanding = true;

    /// <summary>Something was, or may have been, done for the resource in CARTO: earlier lists do not show it.</summary>
    public void Acted()
    {
        _acted = time.GetTimestamp();
        HasAwaitedList = false;
    }

    /// <summary>Drift was found: only a list that starts later can confirm it.</summary>
    public void Found(DriftFinding? finding)
    {
        if (finding is not null && finding != Finding)
        {
            Acted();
        }

        Finding = finding;
    }

    /// <summary>A list showed a client in an account other than the recorded one.</summary>
    public void Place(string clientId, AccountKey account) => Places = Places.SetItem(clientId, account);

    /// <summary>The record of the resource is in doubt, and so are earlier certainties.</summary>
    public void Doubt() => NoCreateOutstanding = false;

    /// <summary>A list resulted in this <see cref="Observation.FirstMiss"/>.</summary>
    public void Listed(DateTimeOffset? firstMiss)
    {
        if (FirstMiss is null && firstMiss is not null)
        {
            _missed = time.GetTimestamp();
        }

        FirstMiss = firstMiss;
    }

    /// <summary>A create is about to be sent. Returns an undo action for when it surely had no effect.</summary>
    public Action BeginCreate()
    {
        var (sure, missed) = (NoCreateOutstanding, FirstMiss);
        (NoCreateOutstanding, FirstMiss) = (false, null);
        return () => (NoCreateOutstanding, FirstMiss) = (sure, missed);
    }

    /// <summary>Keeps created credentials until a Secret holds them or their client is revoked.</summary>
    public void Keep(Pair? pair)
    {
        NoCreateOutstanding &= pair is not null || CreatedPair is null;
        CreatedPair = pair;
    }
}
