using System.Collections.Immutable;
using Operator.Access;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Secrets;

namespace Operator.Clients;

/// <summary>Everything that <see cref="Plan"/> decides from, beside the resource itself. Each executed step makes a new one.</summary>
internal sealed record Observation
{
    /// <summary>The record of what this resource has; becomes its status. Empty where <see cref="IsRecorded"/> is false.</summary>
    public required M2MOAuthClientStatus Status { get; init; }

    /// <summary>The record as the API server has it; null where that is none.</summary>
    public M2MOAuthClientStatus? Recorded { get; init; }

    /// <summary>
    /// Whether <see cref="Status"/> is this resource's own record. Else the status is missing, another object's, or was changed by other
    /// hands, and what the resource has must be read from CARTO's list.
    /// </summary>
    public bool IsRecorded { get; init; }

    /// <summary>The record was made from CARTO's list in this run, see <see cref="RecordFromLists"/>.</summary>
    public bool IsRecordFromList { get; init; }

    /// <summary>The resource had clients before, as far as a status says that is no record: one of them may be in use.</summary>
    public bool HadClients { get; init; }

    /// <summary>What the resource's clients are called in CARTO.</summary>
    public required ClientName Name { get; init; }

    /// <summary>The account that the resource works with.</summary>
    public required AccountView Account { get; init; }

    /// <summary>The client that the resource adopts; null: none.</summary>
    public string? AdoptedId { get; init; }

    /// <summary>Why that client may not be adopted; null: it may, as far as <see cref="Listed"/> shows.</summary>
    public string? AdoptionRefusal { get; init; }

    /// <summary>
    /// The account that bears the recorded name may be another one than that which the client lives in: that it does not know a client
    /// proves nothing.
    /// </summary>
    public bool AccountMayBeAnother { get; init; }

    /// <summary>The same, and the account was not seen to have the client on record.</summary>
    public bool IsOutOfPlace => AccountMayBeAnother && Marked?.Any(client => client.ClientId == Status.Current?.ClientId) != true;

    /// <summary>Clients on record that the account of that name may not see, although they exist.</summary>
    public IReadOnlyList<string> MayBeHidden { get; init; } = [];

    /// <summary>Those of them that its list lacked.</summary>
    public IReadOnlyList<string> OutOfSight { get; init; } = [];

    /// <summary>The accounts of clients that live elsewhere, by client ID.</summary>
    public ImmutableDictionary<string, AccountView> Elsewhere { get; init; } = ImmutableDictionary<string, AccountView>.Empty;

    /// <summary>
    /// The other accounts that the resource, its annotation or a record in doubt names. Without a record, clients of the resource may be in them.
    /// </summary>
    public IReadOnlyList<AccountView> Others { get; init; } = [];

    public required SecretView Secret { get; init; }

    /// <summary>The same with its data, once it was read; null before, and when there is none.</summary>
    public IStoredSecret? Stored { get; init; }

    /// <summary>Whether <see cref="Secret"/> comes from the API server in this run; else it comes from the cache.</summary>
    public bool SecretIsLive { get; init; }

    /// <summary>Whether the Secret's data is what would be written; known only when it is live.</summary>
    public bool SecretInSync { get; init; }

    /// <summary>Whether the Secret holds the credentials of the client on record, whatever else is to be changed in it; known only when it is live.</summary>
    public bool SecretHoldsPair { get; init; }

    /// <summary>What of the Secret the cluster stored otherwise than it was written; null: nothing that matters.</summary>
    public string? SecretMutation { get; init; }

    /// <summary>The API server refused the Secret when it was last written.</summary>
    public bool SecretWasRefused { get; init; }

    /// <summary>The API server would have it now, as far as it said in this run.</summary>
    public bool SecretIsAccepted { get; init; }

    /// <summary>A record of the resource that other hands have changed: what it names is a hint. Null: there is none.</summary>
    public M2MOAuthClientStatus? Doubted { get; init; }

    /// <summary>The pair in the Secret where nothing else knows of its client; null: there is none.</summary>
    public Pair? UnlistedPair { get; init; }

    /// <summary>Whether a token was obtained with it; null: not tried in this run.</summary>
    public bool? UnlistedPairWorks { get; init; }

    /// <summary>A person asked for a look at everything, whether it seems to have changed or not.</summary>
    public bool IsReconcileRequested { get; init; }

    /// <summary>Fingerprint that the Secret should bear; null while the account's endpoints are not known.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>What is wrong with <c>spec.secret</c>; null when it can be rendered.</summary>
    public string? SecretProblem { get; init; }

    /// <summary>A pair that this process created and that no Secret is known to hold yet; null: none.</summary>
    public Pair? Held { get; init; }

    /// <summary>The pair in hand: just created, read back from CARTO or read from the Secret.</summary>
    public Pair? Pair { get; init; }

    /// <summary>The pair comes from a Secret that somebody else has changed since it was last written or checked.</summary>
    public bool PairIsDoubted { get; init; }

    /// <summary>A token was obtained in this run with the very pair in hand.</summary>
    public bool PairWorks { get; init; }

    /// <summary>Clients whose secret CARTO did not tell when asked in this run, or told wrongly.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>What CARTO answered to a call about a client, by its ID. It proves nothing before a list agrees.</summary>
    public ImmutableDictionary<string, CartoError> Refused { get; init; } = ImmutableDictionary<string, CartoError>.Empty;

    /// <summary>Why the secret of an adopted client could not be read from where the resource says; null: it was, or was not tried.</summary>
    public string? GivenSecretProblem { get; init; }

    /// <summary>Another resource that has, or claims with more right, the client that this one is to adopt; null: none.</summary>
    public string? ClaimedBy { get; init; }

    /// <summary>What a comparison of the account's clients found; null: nothing.</summary>
    public DriftFinding? Drift { get; init; }

    /// <summary>What a comparison found of the client on record, which CARTO did not list; null: it says nothing of that client.</summary>
    public Absence? Absence => Drift is { } drift && drift.ClientId == Status.Current?.ClientId ? drift.Absence : null;

    /// <summary>Whether the client on record exists, where <see cref="Drift"/> doubts it.</summary>
    public Presence Presence { get; init; }

    /// <summary>The clients of each account as CARTO listed them after all that was done for this resource there.</summary>
    public ImmutableDictionary<AccountKey, ClientList> Lists { get; init; } = ImmutableDictionary<AccountKey, ClientList>.Empty;

    /// <summary>The account that logs in with a client; null: none does. Such a client is nobody's to take, show or revoke.</summary>
    public Func<string, AccountKey?> LoggingIn { get; init; } = static _ => null;

    /// <summary>
    /// An account that names a client as its login without having connected with it: enough to leave a client alone that is on no record, and not
    /// enough to keep a resource from its own.
    /// </summary>
    public Func<string, AccountKey?> ClaimsLogin { get; init; } = static _ => null;

    /// <summary>How long a client goes on working that might be in use, as the resource has it.</summary>
    public string Overlap { get; init; } = Rotation.DefaultOverlap;

    /// <summary>The request for a rotation that the Secret says was acted on; null: none, or it was not read.</summary>
    public string? HandledRotation { get; init; }

    /// <summary>Other accounts in which comparisons found clients of this resource that are not on its record.</summary>
    public IReadOnlyList<AccountKey> StrayAccounts { get; init; } = [];

    /// <summary>Accounts of which such a list can be had without waiting.</summary>
    public IReadOnlySet<AccountKey> ReadyLists { get; init; } = ImmutableHashSet<AccountKey>.Empty;

    /// <summary>Clients that are this resource's beyond doubt: seen with its mark in a list, or created by this process.</summary>
    public ImmutableHashSet<string> Proven { get; init; } = [];

    /// <summary>Clients whose deletion was requested, with CARTO's refusal where it refused. Only a list that begins after that proves it.</summary>
    public ImmutableDictionary<string, CartoError?> Asked { get; init; } = ImmutableDictionary<string, CartoError?>.Empty;

    /// <summary>Those of them that a later list still has, or that it cannot be said of.</summary>
    public ImmutableDictionary<string, CartoError?> StillListed { get; init; } = ImmutableDictionary<string, CartoError?>.Empty;

    /// <summary>Clients that are gone, as a list proved.</summary>
    public ImmutableHashSet<string> Gone { get; init; } = [];

    /// <summary>The clients of the resource's account; null: not listed in this run.</summary>
    public ClientList? Listed => Lists.GetValueOrDefault(Account.Key);

    /// <summary>Our clients as CARTO listed them in this run; null: not asked.</summary>
    public IReadOnlyList<MarkedClient>? Marked => Listed is { } list ? MarkedIn(list) : null;

    /// <summary>Our clients in <see cref="Others"/>, as far as those were listed in this run.</summary>
    public IEnumerable<(MarkedClient Client, AccountView.Available Account)> MarkedElsewhere =>
        from account in Others.OfType<AccountView.Available>()
        where Lists.ContainsKey(account.Key)
        from client in MarkedIn(Lists[account.Key])
        select (client, account);

    /// <summary>A record that was made from lists goes on in another account than the one that the resource works with in this run.</summary>
    public bool GoesOnElsewhere => IsRecordFromList && IsElsewhere(Status switch
    {
        { Pending.Account: { } goal } => goal,
        { Current: not null } => Status.Account,
        _ => null,
    });

    /// <summary>Highest serial seen on any listed client of ours, also on those revoked since.</summary>
    public int HighestSerialSeen { get; init; }

    /// <summary>When this process first asked for an unrecorded client and found none; null: never.</summary>
    public DateTimeOffset? FirstMiss { get; init; }

    /// <summary>Certainty that no create of this resource is on its way or unrecorded.</summary>
    public bool NoCreateOutstanding { get; init; }

    /// <summary>A client may have been created of which there is no record yet.</summary>
    public bool IsUnsure => !NoCreateOutstanding && (!IsRecorded || Status.Current is null || Status.Pending is not null);

    /// <summary>A client was created in this run: what follows from it goes on record first.</summary>
    public bool HasCreated { get; init; }

    /// <summary>For how long nothing is created because CARTO creates clients without their secrets; null: that is not so.</summary>
    public TimeSpan? CreatesPausedFor { get; init; }

    /// <summary>Whether a pair counts only when a token was obtained with it.</summary>
    public bool MustVerify { get; init; }

    /// <summary>The clients with whose pairs a token was obtained.</summary>
    public ImmutableHashSet<string> VerifiedClients { get; init; } = [];

    /// <summary>Whether a token was obtained with the credentials on record.</summary>
    public bool Verified => Status.Current is { } current && VerifiedClients.Contains(current.ClientId);

    /// <summary>What CARTO said when it refused the pair in this run; null: it did not.</summary>
    public string? Refusal { get; init; }

    /// <summary>Why workloads could not be restarted in this run; null: they were, or need not be.</summary>
    public string? RestartProblem { get; init; }

    /// <summary>The account that a client lives in.</summary>
    public AccountView AccountOf(string clientId) => Elsewhere.TryGetValue(clientId, out var account) ? account : Account;

    /// <summary>The list of the account that a client lives in; null: not listed in this run.</summary>
    public ClientList? ListOf(string clientId) => Lists.GetValueOrDefault(AccountOf(clientId).Key);

    /// <summary>Whose a client is, as far as is known.</summary>
    public Standing StandingOf(string clientId)
    {
        var isProven = Proven.Contains(clientId);
        if (isProven && Holds(clientId))
        {
            return LoggingIn(clientId) is null ? Standing.Ours : Standing.Login;
        }

        if (LoginAt(clientId) is not null)
        {
            return Standing.NotOurs;
        }

        if (isProven)
        {
            return Standing.Ours;
        }

        return ListOf(clientId) switch
        {
            null => Standing.Unknown,
            var list when list.Has(clientId) => clientId == AdoptedId && AdoptionRefusal is null ? Standing.Ours : Standing.NotOurs,
            { Gap: null } list => IsTooNew(clientId, list) ? Standing.TooNew : Standing.Absent,
            _ => Standing.Unseen,
        };
    }

    /// <summary>The account that logs in with a client, or claims to; null: none does.</summary>
    public AccountKey? LoginAt(string clientId) => LoggingIn(clientId) ?? ClaimsLogin(clientId);

    /// <summary>Whether a Secret of this resource names a client: whoever reads it uses that.</summary>
    public bool IsInUse(string clientId) => Secret is SecretView.Ours { ClientId: { } named } && named == clientId;

    /// <summary>The Secret names a client that CARTO's list lacks, and that is not on record: it may have been created a moment ago.</summary>
    public bool LacksInUse =>
        Secret is SecretView.Ours { ClientId: { } named } && !Holds(named) && named != AdoptedId && !Gone.Contains(named) && StandingOf(named) == Standing.Absent;

    /// <summary>The client of a create whose answer was lost was not listed yet, as far as serials tell.</summary>
    public bool LacksPending => HighestSerialSeen < (Status.Pending?.Serial ?? (Status.Current?.Serial ?? 0) + 1);

    /// <summary>Listed clients of ours that no record holds: left by an interrupted create.</summary>
    public List<MarkedClient> Unrecorded => [.. (Marked ?? []).Where(client => !Holds(client.ClientId))];

    /// <summary>Whether a record is about another account than the one that the resource works with in this run.</summary>
    public bool IsElsewhere(AccountRecord? account) => account is not null && (account.Kind, account.Name) != (Account.Key.Kind, Account.Key.Name);

    private List<MarkedClient> MarkedIn(ClientList list) =>
    [
        .. list.MarkedFor(Name.Owner)
            .Where(client => !Gone.Contains(client.ClientId) && (Holds(client.ClientId) || LoginAt(client.ClientId) is null)),
    ];

    /// <summary>Whether a client is on record.</summary>
    public bool Holds(string clientId) =>
        Status.Current?.ClientId == clientId || Status.Retiring?.Any(retiring => retiring.ClientId == clientId) == true;

    /// <summary>Whether a client was created so short a time before a list that it need not show it.</summary>
    public bool IsTooNew(string clientId, ClientList list) =>
        CreatedAt(clientId) is { } created
        && created > list.Begun - ClientListing.Lag
        && RecordPlausibility.IsPast(created, list.Begun);

    private DateTimeOffset? CreatedAt(string clientId) =>
        (Status.Current is { } current && current.ClientId == clientId ? current.CreatedAt : null)
        ?? (Pair?.ClientId == clientId ? Pair.CreatedAt : null)
        ?? (Doubted?.Current is { } doubted && doubted.ClientId == clientId ? doubted.CreatedAt : null);

    /// <summary>The serial of a client that is ours beyond doubt; null of any other.</summary>
    public int? SerialOf(string clientId) => Pair is { Origin: PairOrigin.Created or PairOrigin.Told or PairOrigin.Given } pair && pair.ClientId == clientId
        ? pair.Serial
        : Marked?.FirstOrDefault(client => client.ClientId == clientId)?.Serial;
}
