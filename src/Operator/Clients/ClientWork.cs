using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Secrets;
using k8s.Models;

namespace Operator.Clients;

/// <summary>One reconcile of one resource, as far as it has come. Deliberately no record: it holds a Secret, and must not print.</summary>
/// <param name="accounts">The accounts that the resource has to do with, held for as long as the reconcile lasts; first the one it works with.</param>
/// <param name="memory">What this process knows of the resource's creates.</param>
internal sealed class ClientWork(IReadOnlyList<AccountLease> accounts, CreateMemory memory) : IAsyncDisposable
{
    /// <summary>The account that the resource works with.</summary>
    public AccountLease Account => accounts[0];

    /// <summary>All accounts that it has to do with.</summary>
    public IReadOnlyList<AccountLease> Accounts => accounts;

    public CreateMemory Memory => memory;

    /// <summary>The account in CARTO. The plan asks for nothing there unless it is available.</summary>
    public AccountAccess Access => AccessOf(Account);

    /// <summary>Whether it is certain that the resource of a mark does not exist any more.</summary>
    public Func<Marker, bool> IsGone { get; init; } = static _ => false;

    /// <summary>The resource as last read or written.</summary>
    public required M2MOAuthClient Resource { get; set; }

    /// <summary>What is known.</summary>
    public Observation Seen { get; set; } = null!;

    /// <summary>The credentials Secret with its data, once it was read; null before, and when there is none.</summary>
    public V1Secret? Secret { get; set; }

    /// <summary>The account in CARTO that a client lives in.</summary>
    public AccountAccess AccessOf(string clientId) => AccessOf(LeaseOf(clientId));

    /// <summary>Where a client is used; null when its account does not exist.</summary>
    public Endpoints? EndpointsOf(string clientId) => LeaseOf(clientId).View.Endpoints;

    /// <summary>The account of a client that is on record elsewhere; of any other client the account that the resource works with.</summary>
    public AccountLease LeaseOf(string clientId)
    {
        if (Seen.Elsewhere.TryGetValue(clientId, out var account))
        {
            return LeaseOf(account.Key);
        }

        var record = AccountOf(Seen.Status, clientId) ?? AccountOf(Seen.Doubted, clientId);
        return record is null ? Account : LeaseOf(AccountKey.Of(record, Resource));
    }

    /// <summary>The account of a name, where the resource has to do with it; else the one that the resource works with.</summary>
    public AccountLease LeaseOf(AccountKey key) => accounts.FirstOrDefault(lease => lease.Key == key) ?? Account;

    /// <summary>Whether a client on record may be out of sight of its account, see <see cref="AccountOwners.MayBeAnother"/>.</summary>
    public bool MayBeOutOfSight(string? clientId)
    {
        var record = (clientId is null ? null : AccountOf(Seen.Status, clientId) ?? AccountOf(Seen.Doubted, clientId)) ?? Seen.Status.Account;
        var lease = record is null ? null : accounts.FirstOrDefault(lease => lease.Key == AccountKey.Of(record, Resource));
        return lease?.Access is { } access && AccountOwners.MayBeAnother(record!, access.Record);
    }

    /// <summary>Whether the record of the resource names a client, or one that is in doubt does.</summary>
    public bool IsRecorded(string clientId) =>
        Seen.Holds(clientId)
        || Seen.Doubted?.Current?.ClientId == clientId
        || Seen.Doubted?.Retiring?.Any(retiring => retiring.ClientId == clientId) == true;

    /// <summary>The account that a status says a client lives in; null: it does not name the client.</summary>
    private static AccountRecord? AccountOf(M2MOAuthClientStatus? status, string clientId) => status?.Current?.ClientId == clientId
        ? status.Account
        : status?.Retiring?.FirstOrDefault(retiring => retiring.ClientId == clientId) is { } retiring ? retiring.Account ?? status.Account : null;

    /// <summary>Why the resource may not adopt a client of an account; null: it may.</summary>
    public string? AdoptionRefusal(AccountLease lease, string clientId, string? name) => Seen.LoginAt(clientId) is { } account
        ? $"spec.clientId: {account} logs in with this client, so it cannot be adopted: write a new resource with the ID of another client, or without one, to "
            + "have a client created"
        : (lease.View as AccountView.Available)?.Adoption?.Refusal(clientId, name, Seen.Name.Owner, IsGone);

    /// <summary>Whether CARTO gives a token for a pair. Where it does, the client exists, whatever a list lacks.</summary>
    /// <exception cref="CartoException">It cannot be told.</exception>
    public async Task<bool> WorksAsync(Pair pair, CancellationToken cancellationToken)
    {
        try
        {
            await Access.Carto.VerifyAsync(pair.ClientId, pair.ClientSecret, cancellationToken);
            return true;
        }
        catch (CartoException exception) when (exception.Error.Kind == CartoErrorKind.Unauthorized)
        {
            return false;
        }
    }

    /// <summary>The way into an account.</summary>
    public static AccountAccess AccessOf(AccountLease lease) => lease.Access ?? throw new InvalidOperationException($"{lease.Key} is not available.");

    /// <summary>Gives the accounts back.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lease in accounts)
        {
            await lease.DisposeAsync();
        }
    }
}
