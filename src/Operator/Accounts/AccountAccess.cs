using Operator.Carto;
using Operator.Contracts;

namespace Operator.Accounts;

/// <summary>
/// An account that was connected. Resources that work with it hold it through an <see cref="AccountLease"/>: when another takes its
/// place, it goes when the last of them is done.
/// </summary>
internal sealed class AccountAccess(
    ICartoAccount carto, CartoAccountInfo info, AccountRecord record, string? loginClientId, string cluster, TimeProvider time)
{
    /// <summary>Longest name where the API does not say: what fits into a common database column.</summary>
    public const int DefaultMaxNameLength = 255;

    private readonly Lock _lock = new();
    private int _holders = 1;

    /// <summary>The account in CARTO.</summary>
    public ICartoAccount Carto => carto;

    /// <summary>What it turned out to be.</summary>
    public CartoAccountInfo Info => info;

    /// <summary>The account as resources record it.</summary>
    public AccountRecord Record => record;

    /// <summary>
    /// The M2M client that the account itself logs in with, which is never adopted, renamed or revoked; null when it logs in with something else, or
    /// nothing says so.
    /// </summary>
    public string? LoginClientId => loginClientId;

    /// <summary>Longest name of a client.</summary>
    public int MaxNameLength => info.MaxNameLength ?? DefaultMaxNameLength;

    /// <summary>Our clients among those of the account.</summary>
    public ClientListing Listing { get; } = new(carto.Clients, cluster, time);

    /// <summary>Whether this is what came out of connecting: for resources it would be the same.</summary>
    public bool Shows(AccountRecord otherRecord, CartoAccountInfo other) =>
        otherRecord == record
        && (other.UserId, other.AccountId, other.ApiKind, other.Server, other.CanRename, other.MaxNameLength)
            == (info.UserId, info.AccountId, info.ApiKind, info.Server, info.CanRename, info.MaxNameLength)
        && other.Operations.SequenceEqual(info.Operations)
        && other.Warnings.SequenceEqual(info.Warnings);

    /// <summary>Holds it; false when it is gone.</summary>
    public bool TryHold()
    {
        lock (_lock)
        {
            if (_holders == 0)
            {
                return false;
            }

            _holders++;
            return true;
        }
    }

    /// <summary>Lets go of it; the last one closes it.</summary>
    public async ValueTask ReleaseAsync()
    {
        lock (_lock)
        {
            if (--_holders > 0)
            {
                return;
            }
        }

        await carto.DisposeAsync();
    }
}
