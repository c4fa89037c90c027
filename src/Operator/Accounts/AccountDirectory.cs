using System.Collections.Concurrent;
using Operator.Clients;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Accounts;

/// <summary>
/// The accounts as this process knows them: where their reconcilers put what they found, and where the resources of an account look
/// and wait.
/// </summary>
/// <param name="find">An account as the API server has it; null when there is none.</param>
/// <param name="allows">Whether an account allows a namespace.</param>
/// <param name="onlyNamespace">The one namespace that this operator looks at, where it sees no cluster account; null: it sees all.</param>
internal sealed class AccountDirectory(
    Func<AccountKey, IAccountResource?> find, Func<AllowedNamespaces?, string, bool> allows, string? onlyNamespace = null)
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
    public AccountLease Look(AccountKey key, M2MOAuthClient resource)
    {
        var entry = EntryOf(key);
        lock (entry)
        {
            // Asked for after the version is fixed: whoever waits for another one misses nothing.
            if (find(key) is not { } account)
            {
                return new AccountLease(key, new AccountView.Unavailable(Reasons.AccountNotFound, NotFound(key)), null, entry.Version);
            }

            var endpoints = new Endpoints(account.Spec.ApiBaseUrl, account.Spec.Auth.TokenUrl, account.Spec.Auth.Audience);
            var (view, access) = Judge(key, account, entry, resource);
            return new AccountLease(key, view with { Endpoints = endpoints }, access, entry.Version);
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
        foreach (var resource in waiting)
        {
            Wake(resource);
        }

        if (replaced is not null)
        {
            await replaced.ReleaseAsync();
        }
    }

    private (AccountView View, AccountAccess? Access) Judge(AccountKey key, IAccountResource account, Entry entry, M2MOAuthClient resource)
    {
        // What exists may still be revoked where nothing new may be created.
        var @namespace = resource.Metadata.NamespaceProperty;
        if (resource.Metadata.DeletionTimestamp is null && key == AccountKey.Acting(resource) && !allows(account.Spec.AllowedNamespaces, @namespace))
        {
            return (new AccountView.Unavailable(Reasons.NamespaceNotAllowed, NotAllowed(key, @namespace)), null);
        }

        if (entry.Tried != Identity(account))
        {
            return (new AccountView.Unknown(), null);
        }

        if (entry.Failure is var (reason, message))
        {
            return (new AccountView.Unavailable(Reasons.AccountNotReady, $"{key} is not ready ({reason}): {message}"), null);
        }

        return entry.Access is { } access && access.TryHold()
            ? (new AccountView.Available(access.Record, access.Info.CanRename), access)
            : (new AccountView.Unknown(), null);
    }

    private Entry EntryOf(AccountKey key) => _entries.GetOrAdd(key, static (_, directory) => new Entry(directory.NextVersion()), this);

    private long NextVersion() => Interlocked.Increment(ref _versions);

    private static (string, long?) Identity(IAccountResource account) => (account.Metadata.Uid, account.Metadata.Generation);

    private string NotFound(AccountKey key) => onlyNamespace is not null && key.Kind == AccountKind.ClusterCartoAccount
        ? $"{key} is out of sight: this operator looks at the namespace {onlyNamespace} alone (--namespace); set spec.accountRef to a CartoAccount in it"
        : $"{key} does not exist: create it, or set spec.accountRef to one that does";

    private static string NotAllowed(AccountKey key, string @namespace) =>
        $"{key} does not allow the namespace {@namespace}: have it added to spec.allowedNamespaces of the account, or set spec.accountRef to another one";

    private sealed class Entry(long version)
    {
        /// <summary>The object that the last attempt was about.</summary>
        public (string Uid, long? Generation) Tried { get; set; }

        public AccountAccess? Access { get; set; }

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
