using Operator.Carto;
using Operator.Contracts;

namespace Operator.Access;

/// <summary>
/// An account that was connected. Resources that work with it hold it through an <see cref="AccountLease"/>: when another takes its
/// place, it goes when the last of them is done.
/// </summary>
internal sealed class AccountAccess
{
    /// <summary>Longest name where the API does not say: what fits into a common database column.</summary>
    public const int DefaultMaxNameLength = 255;

    private readonly Lock _lock = new();
    private int _holders = 1;

    public AccountAccess(
        ICartoAccount carto, CartoAccountInfo info, AccountRecord record, string? loginClientId, string cluster, TimeProvider time)
    {
        (Carto, Info, Record, LoginClientId) = (carto, info, record, loginClientId);
        Listing = new ClientListing(carto.Clients, cluster, time);
        Revocations = new RevocationChecks(Listing, time);
    }

    /// <summary>The account in CARTO.</summary>
    public ICartoAccount Carto { get; }

    /// <summary>What it turned out to be.</summary>
    public CartoAccountInfo Info { get; }

    /// <summary>The account as resources record it.</summary>
    public AccountRecord Record { get; }

    /// <summary>
    /// The M2M client that the account itself logs in with, which is never adopted, renamed or revoked; null when it logs in with something else, or
    /// nothing says so.
    /// </summary>
    public string? LoginClientId { get; }

    /// <summary>Longest name of a client.</summary>
    public int MaxNameLength => Info.MaxNameLength ?? DefaultMaxNameLength;

    /// <summary>Our clients among those of the account.</summary>
    public ClientListing Listing { get; }

    /// <summary>Confirms deletions.</summary>
    public RevocationChecks Revocations { get; }

    /// <summary>How often in a row CARTO created a client here without its secret.</summary>
    public SecretlessCreates Secretless { get; } = new();

    /// <summary>Whether this is what came out of connecting: for resources it would be the same.</summary>
    public bool Shows(AccountRecord otherRecord, CartoAccountInfo other) =>
        otherRecord == Record
        && (other.UserId, other.AccountId, other.ApiKind, other.Server, other.CanRename, other.MaxNameLength)
            == (Info.UserId, Info.AccountId, Info.ApiKind, Info.Server, Info.CanRename, Info.MaxNameLength)
        && other.Operations.SequenceEqual(Info.Operations)
        && other.Warnings.SequenceEqual(Info.Warnings);

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

        await Carto.DisposeAsync();
    }
}
