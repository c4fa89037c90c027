using System.Collections.Concurrent;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Access;

/// <summary>
/// The accounts as this process knows them: where their reconcilers put what they found, and where the resources of an account look
/// and wait.
/// </summary>
/// <param name="find">An account as the API server has it; null when there is none.</param>
/// <param name="allows">Whether an account allows a namespace.</param>
/// <param name="all">All accounts that this operator sees.</param>
/// <param name="isClusterWide">Whether this operator looks at all namespaces; else it sees no cluster account.</param>
internal sealed class AccountDirectory(
    Func<AccountKey, IAccountResource?> find,
    Func<AllowedNamespaces?, string, bool> allows,
    Func<IEnumerable<IAccountResource>> all,
    bool isClusterWide = true)
{
    private readonly ConcurrentDictionary<AccountKey, Entry> _entries = new();

    // One count for all entries, so that no version comes twice, not even when an account of the same name comes back.
    private long _versions;

    /// <summary>A resource that waited for its account should be looked at. Set once, before anything runs.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>An account should be looked at by its reconciler. Set once, before anything runs.</summary>
    public Action<AccountKey> Recheck { get; set; } = static _ => { };

    /// <summary>An account can be used, or in another way than before. Set once, before anything runs.</summary>
    public Action<AccountKey> Connected { get; set; } = static _ => { };

    /// <summary>An account as a resource may use it, held until the lease is disposed.</summary>
    public AccountLease Acquire(AccountKey key, M2MOAuthClient resource)
    {
        var entry = EntryOf(key);
        lock (entry)
        {
            // Asked for after the version is fixed: whoever waits for another one misses nothing.
            if (find(key) is not { } account)
            {
                return new AccountLease(key, new AccountView.Unavailable(Reasons.AccountNotFound, NotFound(key)) { Key = key }, null, entry.Version);
            }

            var endpoints = new Endpoints(account.Spec.ApiBaseUrl, account.Spec.Auth.TokenUrl, account.Spec.Auth.Audience);
            var @namespace = resource.Metadata.NamespaceProperty;
            var denied = allows(account.Spec.AllowedNamespaces, @namespace)
                ? null
                : new Restriction(Reasons.NamespaceNotAllowed, NotAllowed(key, @namespace));
            var (view, access) = Judge(key, account, entry);
            var mayCreate = view is AccountView.Available { CreateDenied: null };
            entry.Creators += mayCreate ? 1 : 0;
            view = view with { Key = key, Endpoints = endpoints, Denied = denied };
            return new AccountLease(key, view, access, entry.Version, mayCreate ? () => EndCreate(key, entry) : null);
        }
    }

    /// <summary>The account that logs in with a client; null: none of those that this operator sees does.</summary>
    public AccountKey? LoggingInWith(string clientId)
    {
        foreach (var (key, entry) in _entries)
        {
            if (entry.Login == clientId)
            {
                return key;
            }
        }

        // Until this process has connected an account, its status says whom it acted for.
        foreach (var account in all())
        {
            if (AccountOwners.LoginOf(account.Status?.Owner?.UserId) == clientId
                && AccountKey.Of(ObjectKey.Of(account)) is var key && Find(key) is null)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>An account whose credentials name a client as its login, whether they work or not; null: there is none.</summary>
    public AccountKey? ClaimsLogin(string clientId)
    {
        foreach (var (key, entry) in _entries)
        {
            if (entry.ClaimedLogin == clientId)
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Notes what the credentials of an account name as its login; null: nothing.</summary>
    public void Claim(AccountKey key, string? clientId) => EntryOf(key).ClaimedLogin = clientId;

    /// <summary>From here on clients may be created in the account: it does not go before they do.</summary>
    public void Open(AccountKey key, IAccountResource account)
    {
        var entry = EntryOf(key);
        ObjectKey[] waiting;
        lock (entry)
        {
            if (entry.OpenFor == Identity(account))
            {
                return;
            }

            (entry.OpenFor, entry.CreateDenied, entry.AwaitsCreators) = (Identity(account), null, false);
            waiting = entry.Change(NextVersion());
        }

        WakeAll(waiting);
    }

    /// <summary>From here on no client may be created in the account, for a reason that people should know.</summary>
    public void Close(AccountKey key, string reason, string message)
    {
        var entry = EntryOf(key);
        var denied = new Restriction(reason, message);
        ObjectKey[] waiting;
        lock (entry)
        {
            if (entry.OpenFor is null && entry.CreateDenied == denied)
            {
                return;
            }

            (entry.OpenFor, entry.CreateDenied) = (null, denied);
            waiting = entry.Change(NextVersion());
        }

        WakeAll(waiting);
    }

    /// <summary>
    /// From here on no create begins in the account. Returns whether none is under way either; else the account is looked at again when
    /// the last one has ended.
    /// </summary>
    public bool TryClose(AccountKey key)
    {
        var entry = EntryOf(key);
        lock (entry)
        {
            (entry.OpenFor, entry.CreateDenied) = (null, null);
            entry.AwaitsCreators = entry.Creators > 0;
            return !entry.AwaitsCreators;
        }
    }

    /// <summary>Has a resource looked at as soon as its account is another than the lease shows.</summary>
    public void Await(AccountLease seen, ObjectKey resource)
    {
        var entry = EntryOf(seen.Key);
        lock (entry)
        {
            if (entry.Version == seen.Version)
            {
                entry.Waiting.Add(resource);
                return;
            }
        }

        Wake(resource);
    }

    /// <summary>
    /// Asks the account's reconciler to connect again, because a call of a resource failed in a way that may be the account's fault.
    /// </summary>
    public void Doubt(AccountKey key)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            lock (entry)
            {
                if (entry.Doubted)
                {
                    return;
                }

                entry.Doubted = true;
            }

            Recheck(key);
        }
    }

    /// <summary>Whether somebody doubts the account since <see cref="ClearDoubt"/>.</summary>
    public bool IsDoubted(AccountKey key) => _entries.TryGetValue(key, out var entry) && entry.Doubted;

    /// <summary>Makes nothing of the doubts so far: the account's reconciler is about to see for itself.</summary>
    public void ClearDoubt(AccountKey key)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            lock (entry)
            {
                entry.Doubted = false;
            }
        }
    }

    /// <summary>The access that was last published; null when it was a failure, or nothing.</summary>
    public AccountAccess? Find(AccountKey key) => _entries.TryGetValue(key, out var entry) ? entry.Access : null;

    /// <summary>Makes known that an account is connected. An access that it replaces is closed when nobody holds it any more.</summary>
    public ValueTask PublishAsync(AccountKey key, IAccountResource account, AccountAccess access) =>
        PublishAsync(key, account, access, failure: null);

    /// <summary>Makes known why an account cannot be used.</summary>
    public ValueTask PublishAsync(AccountKey key, IAccountResource account, string reason, string message) =>
        PublishAsync(key, account, access: null, (reason, message));

    /// <summary>Forgets an account that is gone.</summary>
    public async ValueTask RemoveAsync(AccountKey key)
    {
        if (_entries.TryRemove(key, out var entry))
        {
            AccountAccess? access;
            ObjectKey[] waiting;
            lock (entry)
            {
                access = entry.Access;
                waiting = entry.Change(NextVersion());
                entry.Access = null;
            }

            await SettleAsync(access, waiting);
        }
    }

    private async ValueTask PublishAsync(AccountKey key, IAccountResource account, AccountAccess? access, (string Reason, string Message)? failure)
    {
        var entry = EntryOf(key);
        AccountAccess? replaced;
        ObjectKey[] waiting = [];
        bool isNew;
        lock (entry)
        {
            isNew = access is not null && entry.Access != access;
            replaced = entry.Access == access ? null : entry.Access;
            if (entry.Access != access || entry.Failure != failure || entry.Tried != Identity(account))
            {
                waiting = entry.Change(NextVersion());
            }

            entry.Access = access;
            entry.Login = access is null ? entry.Login : access.LoginClientId;
            entry.Failure = failure;
            entry.Tried = Identity(account);
        }

        await SettleAsync(replaced, waiting);
        if (isNew)
        {
            Connected(key);
        }
    }

    private async ValueTask SettleAsync(AccountAccess? replaced, ObjectKey[] waiting)
    {
        WakeAll(waiting);
        if (replaced is not null)
        {
            await replaced.ReleaseAsync();
        }
    }

    private static (AccountView View, AccountAccess? Access) Judge(AccountKey key, IAccountResource account, Entry entry)
    {
        if (entry.Tried != Identity(account))
        {
            return (new AccountView.Unknown(), null);
        }

        if (entry.Failure is var (reason, message))
        {
            return (new AccountView.Unavailable(Reasons.AccountNotReady, $"{key} is not ready ({reason}): {message}"), null);
        }

        if (entry.Access is not { } access || !access.TryHold())
        {
            return (new AccountView.Unknown(), null);
        }

        var denied = account.Metadata.DeletionTimestamp is not null ? new Restriction(Reasons.AccountTerminating, Terminating(key))
            : entry.OpenFor == Identity(account) ? null
            : entry.CreateDenied ?? Restriction.NotYet;
        var adoption = new AdoptionPolicy(key, account.Spec.Adoption, access.LoginClientId);
        return (new AccountView.Available(access.Record, access.Info.CanRename) { CreateDenied = denied, Adoption = adoption }, access);
    }

    private void EndCreate(AccountKey key, Entry entry)
    {
        lock (entry)
        {
            if (--entry.Creators > 0 || !entry.AwaitsCreators)
            {
                return;
            }

            entry.AwaitsCreators = false;
        }

        Recheck(key);
    }

    private void WakeAll(ObjectKey[] waiting)
    {
        foreach (var resource in waiting)
        {
            Wake(resource);
        }
    }

    private Entry EntryOf(AccountKey key) => _entries.GetOrAdd(key, static (_, directory) => new Entry(directory.NextVersion()), this);

    private long NextVersion() => Interlocked.Increment(ref _versions);

    private static (string, long?) Identity(IAccountResource account) => (account.Metadata.Uid, account.Metadata.Generation);

    private string NotFound(AccountKey key) => !isClusterWide && key.Kind == AccountKind.ClusterCartoAccount
        ? $"{key} is not visible: this operator watches certain namespaces only (--namespace); set spec.accountRef to a CartoAccount in the resource's namespace"
        : $"{key} does not exist: create it, or set spec.accountRef to one that does";

    private static string NotAllowed(AccountKey key, string @namespace) =>
        $"{key} does not allow the namespace {@namespace}: have it added to spec.allowedNamespaces of the account, or set spec.accountRef to another one";

    private static string Terminating(AccountKey key) =>
        $"{key} is being deleted: nothing new is created in it; set spec.accountRef to another account, or create it again when it is gone";

    private sealed class Entry(long version)
    {
        /// <summary>The object for which clients may be created; null: they may not. Another generation may name other credentials.</summary>
        public (string Uid, long? Generation)? OpenFor { get; set; }

        /// <summary>Why not; null: there is nothing to say.</summary>
        public Restriction? CreateDenied { get; set; }

        /// <summary>How many hold the account and may create a client in it.</summary>
        public int Creators { get; set; }

        /// <summary>The account is to be looked at when there is none of them any more.</summary>
        public bool AwaitsCreators { get; set; }

        /// <summary>The object that the last attempt was about.</summary>
        public (string Uid, long? Generation) Tried { get; set; }

        public AccountAccess? Access { get; set; }

        /// <summary>The client that the account logged in with when it was last connected; null: none, or it is not known.</summary>
        public string? Login { get; set; }

        /// <summary>The client that its credentials name; null: none, or they were not read.</summary>
        public string? ClaimedLogin { get; set; }

        public (string Reason, string Message)? Failure { get; set; }

        public bool Doubted { get; set; }

        public long Version { get; private set; } = version;

        public HashSet<ObjectKey> Waiting { get; } = [];

        /// <summary>Moves on to the next version. Returns who waited for it.</summary>
        public ObjectKey[] Change(long version)
        {
            Version = version;
            ObjectKey[] waiting = [.. Waiting];
            Waiting.Clear();
            return waiting;
        }
    }
}
