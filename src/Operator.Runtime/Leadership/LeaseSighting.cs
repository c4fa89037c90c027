using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// What a process that does not lead has seen of the Lease, and since when. Only its own clock counts: a lease lives for as long as it
/// says after the last change that was seen, whatever times stand in it.
/// </summary>
/// <param name="identity">Who we are.</param>
/// <param name="usual">How long a lease lives that does not say it.</param>
/// <param name="time">Clock.</param>
internal sealed class LeaseSighting(string identity, TimeSpan usual, TimeProvider time)
{
    private string? _version;
    private long _since;
    private TimeSpan _life;

    /// <summary>Who leads, as far as was seen; null: nobody.</summary>
    public string? Holder { get; private set; }

    /// <summary>Takes note of the Lease as it is now; null: there is none.</summary>
    /// <returns>Whether its holder is another one than before.</returns>
    public bool See(V1Lease? lease)
    {
        // A Lease that somebody deleted tells nothing about its holder, who may still act until it notices. It lives on as it was seen.
        if (lease is null || lease.Metadata.ResourceVersion == _version)
        {
            return false;
        }

        var before = Holder;
        _version = lease.Metadata.ResourceVersion;
        _since = time.GetTimestamp();
        Holder = string.IsNullOrEmpty(lease.Spec?.HolderIdentity) ? null : lease.Spec.HolderIdentity;
        _life = lease.Spec?.LeaseDurationSeconds is > 0 and { } seconds ? TimeSpan.FromSeconds(seconds) : usual;
        return Holder != before;
    }

    /// <summary>How long it is until the lease may be taken; zero or less: now.</summary>
    public TimeSpan FreeIn() => Holder is null || Holder == identity ? TimeSpan.Zero : _life - time.GetElapsedTime(_since);
}
