using k8s.Models;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>The state of one reconcile of one resource. Deliberately not a record type: it holds a Secret and must not print.</summary>
/// <param name="accounts">Accounts involved, leased for the duration of the reconcile; the one it works with comes first.</param>
/// <param name="memory">What this process knows about the resource's creates.</param>
internal sealed class ClientWork(IReadOnlyList<AccountLease> accounts, ClientMemory memory) : IAsyncDisposable
{
    /// <summary>The account the resource works with.</summary>
    public AccountLease Account => accounts[0];

    /// <summary>All accounts involved.</summary>
    public IReadOnlyList<AccountLease> Accounts => accounts;

    public ClientMemory Memory => memory;

    /// <summary>The account in CARTO. The plan takes no step there unless it is available.</summary>
    public AccountAccess Access => AccessOf(Account);

    /// <summary>Whether the owner of a mark is known to be gone.</summary>
    public Func<Mark, bool> IsGone { get; init; } = static _ => false;

    /// <summary>The resource as last read or written.</summary>
    public required M2MOAuthClient Resource { get; set; }

    /// <summary>The current observation.</summary>
    public Observation Seen { get; set; } = null!;

    /// <summary>The credentials Secret with its data; null until it is read, and if there is none.</summary>
    public V1Secret? Secret { get; set; }

    /// <summary>Renders the Secret, once.</summary>
    public SecretRenderings Renderings { get; } = new();

    /// <summary>The account in CARTO that holds a client.</summary>
    public AccountAccess AccessOf(string clientId) => AccessOf(LeaseOf(clientId));

    /// <summary>Endpoints for a client; null if its account does not exist.</summary>
    public Endpoints? EndpointsOf(string clientId) => LeaseOf(clientId).View.Endpoints;

    /// <summary>The account recorded for a client that lives elsewhere; otherwise the account the resource works with.</summary>
    public AccountLease LeaseOf(string clientId)
    {
        if (Seen.Elsewhere.TryGetValue(clientId, out var account))
        {
            return LeaseOf(account.Key);
        }

        var record = AccountOf(Seen.Status, clientId) ?? AccountOf(Seen.Doubted, clientId);
        return record is null ? Account : LeaseOf(AccountKey.Of(record, Resource));
    }

    /// <summary>The account with a key if it is involved; otherwise the account the resource works with.</summary>
    public AccountLease LeaseOf(AccountKey key) => accounts.FirstOrDefault(lease => lease.Key == key) ?? Account;

    /// <summary>Whether a client on record may be invisible to its account, see <see cref="AccountOwners.MayBeAnother"/>.</summary>
    public bool MayBeOutOfSight(string? clientId)
    {
        var record = (clientId is null ? null : AccountOf(Seen.Status, clientId) ?? AccountOf(Seen.Doubted, clientId))
            ?? Seen.Status.Account;
        var lease = record is null ? null : accounts.FirstOrDefault(lease => lease.Key == AccountKey.Of(record, Resource));
        return lease?.Access is { } access && AccountOwners.MayBeAnother(record!, access.Record);
    }

    /// <summary>Clients named by the resource's record, trusted or doubted.</summary>
    public IEnumerable<string> RecordedClients => ClientsOf(Seen.Status).Union(ClientsOf(Seen.Doubted));

    private static IEnumerable<string> ClientsOf(M2MOAuthClientStatus? status) =>
        RecordedStatus.Ids([status?.Current?.ClientId, .. (status?.Retiring ?? []).Select(retiring => retiring.ClientId)]);

    /// <summary>The account a status records for a client; null if it does not name the client.</summary>
    private static AccountRecord? AccountOf(M2MOAuthClientStatus? status, string clientId) =>
        status?.Current?.ClientId == clientId ? status.Account
        : status?.Retiring?.FirstOrDefault(retiring => retiring.ClientId == clientId) is { } retiring ? retiring.Account ?? status.Account
        : null;

    /// <summary>Why the resource may not adopt a client of an account; null if it may.</summary>
    public string? AdoptionRefusal(AccountLease lease, string clientId, string? name) =>
        Seen.AnyLoginOf(clientId) is { } account
            ? $"spec.clientId: {account} logs in with this client, so it cannot be adopted: write a new resource with the ID of another "
                + "client, or without one, to "
                + "have a client created"
            : (lease.View as AccountView.Available)?.Adoption?.Refusal(clientId, name, Seen.Name.Owner, IsGone);

    /// <summary>Whether CARTO issues a token for the credentials. If so, the client exists even if a list lacks it.</summary>
    /// <exception cref="CartoException">CARTO gave no clear answer.</exception>
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

    /// <summary>Access to an account.</summary>
    public static AccountAccess AccessOf(AccountLease lease) =>
        lease.Access ?? throw new InvalidOperationException($"{lease.Key} is not available.");

    /// <summary>Releases the leases.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lease in accounts)
        {
            await lease.DisposeAsync();
        }
    }
}
