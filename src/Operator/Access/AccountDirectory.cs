using System.Collections.Concurrent;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Access;

/// <summary>
/// The accounts as this process knows them: their reconcilers publish the results here, and their resources read them and wait for them.
/// </summary>
/// <param name="find">Finds an account in the cache; null if there is none.</param>
/// <param name="allows">Whether an account allows a namespace.</param>
/// <param name="all">All accounts this operator observes.</param>
/// <param name="isClusterWide">Whether this operator watches all namespaces; otherwise it observes no cluster accounts.</param>
internal sealed class AccountDirectory(
    Func<AccountKey, IAccountResource?> find,
    Func<AllowedNamespaces?, string, bool> allows,
    Func<IEnumerable<IAccountResource>> all,
    bool isClusterWide = true
)
{
    private readonly ConcurrentDictionary<AccountKey, Entry> _entries = new();

    // Shared by all entries, so that versions stay unique even when an account is recreated with the same name.
    private long _versions;

    /// <summary>Enqueues a resource that waited for its account. Set once at startup.</summary>
    public Action<ObjectKey> Wake { get; set; } = static _ => { };

    /// <summary>Enqueues an account for its reconciler. Set once at startup.</summary>
    public Action<AccountKey> Recheck { get; set; } = static _ => { };

    /// <summary>Called when an account becomes usable or its access changes. Set once at startup.</summary>
    public Action<AccountKey> Connected { get; set; } = static _ => { };

    /// <summary>Leases an account for a resource until the lease is disposed.</summary>
    public AccountLease Acquire(AccountKey key, M2MOAuthClient resource)
    {
        var entry = EntryOf(key);
        lock (entry)
        {
            // Read after the version is fixed, so that waiting for another version misses nothing.
            if (find(key) is not { } account)
            {
                return new AccountLease(
                    key,
                    new AccountView.Unavailable(Reasons.AccountNotFound, NotFound(key)) { Key = key },
                    null,
                    entry.Version
                );
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

    /// <summary>The account that logs in with a client; null if no observed account does.</summary>
    public AccountKey? LoginAccountOf(string clientId)
    {
        foreach (var (key, entry) in _entries)
        {
            if (entry.Login == clientId)
            {
                return key;
            }
        }

        // Until this process has connected an account, its status shows whom it acted for.
        foreach (var account in all())
        {
            if (
                AccountOwners.LoginOf(account.Status?.Owner?.UserId) == clientId
                && AccountKey.Of(ObjectKey.Of(account)) is var key
                && Find(key) is null
            )
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>An account whose credentials name a client as its login, whether or not they work; null if none.</summary>
    public AccountKey? ConfiguredLoginOf(string clientId)
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

    /// <summary>Records the login client named by an account's credentials; null for none.</summary>
    public void Claim(AccountKey key, string? clientId) => EntryOf(key).ClaimedLogin = clientId;

    /// <summary>Allows clients to be created in the account, which is then kept until they are gone.</summary>
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

    /// <summary>Forbids creating clients in the account, for a reason to be reported.</summary>
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
    /// Stops new creates in the account. Returns whether none is in flight either; otherwise the account is requeued when the last one
    /// ends.
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

    /// <summary>Requeues a resource as soon as its account differs from the lease.</summary>
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

    /// <summary>Asks the account's reconciler to reconnect because a resource's call failed in a way the account may have caused.</summary>
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

    /// <summary>Whether the account was doubted since <see cref="ClearDoubt"/>.</summary>
    public bool IsDoubted(AccountKey key) => _entries.TryGetValue(key, out var entry) && entry.Doubted;

    /// <summary>Clears doubts: the account's reconciler is about to check.</summary>
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

    /// <summary>The access last published; null after a failure or if there was none.</summary>
    public AccountAccess? Find(AccountKey key) => _entries.TryGetValue(key, out var entry) ? entry.Access : null;

    /// <summary>Publishes that an account is connected. A replaced access is closed once its last lease is released.</summary>
    public ValueTask PublishAsync(AccountKey key, IAccountResource account, AccountAccess access) =>
        PublishAsync(key, account, access, failure: null);

    /// <summary>Publishes why an account cannot be used.</summary>
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

    private async ValueTask PublishAsync(
        AccountKey key,
        IAccountResource account,
        AccountAccess? access,
        (string Reason, string Message)? failure
    )
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

        var denied =
            account.Metadata.DeletionTimestamp is not null ? new Restriction(Reasons.AccountTerminating, Terminating(key))
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

    private string NotFound(AccountKey key) =>
        !isClusterWide && key.Kind == AccountKind.ClusterCartoAccount
            ? $"{key} is not visible: this operator watches certain namespaces only (--namespace); set spec.accountRef to a CartoAccount "
                + "in the resource's namespace"
            : $"{key} does not exist: create it, or set spec.accountRef to one that does";

    private static string NotAllowed(AccountKey key, string @namespace) =>
        $"{key} does not allow the namespace {@namespace}: have it added to spec.allowedNamespaces of the account, or set "
        + "spec.accountRef to another one";

    private static string Terminating(AccountKey key) =>
        $"{key} is being deleted: nothing new is created in it; set spec.accountRef to another account, or create it again when it is gone";

    private sealed class Entry(long version)
    {
        /// <summary>
        /// The object for which clients may be created; null if they may not. Another generation may name other credentials.
        /// </summary>
        public (string Uid, long? Generation)? OpenFor { get; set; }

        /// <summary>Why not; null if there is nothing to report.</summary>
        public Restriction? CreateDenied { get; set; }

        /// <summary>Number of leases that may create a client in the account.</summary>
        public int Creators { get; set; }

        /// <summary>The account is requeued when none of them is left.</summary>
        public bool AwaitsCreators { get; set; }

        /// <summary>The object the last attempt was for.</summary>
        public (string Uid, long? Generation) Tried { get; set; }

        public AccountAccess? Access { get; set; }

        /// <summary>The client the account logged in with when last connected; null if none or unknown.</summary>
        public string? Login { get; set; }

        /// <summary>The client its credentials name; null if none, or if they were not read.</summary>
        public string? ClaimedLogin { get; set; }

        public (string Reason, string Message)? Failure { get; set; }

        public bool Doubted { get; set; }

        public long Version { get; private set; } = version;

        public HashSet<ObjectKey> Waiting { get; } = [];

        /// <summary>Advances to the next version. Returns the waiting resources.</summary>
        public ObjectKey[] Change(long version)
        {
            Version = version;
            ObjectKey[] waiting = [.. Waiting];
            Waiting.Clear();
            return waiting;
        }
    }
}
