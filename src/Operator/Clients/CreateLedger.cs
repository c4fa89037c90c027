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
/// What this process knows of creates that are not on record yet. It only spares questions: after a restart it is empty, and everything
/// is found again from the records in Kubernetes and the markers in CARTO.
/// </summary>
/// <param name="time">Clock.</param>
internal sealed class CreateLedger(TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, CreateMemory> _memories = new();
    private readonly ConcurrentDictionary<string, CreateMemory> _lost = new(StringComparer.Ordinal);

    /// <summary>The memory of a resource. One of the same name that was deleted meanwhile left none.</summary>
    public CreateMemory Of(M2MOAuthClient resource)
    {
        var uid = resource.Metadata.Uid;
        var memory = _memories.GetOrAdd(ObjectKey.Of(resource), static (_, of) => new CreateMemory(of.Uid, of.Time), (Uid: uid, Time: time));
        return memory.ResourceUid == uid ? memory : _memories[ObjectKey.Of(resource)] = new CreateMemory(uid, time);
    }

    /// <summary>The memory of a resource that Kubernetes removed without asking: the one that has its name now has a memory of its own.</summary>
    public CreateMemory OfLost(M2MOAuthClient resource) => _lost.GetOrAdd(
        resource.Metadata.Uid,
        uid => _memories.TryGetValue(ObjectKey.Of(resource), out var memory) && memory.ResourceUid == uid ? memory : new CreateMemory(uid, time));

    /// <summary>Forgets a resource that is gone, or that has everything on record.</summary>
    public void Forget(ObjectKey key) => _memories.TryRemove(key, out _);

    /// <summary>Forgets a lost resource of which nothing is left.</summary>
    public void ForgetLost(M2MOAuthClient resource) => _lost.TryRemove(resource.Metadata.Uid, out _);
}

/// <summary>The memory of one resource. Only its reconcile touches it, which never runs twice at a time.</summary>
internal sealed class CreateMemory(string resourceUid, TimeProvider time)
{
    // Whatever was done for the resource before, another process did, or this one before it had all on record.
    private long _acted = time.GetTimestamp();
    private long _missed;

    public string ResourceUid => resourceUid;

    /// <summary>See <see cref="Observation.NoCreateOutstanding"/>.</summary>
    public bool NoCreateOutstanding { get; private set; }

    /// <summary>The finalizer was put on a resource that never had one: that nothing is on record is certain.</summary>
    public bool IsNew { get; set; }

    /// <summary>See <see cref="Observation.FirstMiss"/>.</summary>
    public DateTimeOffset? FirstMiss { get; private set; }

    /// <summary>
    /// After which moment a list of CARTO's clients must have begun to be of use, as a timestamp of the clock: after all that was done for
    /// the resource there, and for the second look also after the time that a list may lag behind.
    /// </summary>
    public long ListSince =>
        FirstMiss is null ? _acted : Math.Max(_acted, _missed + (long)(ClientListing.Lag.TotalSeconds * time.TimestampFrequency));

    /// <summary>After which moment a list must have begun that proves a deletion.</summary>
    public long ActedAt => _acted;

    /// <summary>A list was waited for since then. However it ended, it is read next.</summary>
    public bool HasAwaitedList { get; set; }

    /// <summary>A created pair whose Secret is not written yet.</summary>
    public Pair? Held { get; private set; }

    /// <summary>A client that was created without a secret in the answer; null: none.</summary>
    public string? CreatedWithoutSecret { get; set; }

    /// <summary>The client of an interrupted create that was found last: people are told once.</summary>
    public string? RecoveredClient { get; set; }

    /// <summary>The API server refused the Secret when it was last written, or tried.</summary>
    public bool SecretWasRefused { get; set; }

    /// <summary>See <see cref="Observation.HighestSerialSeen"/>.</summary>
    public int HighestSerial { get; set; }

    /// <summary>See <see cref="Observation.Asked"/>.</summary>
    public ImmutableDictionary<string, CartoError?> Asked { get; set; } = ImmutableDictionary<string, CartoError?>.Empty;

    /// <summary>The accounts in which lists showed clients that the record has elsewhere.</summary>
    public ImmutableDictionary<string, AccountKey> Places { get; private set; } = ImmutableDictionary<string, AccountKey>.Empty;

    /// <summary>What a comparison found when this process last acted on it.</summary>
    public DriftFinding? Finding { get; private set; }

    /// <summary>A client on record that is surely gone; null: none is known to be.</summary>
    public string? GoneClient { get; set; }

    /// <summary>Since when the resource waits for the first look at its account; null: it does not.</summary>
    public DateTimeOffset? AwaitingAccountSince { get; set; }

    /// <summary>The finalizer was taken off: the resource goes, even where the cache does not show it yet.</summary>
    public bool Released { get; set; }

    /// <summary>It is certain that no client exists beside those on record.</summary>
    public void NoneOutstanding() => NoCreateOutstanding = true;

    /// <summary>Something was done for the resource in CARTO, or may have been: lists from before do not show it.</summary>
    public void Acted()
    {
        _acted = time.GetTimestamp();
        HasAwaitedList = false;
    }

    /// <summary>A comparison found something: only a list that begins after that is a second one.</summary>
    public void Found(DriftFinding? finding)
    {
        if (finding is not null && finding != Finding)
        {
            Acted();
        }

        Finding = finding;
    }

    /// <summary>A list showed a client in another account than the record has it.</summary>
    public void Place(string clientId, AccountKey account) => Places = Places.SetItem(clientId, account);

    /// <summary>The record of the resource is in doubt: what was certain of it is not any more.</summary>
    public void Doubt() => NoCreateOutstanding = false;

    /// <summary>A list came to this <see cref="Observation.FirstMiss"/>.</summary>
    public void Listed(DateTimeOffset? firstMiss)
    {
        if (FirstMiss is null && firstMiss is not null)
        {
            _missed = time.GetTimestamp();
        }

        FirstMiss = firstMiss;
    }

    /// <summary>A create is about to be sent. Returns what takes it back, for when it surely had no effect.</summary>
    public Action BeginCreate()
    {
        var (sure, missed) = (NoCreateOutstanding, FirstMiss);
        (NoCreateOutstanding, FirstMiss) = (false, null);
        return () => (NoCreateOutstanding, FirstMiss) = (sure, missed);
    }

    /// <summary>Keeps a created pair until a Secret holds it, or its client is revoked: then nothing of it is left to remember.</summary>
    public void Hold(Pair? held)
    {
        NoCreateOutstanding &= held is not null || Held is null;
        Held = held;
    }
}
