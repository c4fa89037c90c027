using Operator.Carto;
using Operator.Contracts;

namespace Operator.Access;

/// <summary>
/// A connected account. Resources hold it through an <see cref="AccountLease"/>: once replaced, it is closed when the last lease is
/// released.
/// </summary>
internal sealed class AccountAccess
{
    /// <summary>Maximum name length if the API reports none: the size of a common database column.</summary>
    public const int DefaultMaxNameLength = 255;

    private readonly Lock _lock = new();
    private int _holders = 1;

    public AccountAccess(ICartoApi carto, CartoApiInfo info, AccountRecord record, string? loginClientId, string cluster, TimeProvider time)
    {
        (Carto, Info, Record, LoginClientId) = (carto, info, record, loginClientId);
        Listing = new ClientListing(carto.Clients, cluster, time);
        Revocations = new RevocationChecks(Listing, time);
    }

    /// <summary>The account in CARTO.</summary>
    public ICartoApi Carto { get; }

    /// <summary>What CARTO reported about it.</summary>
    public CartoApiInfo Info { get; }

    /// <summary>The account as resources record it.</summary>
    public AccountRecord Record { get; }

    /// <summary>
    /// The M2M client the account itself logs in with, which is never adopted, renamed or revoked; null if it logs in with something else,
    /// or if that is unknown.
    /// </summary>
    public string? LoginClientId { get; }

    /// <summary>Maximum length of a client name.</summary>
    public int MaxNameLength => Info.MaxNameLength ?? DefaultMaxNameLength;

    /// <summary>Lists the account's clients.</summary>
    public ClientListing Listing { get; }

    /// <summary>Confirms deletions.</summary>
    public RevocationChecks Revocations { get; }

    /// <summary>Counts consecutive creates for which CARTO returned no secret.</summary>
    public SecretlessCreates Secretless { get; } = new();

    /// <summary>Whether a new connection returned the same, so that nothing changes for resources.</summary>
    public bool Shows(AccountRecord otherRecord, CartoApiInfo other) =>
        otherRecord == Record
        && (other.UserId, other.AccountId, other.ApiKind, other.Server, other.CanRename, other.MaxNameLength)
            == (Info.UserId, Info.AccountId, Info.ApiKind, Info.Server, Info.CanRename, Info.MaxNameLength)
        && other.Operations.SequenceEqual(Info.Operations)
        && other.Warnings.SequenceEqual(Info.Warnings);

    /// <summary>Takes a reference; false if it is already closed.</summary>
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

    /// <summary>Releases a reference; the last one closes it.</summary>
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
