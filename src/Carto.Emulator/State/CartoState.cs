using System.Net;
using System.Security.Cryptography;

namespace Carto.Emulator;

/// <summary>Users, their clients and their long-lived tokens. Thread-safe; each change is journaled before it returns.</summary>
internal sealed class CartoState : IDisposable
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, EmulatorUser> _users = [];
    private readonly Dictionary<string, ClientRow> _clients = [];
    private readonly Dictionary<string, List<ClientRow>> _live = [];
    private readonly Dictionary<string, List<ClientRow>> _fading = [];
    private readonly Dictionary<string, GrantedToken> _tokens = [];
    private readonly Journal? _journal;
    private long _sequence;

    public CartoState(string? stateFile, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        foreach (var entry in stateFile is null ? [] : Journal.Read(stateFile))
        {
            Replay(entry);
        }

        Keys ??= EmulatorCertificates.NewKeys(areKept: stateFile is not null);
        _journal = stateFile is null ? null : Journal.Create(stateFile, Snapshot());
    }

    public EmulatorKeys Keys { get; private set; }

    public IReadOnlyList<EmulatorUser> Users
    {
        get
        {
            lock (_lock)
            {
                return [.. _users.Values];
            }
        }
    }

    public EmulatorUser? FindUser(string userId)
    {
        lock (_lock)
        {
            return _users.GetValueOrDefault(userId);
        }
    }

    /// <summary>Adds a user with a login and SPA clients, or changes role and plan of the user with that name.</summary>
    public EmulatorUser AddUser(string name, string? accountId, UserRole role, AccountPlan plan, int spaClients)
    {
        lock (_lock)
        {
            if (_users.Values.FirstOrDefault(u => u.Name == name) is { } known)
            {
                if (accountId is not null && accountId != known.AccountId)
                {
                    throw new ArgumentException($"The user {name} is of the account {known.AccountId}.", nameof(accountId));
                }

                return Put(known with { Role = role, Plan = plan });
            }

            var userId = "auth0|" + RandomNumberGenerator.GetHexString(24, lowercase: true);
            var client = Insert(userId, $"Account of {name}", isAccountCredential: true, cameWithUser: true);
            for (var number = 1; number <= spaClients; number++)
            {
                Insert(userId, $"Map viewer {number} of {name}", type: EmulatorClient.Spa, cameWithUser: true);
            }

            return Put(
                new EmulatorUser
                {
                    Name = name,
                    UserId = userId,
                    AccountId = accountId ?? "ac_" + RandomNumberGenerator.GetHexString(8, lowercase: true),
                    Role = role,
                    Plan = plan,
                    ClientId = client.Id,
                    ClientSecret = client.Secret,
                }
            );
        }
    }

    public EmulatorClient Create(string userId, string name, EmulatorVariants variants, string type = EmulatorClient.M2M)
    {
        lock (_lock)
        {
            name = Admit(userId, name, except: null, variants);
            if (variants.ClientQuota is { } quota && Live(userId).Count >= quota)
            {
                throw new CartoRefusal(403, variants.QuotaMessage) { IsHttp = variants.QuotaAnswer == QuotaAnswer.Http };
            }

            return Insert(userId, name, type);
        }
    }

    public EmulatorClient Get(string userId, string clientId)
    {
        lock (_lock)
        {
            return LiveRow(userId, clientId).Client;
        }
    }

    public EmulatorClient Rename(string userId, string clientId, string name, EmulatorVariants variants)
    {
        lock (_lock)
        {
            var row = LiveRow(userId, clientId);
            return Put(row, row.Client with { Name = Admit(userId, name, row, variants) });
        }
    }

    public void Delete(string userId, string clientId, EmulatorVariants variants)
    {
        lock (_lock)
        {
            var row = LiveRow(userId, clientId);
            Put(row, row.Client with { DeletedAt = _timeProvider.GetUtcNow() });
            Live(userId).Remove(row);
            if (variants.ListLagAfterDelete > TimeSpan.Zero || variants.ListLagListsAfterDelete > 0)
            {
                Fading(userId).Add(row);
            }
        }
    }

    /// <summary>
    /// A user's clients as a list shows them, oldest first, without new ones and with deleted ones that lag. A first page counts as one
    /// list.
    /// </summary>
    public IReadOnlyList<EmulatorClient> List(string userId, bool isFirstPage, EmulatorVariants variants)
    {
        lock (_lock)
        {
            var now = _timeProvider.GetUtcNow();
            List<EmulatorClient> seen = new(Live(userId).Count);
            foreach (var row in Live(userId))
            {
                var lags = now < row.Client.CreatedAt + variants.ListLag || row.MissedLists < variants.ListLagLists;
                if (!lags || row.Client.CameWithUser)
                {
                    seen.Add(row.Client);
                }
                else if (isFirstPage)
                {
                    row.MissedLists++;
                }
            }

            return _fading.ContainsKey(userId) ? WithFading(userId, seen, now, isFirstPage, variants) : seen;
        }
    }

    /// <summary>All clients, including deleted ones, in order of creation.</summary>
    public IReadOnlyList<EmulatorClient> AllClients()
    {
        lock (_lock)
        {
            return [.. _clients.Values.Select(r => r.Client)];
        }
    }

    /// <summary>Whether a new client's grant, which is created after it, is not known yet. Each call counts as a token request.</summary>
    public bool AwaitsGrant(EmulatorClient client, EmulatorVariants variants)
    {
        if (client.IsAccountCredential || (variants.GrantLag == TimeSpan.Zero && variants.GrantLagRequests == 0))
        {
            return false;
        }

        lock (_lock)
        {
            return _timeProvider.GetUtcNow() < client.CreatedAt + variants.GrantLag
                || _clients[client.Id].TokenRequests++ < variants.GrantLagRequests;
        }
    }

    /// <summary>The live client with this ID and secret; null if none.</summary>
    public EmulatorClient? Authenticate(string clientId, string secret)
    {
        lock (_lock)
        {
            return _clients.TryGetValue(clientId, out var row) && row.Client.IsLive && row.Client.Secret == secret ? row.Client : null;
        }
    }

    /// <summary>The client with this ID, live or deleted, of any user; null if there never was one.</summary>
    public EmulatorClient? FindClient(string clientId)
    {
        lock (_lock)
        {
            return _clients.GetValueOrDefault(clientId)?.Client;
        }
    }

    /// <summary>Records that a token was issued. Not journaled, since it is frequent and only informational.</summary>
    public void NoteToken(string clientId)
    {
        lock (_lock)
        {
            var row = _clients[clientId];
            row.Client = row.Client with { LastTokenAt = _timeProvider.GetUtcNow() };
        }
    }

    public string Grant(string userId, TokenKind kind)
    {
        lock (_lock)
        {
            var prefix = kind == TokenKind.Refresh ? "v1." : "api_";
            return Put(new GrantedToken(prefix + RandomNumberGenerator.GetString(Alphabet, 48), kind, userId)).Value;
        }
    }

    public GrantedToken? FindToken(string value, TokenKind kind)
    {
        lock (_lock)
        {
            return _tokens.TryGetValue(value, out var token) && token.Kind == kind && !token.Ended ? token : null;
        }
    }

    /// <summary>Invalidates a token; false if it already was.</summary>
    public bool EndToken(GrantedToken token)
    {
        lock (_lock)
        {
            if (_tokens[token.Value].Ended)
            {
                return false;
            }

            Put(token with { Ended = true });
            return true;
        }
    }

    /// <summary>Every client secret, refresh token and API access token ever issued.</summary>
    public IReadOnlyList<string> Secrets()
    {
        lock (_lock)
        {
            return [.. _clients.Values.Select(r => r.Client.Secret), .. _tokens.Keys];
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _journal?.Dispose();
        }
    }

    private IEnumerable<JournalEntry> Snapshot() =>
        [
            new() { Keys = Keys },
            .. _users.Values.Select(u => new JournalEntry { User = u }),
            .. _clients.Values.Select(r => new JournalEntry { Client = r.Client with { LastTokenAt = null } }),
            .. _tokens.Values.Select(t => new JournalEntry { Token = t }),
        ];

    private void Replay(JournalEntry entry)
    {
        Keys = entry.Keys ?? Keys;
        if (entry.User is { } user)
        {
            _users[user.UserId] = user;
        }

        if (entry.Token is { } token)
        {
            _tokens[token.Value] = token;
        }

        if (entry.Client is { } client)
        {
            _sequence = Math.Max(_sequence, client.Sequence);
            if (!_clients.TryGetValue(client.Id, out var row))
            {
                _clients.Add(client.Id, row = new ClientRow(client));
                if (client.IsLive)
                {
                    Live(client.UserId).Add(row);
                }
            }
            else
            {
                row.Client = client;
                if (!client.IsLive)
                {
                    Live(client.UserId).Remove(row);
                }
            }
        }
    }

    private string Admit(string userId, string name, ClientRow? except, EmulatorVariants variants)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new CartoRefusal(400, "The name of an OAuth client must not be empty");
        }

        name = variants.StoredNames switch
        {
            StoredNames.Normalized => Names.Compose(name),
            StoredNames.Collapsed => string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            StoredNames.Escaped => WebUtility.HtmlEncode(name),
            _ => name,
        };
        if (name.Length > variants.MaxNameLength)
        {
            name =
                variants.LongNames == LongNames.Truncate
                    ? name[..variants.MaxNameLength.Value]
                    : throw new CartoRefusal(
                        400,
                        $"The name of an OAuth client must not be longer than {variants.MaxNameLength} characters"
                    );
        }

        if (variants.UniqueNames && Live(userId).Exists(r => r != except && r.Client.Name == name))
        {
            throw new CartoRefusal(409, "An OAuth client of this name already exists");
        }

        return name;
    }

    private EmulatorClient Insert(
        string userId,
        string name,
        string type = EmulatorClient.M2M,
        bool isAccountCredential = false,
        bool cameWithUser = false
    )
    {
        var client = new EmulatorClient
        {
            Id = RandomNumberGenerator.GetString(Alphabet, 32),
            Secret = RandomNumberGenerator.GetString(Alphabet, 64),
            Name = name,
            Type = type,
            UserId = userId,
            Sequence = _sequence + 1,
            CreatedAt = _timeProvider.GetUtcNow(),
            IsAccountCredential = isAccountCredential,
            CameWithUser = cameWithUser,
        };

        // Journal first: a change that cannot be journaled does not happen.
        _journal?.Append(new JournalEntry { Client = client });
        _sequence = client.Sequence;
        var row = new ClientRow(client);
        _clients.Add(client.Id, row);
        Live(userId).Add(row);
        return client;
    }

    private EmulatorClient Put(ClientRow row, EmulatorClient client)
    {
        _journal?.Append(new JournalEntry { Client = client });
        return row.Client = client;
    }

    private EmulatorUser Put(EmulatorUser user)
    {
        _journal?.Append(new JournalEntry { User = user });
        return _users[user.UserId] = user;
    }

    private GrantedToken Put(GrantedToken token)
    {
        _journal?.Append(new JournalEntry { Token = token });
        return _tokens[token.Value] = token;
    }

    private ClientRow LiveRow(string userId, string clientId) =>
        _clients.TryGetValue(clientId, out var row) && row.Client.IsLive && row.Client.UserId == userId
            ? row
            : throw Refusals.NotFound(clientId);

    private List<EmulatorClient> WithFading(
        string userId,
        List<EmulatorClient> seen,
        DateTimeOffset now,
        bool isFirstPage,
        EmulatorVariants variants
    )
    {
        var rows = Fading(userId);
        rows.RemoveAll(row =>
            now >= row.Client.DeletedAt + variants.ListLagAfterDelete && row.ShownAfterwards >= variants.ListLagListsAfterDelete
        );
        seen.AddRange(rows.Select(row => row.Client));
        seen.Sort((left, right) => left.Sequence.CompareTo(right.Sequence));
        if (isFirstPage)
        {
            rows.ForEach(row => row.ShownAfterwards++);
        }

        return seen;
    }

    private List<ClientRow> Fading(string userId) => _fading.TryGetValue(userId, out var rows) ? rows : _fading[userId] = [];

    private List<ClientRow> Live(string userId) => _live.TryGetValue(userId, out var rows) ? rows : _live[userId] = [];

    private sealed class ClientRow(EmulatorClient client)
    {
        public EmulatorClient Client { get; set; } = client;

        public int MissedLists { get; set; }

        public int ShownAfterwards { get; set; }

        public int TokenRequests { get; set; }
    }
}
