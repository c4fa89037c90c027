using Operator.Contracts;
using Operator.Drift;

namespace Operator.Clients;

/// <summary>A client in CARTO that bears this resource's marker.</summary>
internal sealed record MarkedClient(string ClientId, int Serial, string Name, DateTimeOffset? CreatedAt);

/// <summary>Everything that <see cref="Plan"/> decides from, beside the resource itself. Each executed step makes a new one.</summary>
internal sealed record Observation
{
    /// <summary>The record of what this resource has; becomes its status.</summary>
    public required M2MOAuthClientStatus Status { get; init; }

    /// <summary>What the resource's clients are called in CARTO.</summary>
    public required ClientName Name { get; init; }

    /// <summary>The account that the resource works with.</summary>
    public required AccountView Account { get; init; }

    /// <summary>
    /// The account that bears the recorded name may be another one than that which the client lives in: that it does not know a client
    /// proves nothing.
    /// </summary>
    public bool AccountMayBeAnother { get; init; }

    /// <summary>The same, and the account was not seen to have the client on record.</summary>
    public bool IsOutOfPlace => AccountMayBeAnother && Marked?.Any(client => client.ClientId == Status.Current?.ClientId) != true;

    /// <summary>Clients that their account said not to know, although that proves nothing.</summary>
    public IReadOnlyList<string> OutOfSight { get; init; } = [];

    /// <summary>The accounts of clients that live elsewhere, by client ID.</summary>
    public IReadOnlyDictionary<string, AccountView> Elsewhere { get; init; } = new Dictionary<string, AccountView>();

    public required SecretView Secret { get; init; }

    /// <summary>Whether <see cref="Secret"/> comes from the API server in this run; else it comes from the cache.</summary>
    public bool SecretIsLive { get; init; }

    /// <summary>Whether the Secret's data is what would be written; known only when it is live.</summary>
    public bool SecretInSync { get; init; }

    /// <summary>A person asked for a look at everything, whether it seems to have changed or not.</summary>
    public bool LookAtAll { get; init; }

    /// <summary>Fingerprint that the Secret should bear; null while the account's endpoints are not known.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>What is wrong with <c>spec.secret</c>; null when it can be rendered.</summary>
    public string? SecretProblem { get; init; }

    /// <summary>The pair in hand: just created, read back from CARTO or read from the Secret.</summary>
    public Pair? Pair { get; init; }

    /// <summary>The pair comes from a Secret that somebody else has changed since it was last written or checked.</summary>
    public bool PairIsDoubted { get; init; }

    /// <summary>Clients whose secret CARTO did not tell when asked in this run.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>Clients that CARTO said in this run not to know.</summary>
    public IReadOnlyList<string> NotFound { get; init; } = [];

    /// <summary>Why the secret of an adopted client could not be read from where the resource says; null: it was, or was not tried.</summary>
    public string? GivenSecretProblem { get; init; }

    /// <summary>Another resource that has, or claims with more right, the client that this one is to adopt; null: none.</summary>
    public string? ClaimedBy { get; init; }

    /// <summary>What a comparison of the account's clients found; null: nothing.</summary>
    public DriftFinding? Drift { get; init; }

    /// <summary>Whether the client on record exists, where <see cref="Drift"/> doubts it.</summary>
    public Presence Presence { get; init; }

    /// <summary>Our clients as CARTO listed them in this run; null: not asked.</summary>
    public IReadOnlyList<MarkedClient>? Marked { get; init; }

    /// <summary>Highest serial seen on any listed client of ours, also on those revoked since.</summary>
    public int HighestSerialSeen { get; init; }

    /// <summary>When this process first asked for an unrecorded client and found none; null: never.</summary>
    public DateTimeOffset? FirstMiss { get; init; }

    /// <summary>Certainty that no create of this resource is on its way or unrecorded.</summary>
    public bool NoCreateOutstanding { get; init; }

    /// <summary>Whether a pair counts only when a token was obtained with it.</summary>
    public bool MustVerify { get; init; }

    /// <summary>The client with whose pair a token was obtained; null: none.</summary>
    public string? VerifiedClient { get; init; }

    /// <summary>Whether a token was obtained with the pair on record.</summary>
    public bool Verified => VerifiedClient is { } client && client == Status.Current?.ClientId;

    /// <summary>What CARTO said when it refused the pair in this run; null: it did not.</summary>
    public string? Refusal { get; init; }

    /// <summary>Why workloads could not be restarted in this run; null: they were, or need not be.</summary>
    public string? RestartProblem { get; init; }

    /// <summary>
    /// Takes the Secret as a record: it is written before the status, so after a crash between the two it knows the newer client.
    /// The client that it replaced retires.
    /// </summary>
    public Observation See(SecretView secret, DateTimeOffset now)
    {
        var seen = this with { Secret = secret };
        return secret is SecretView.Ours { ClientId: { } id, Serial: var serial }
            && serial > (Status.Current?.Serial ?? 0)
            && Status.Retiring?.Any(retiring => retiring.ClientId == id) != true
                ? seen with { Status = TakeOver(id, serial, now), AccountMayBeAnother = false }
                : seen;
    }

    /// <summary>Takes CARTO's list in. A list without any client that is not on record starts the grace period.</summary>
    public Observation List(IReadOnlyList<MarkedClient> marked, DateTimeOffset now)
    {
        var listed = this with
        {
            Marked = marked,
            HighestSerialSeen = Math.Max(HighestSerialSeen, marked.Select(client => client.Serial).DefaultIfEmpty().Max()),
            Status = Status with
            {
                DisplayName = Status.DisplayName ?? marked.FirstOrDefault(client => client.ClientId == Status.Current?.ClientId)?.Name,
            },
        };
        return listed.Unrecorded.Count > 0 ? listed : listed with { FirstMiss = FirstMiss ?? now };
    }

    /// <summary>The account that a client lives in.</summary>
    public AccountView AccountOf(string clientId) => Elsewhere.TryGetValue(clientId, out var account) ? account : Account;

    /// <summary>Listed clients of ours that no record holds: left by an interrupted create.</summary>
    public List<MarkedClient> Unrecorded =>
        [.. (Marked ?? []).Where(client => client.ClientId != Status.Current?.ClientId
            && Status.Retiring?.Any(retiring => retiring.ClientId == client.ClientId) != true)];

    /// <summary>A newer client takes the place of the one on record, which retires.</summary>
    private M2MOAuthClientStatus TakeOver(string id, int serial, DateTimeOffset now)
    {
        var here = (Account as AccountView.Available)?.Account;
        var intent = Status.Pending is { } pending && pending.Serial <= serial ? pending : null;
        var next = Status with
        {
            Current = new ClientRecord { ClientId = id, Serial = serial, CreatedAt = Pair?.ClientId == id ? Pair.CreatedAt : null },
            Pending = intent is null ? Status.Pending : null,
            DisplayName = Pair?.ClientId == id ? Pair.Name : null,
            Account = intent?.Account ?? (IsOutOfPlace ? here ?? Status.Account : Status.Account ?? here),
        };
        if (Status.Current is not { } replaced)
        {
            return next;
        }

        var overlap = WireDuration.TryParse(intent?.Overlap, out var length) ? length : TimeSpan.Zero;
        var left = intent?.Account is not null || (IsOutOfPlace && Presence != Presence.Gone) ? Status.Account : null;
        return next with
        {
            Retiring =
            [
                .. (Status.Retiring ?? []).Select(retiring => retiring with { Account = retiring.Account ?? left }),
                new RetiringClient { ClientId = replaced.ClientId, RevokeAfter = WireTime.Of(now + overlap), Account = left },
            ],
            LastRotationTime = WireTime.Of(now),
            RestartedFor = Status.RestartedFor ?? replaced.ClientId,
        };
    }
}
