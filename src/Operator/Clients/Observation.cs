using System.Collections.Immutable;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>
/// Everything <see cref="Plan"/> bases its decisions on besides the resource itself. Each executed step produces a new one.
/// </summary>
internal sealed record Observation
{
    /// <summary>What this resource has; becomes its status. Empty if there is no <see cref="Record"/>.</summary>
    public required M2MOAuthClientStatus Status { get; init; }

    /// <summary>The record as stored in the API server; null if there is none.</summary>
    public M2MOAuthClientStatus? Recorded { get; init; }

    /// <summary>Why <see cref="Status"/> is believed.</summary>
    public RecordSource Record { get; init; }

    /// <summary>Whether it is believed at all.</summary>
    public bool IsRecorded => Record != RecordSource.None;

    /// <summary>The resource had clients before, according to an untrusted status: one of them may be in use.</summary>
    public bool HadClients { get; init; }

    /// <summary>Name of the resource's clients in CARTO.</summary>
    public required ClientName Name { get; init; }

    /// <summary>The account the resource works with.</summary>
    public required AccountView Account { get; init; }

    /// <summary>The client the resource adopts; null if none.</summary>
    public string? AdoptedId { get; init; }

    /// <summary>Why that client may not be adopted; null if it may, as far as <see cref="Listed"/> shows.</summary>
    public string? AdoptionRefusal { get; init; }

    /// <summary>
    /// The account with the recorded name may not be the one that holds the client, so a client missing from it proves nothing.
    /// </summary>
    public bool AccountMayBeAnother { get; init; }

    /// <summary>Same, and the account's list does not show the recorded client.</summary>
    public bool IsOutOfPlace => AccountMayBeAnother && Marked?.Any(client => client.ClientId == Status.Current?.ClientId) != true;

    /// <summary>Clients on record that exist but may be invisible to the account of that name.</summary>
    public IReadOnlyList<string> MayBeHidden { get; init; } = [];

    /// <summary>Those of them missing from its list.</summary>
    public IReadOnlyList<string> OutOfSight { get; init; } = [];

    /// <summary>Accounts of clients in other accounts, by client ID.</summary>
    public ImmutableDictionary<string, AccountView> Elsewhere { get; init; } = ImmutableDictionary<string, AccountView>.Empty;

    /// <summary>
    /// Other accounts named by the resource, its annotation or a doubted record. Without a record, they may hold clients of the resource.
    /// </summary>
    public IReadOnlyList<AccountView> Others { get; init; } = [];

    /// <summary>The credentials Secret: from the cache until it is read.</summary>
    public required SecretView Secret { get; init; }

    /// <summary>What is only known once it was read or written in this run; null until then.</summary>
    public LiveSecret? LiveSecret { get; init; }

    /// <summary>Whether the API server accepts the Secret.</summary>
    public SecretAcceptance SecretAcceptance { get; init; }

    /// <summary>A record that another writer changed: only a hint. Null if there is none.</summary>
    public M2MOAuthClientStatus? Doubted { get; init; }

    /// <summary>Credentials in the Secret whose client is known nowhere else; null if none.</summary>
    public UnlistedPair? UnlistedPair { get; init; }

    /// <summary>A full reconcile was requested, whether or not anything seems to have changed.</summary>
    public bool IsReconcileRequested { get; init; }

    /// <summary>Fingerprint the Secret should have; null while the account's endpoints are unknown.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>What is wrong with <c>spec.secret</c>; null if it can be rendered.</summary>
    public string? SecretProblem { get; init; }

    /// <summary>Credentials created by this process that no Secret is known to hold yet; null if none.</summary>
    public Pair? CreatedPair { get; init; }

    /// <summary>The credentials in hand: just created, read back from CARTO or read from the Secret.</summary>
    public Pair? Pair { get; init; }

    /// <summary>Those of a client newer than the one on record, which no Secret has yet; null if none.</summary>
    public Pair? Unwritten => Pair is { Origin: not PairOrigin.Secret } pair && pair.Serial > (Status.Current?.Serial ?? 0) ? pair : null;

    /// <summary>Whether these may be written without a token: they were tried, or need not be.</summary>
    public bool IsPairTried => PairWorks || !MustVerify;

    /// <summary>A token was obtained in this run with the credentials in hand.</summary>
    public bool PairWorks { get; init; }

    /// <summary>Clients whose secret CARTO did not return in this run, or returned wrongly.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>CARTO's error for a call about a client, by client ID. It proves nothing until a list agrees.</summary>
    public ImmutableDictionary<string, CartoError> Refused { get; init; } = ImmutableDictionary<string, CartoError>.Empty;

    /// <summary>Why the adopted client's secret could not be read from the referenced Secret; null if it was, or was not tried.</summary>
    public string? ReferencedSecretProblem { get; init; }

    /// <summary>Another resource that has, or has a better claim to, the client this one should adopt; null if none.</summary>
    public string? ClaimedBy { get; init; }

    /// <summary>What drift detection found; null if nothing.</summary>
    public DriftFinding? Drift { get; init; }

    /// <summary>The finding that CARTO did not list the recorded client; null if there is none for that client.</summary>
    public Absence? Absence => Drift is { } drift && drift.ClientId == Status.Current?.ClientId ? drift.Absence : null;

    /// <summary>Whether the recorded client exists, if <see cref="Drift"/> doubts it.</summary>
    public Presence Presence { get; init; }

    /// <summary>Clients per account, as CARTO listed them after the last action for this resource there.</summary>
    public ImmutableDictionary<AccountKey, ClientList> Lists { get; init; } = ImmutableDictionary<AccountKey, ClientList>.Empty;

    /// <summary>The account that logs in with a client; null if none does. Such a client must not be taken, exposed or revoked.</summary>
    public Func<string, AccountKey?> LoginAccountOf { get; init; } = static _ => null;

    /// <summary>
    /// An account that names a client as its login but has not connected with it: reason enough to leave an unrecorded client alone, but
    /// not to keep a resource from its own.
    /// </summary>
    public Func<string, AccountKey?> ConfiguredLoginOf { get; init; } = static _ => null;

    /// <summary>The resource's overlap: how long a client that may be in use keeps working.</summary>
    public string Overlap { get; init; } = Rotation.DefaultOverlap;

    /// <summary>Other accounts in which drift detection found unrecorded clients of this resource.</summary>
    public IReadOnlyList<AccountKey> StrayAccounts { get; init; } = [];

    /// <summary>Accounts for which such a list is available without waiting.</summary>
    public IReadOnlySet<AccountKey> ReadyLists { get; init; } = ImmutableHashSet<AccountKey>.Empty;

    /// <summary>Clients proven to be this resource's: listed with its mark, or created by this process.</summary>
    public ImmutableHashSet<string> Proven { get; init; } = [];

    /// <summary>Clients whose deletion was requested, with CARTO's error if it refused. Only a later list proves the deletion.</summary>
    public ImmutableDictionary<string, CartoError?> Revoking { get; init; } = ImmutableDictionary<string, CartoError?>.Empty;

    /// <summary>Those of them that a later list still shows, or is inconclusive about.</summary>
    public ImmutableDictionary<string, CartoError?> StillListed { get; init; } = ImmutableDictionary<string, CartoError?>.Empty;

    /// <summary>Whether the deletion of a client was requested and is not proved yet.</summary>
    public bool IsBeingRevoked(string clientId) => Revoking.ContainsKey(clientId) || StillListed.ContainsKey(clientId);

    /// <summary>Clients that a list proved gone.</summary>
    public ImmutableHashSet<string> Gone { get; init; } = [];

    /// <summary>Clients of the resource's account; null if not listed in this run.</summary>
    public ClientList? Listed => Lists.GetValueOrDefault(Account.Key);

    /// <summary>Our clients as CARTO listed them in this run; null if not listed.</summary>
    public IReadOnlyList<MarkedClient>? Marked => Listed is { } list ? MarkedIn(list) : null;

    /// <summary>Our clients in <see cref="Others"/>, as far as those were listed in this run.</summary>
    public IEnumerable<(MarkedClient Client, AccountView.Available Account)> MarkedElsewhere =>
        from account in Others.OfType<AccountView.Available>()
        where Lists.ContainsKey(account.Key)
        from client in MarkedIn(Lists[account.Key])
        select (client, account);

    /// <summary>A record rebuilt from lists continues in an account other than the one used in this run.</summary>
    public bool GoesOnElsewhere =>
        Record == RecordSource.Lists
        && IsElsewhere(
            Status switch
            {
                { Pending.Account: { } goal } => goal,
                { Current: not null } => Status.Account,
                _ => null,
            }
        );

    /// <summary>Highest serial seen on any listed client of ours, including those revoked since.</summary>
    public int HighestSerialSeen { get; init; }

    /// <summary>When this process first searched for an unrecorded client and found none; null if never.</summary>
    public DateTimeOffset? FirstMiss { get; init; }

    /// <summary>It is certain that no create for this resource is in flight or unrecorded.</summary>
    public bool NoCreateOutstanding { get; init; }

    /// <summary>A client may have been created that is not on record yet.</summary>
    public bool IsUnsure => !NoCreateOutstanding && (!IsRecorded || Status.Current is null || Status.Pending is not null);

    /// <summary>A client was created in this run, which must be recorded first.</summary>
    public bool HasCreated { get; init; }

    /// <summary>How long creates are paused because CARTO returns no secrets; null if they are not.</summary>
    public TimeSpan? CreatesPausedFor { get; init; }

    /// <summary>Whether credentials only count once a token was obtained with them.</summary>
    public bool MustVerify { get; init; }

    /// <summary>Clients whose credentials obtained a token.</summary>
    public ImmutableHashSet<string> VerifiedClients { get; init; } = [];

    /// <summary>Whether the recorded client's credentials obtained a token.</summary>
    public bool Verified => Status.Current is { } current && VerifiedClients.Contains(current.ClientId);

    /// <summary>CARTO's message when it rejected the credentials in this run; null if it did not.</summary>
    public string? Refusal { get; init; }

    /// <summary>Why workloads could not be restarted in this run; null if they were or need not be.</summary>
    public string? RestartProblem { get; init; }

    /// <summary>The account that holds a client.</summary>
    public AccountView AccountOf(string clientId) => Elsewhere.TryGetValue(clientId, out var account) ? account : Account;

    /// <summary>The list of the account that holds a client; null if not listed in this run.</summary>
    public ClientList? ListOf(string clientId) => Lists.GetValueOrDefault(AccountOf(clientId).Key);

    /// <summary>Who owns a client, as far as known.</summary>
    public Ownership OwnershipOf(string clientId)
    {
        var isProven = Proven.Contains(clientId);
        if (isProven && IsOnRecord(clientId))
        {
            return LoginAccountOf(clientId) is null ? Ownership.Ours : Ownership.Login;
        }

        if (AnyLoginOf(clientId) is not null)
        {
            return Ownership.NotOurs;
        }

        if (isProven)
        {
            return Ownership.Ours;
        }

        return ListOf(clientId) switch
        {
            null => Ownership.Unknown,
            var list when list.Has(clientId) => clientId == AdoptedId && AdoptionRefusal is null ? Ownership.Ours : Ownership.NotOurs,
            { Gap: null } list => IsTooNew(clientId, list) ? Ownership.TooNew : Ownership.Absent,
            _ => Ownership.Unseen,
        };
    }

    /// <summary>The account that logs in with a client, or claims to; null if none.</summary>
    public AccountKey? AnyLoginOf(string clientId) => LoginAccountOf(clientId) ?? ConfiguredLoginOf(clientId);

    /// <summary>Whether this resource's Secret names a client, so that its readers use it.</summary>
    public bool IsInUse(string clientId) => Secret is SecretView.Ours { ClientId: { } named } && named == clientId;

    /// <summary>The Secret names an unrecorded client that CARTO's list lacks: it may have just been created.</summary>
    public bool LacksInUse =>
        Secret is SecretView.Ours { ClientId: { } named }
        && !IsOnRecord(named)
        && named != AdoptedId
        && !Gone.Contains(named)
        && OwnershipOf(named) == Ownership.Absent;

    /// <summary>Judging by serials, the client of a create whose response was lost is not listed yet.</summary>
    public bool LacksPending => HighestSerialSeen < (Status.Pending?.Serial ?? (Status.Current?.Serial ?? 0) + 1);

    /// <summary>Listed clients of ours that are not on record: left by an interrupted create.</summary>
    public List<MarkedClient> Unrecorded => [.. (Marked ?? []).Where(client => !IsOnRecord(client.ClientId))];

    /// <summary>Whether a record refers to an account other than the one used in this run.</summary>
    public bool IsElsewhere(AccountRecord? account) =>
        account is not null && (account.Kind, account.Name) != (Account.Key.Kind, Account.Key.Name);

    private List<MarkedClient> MarkedIn(ClientList list) =>
        [
            .. list.MarkedFor(Name.Owner)
                .Where(client => !Gone.Contains(client.ClientId) && (IsOnRecord(client.ClientId) || AnyLoginOf(client.ClientId) is null)),
        ];

    /// <summary>Whether a client is on record.</summary>
    public bool IsOnRecord(string clientId) =>
        Status.Current?.ClientId == clientId || Status.Retiring?.Any(retiring => retiring.ClientId == clientId) == true;

    /// <summary>Whether a client was created so shortly before a list that it may not show up yet.</summary>
    public bool IsTooNew(string clientId, ClientList list) =>
        CreatedAt(clientId) is { } created && created > list.Begun - ClientListing.Lag && RecordPlausibility.IsPast(created, list.Begun);

    private DateTimeOffset? CreatedAt(string clientId) =>
        (Status.Current is { } current && current.ClientId == clientId ? current.CreatedAt : null)
        ?? (Pair?.ClientId == clientId ? Pair.CreatedAt : null)
        ?? (Doubted?.Current is { } doubted && doubted.ClientId == clientId ? doubted.CreatedAt : null);

    /// <summary>The serial of a client proven to be ours; null for any other.</summary>
    public int? SerialOf(string clientId) =>
        Pair is { Origin: PairOrigin.Created or PairOrigin.ReadBack or PairOrigin.Referenced } pair && pair.ClientId == clientId
            ? pair.Serial
            : Marked?.FirstOrDefault(client => client.ClientId == clientId)?.Serial;
}
