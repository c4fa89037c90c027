using k8s.Models;

namespace Operator.Runtime;

/// <summary>
/// A non-leader's observation of the Lease. Only the local clock counts: a lease is valid for its duration after the last observed change,
/// whatever timestamps it contains.
/// </summary>
/// <param name="identity">Our identity.</param>
/// <param name="usual">Duration of a lease that specifies none.</param>
/// <param name="time">Clock.</param>
internal sealed class LeaseSighting(string identity, TimeSpan usual, TimeProvider time)
{
    private string? _version;
    private long _since;
    private TimeSpan _life;

    /// <summary>The observed leader; null if none.</summary>
    public string? Holder { get; private set; }

    /// <summary>Records the current Lease; null if there is none.</summary>
    /// <returns>Whether its holder changed.</returns>
    public bool See(V1Lease? lease)
    {
        // The holder of a deleted Lease may still act until it notices, so the last observation stays valid.
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

    /// <summary>Time until the lease may be acquired; zero or less means now.</summary>
    public TimeSpan FreeIn() => Holder is null || Holder == identity ? TimeSpan.Zero : _life - time.GetElapsedTime(_since);
}
