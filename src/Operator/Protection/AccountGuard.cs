using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Protection;

/// <summary>
/// Protects an account in use and the objects its spec references from deletion until the last client is revoked, and opens it for new
/// clients only once both are protected. Once unused, the account is released, then the referenced objects.
/// </summary>
/// <param name="use">Which resources use the account.</param>
/// <param name="finalizers">Writes finalizers of accounts.</param>
/// <param name="secrets">Writes finalizers of Secrets.</param>
/// <param name="configMaps">Writes finalizers of ConfigMaps.</param>
/// <param name="directory">Shows resources whether they may create a client.</param>
internal sealed class AccountGuard<T>(
    AccountUse use,
    Finalizers<T> finalizers,
    SourceMarks<V1Secret> secrets,
    SourceMarks<V1ConfigMap> configMaps,
    AccountDirectory directory
)
    where T : class, IAccountResource
{
    private const int MostNamed = 3;

    /// <summary>Protects or releases an account.</summary>
    /// <param name="key">Which account.</param>
    /// <param name="account">The account as read.</param>
    /// <param name="works">Whether it works: one that never did needs no protection.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="KubernetesApiException"> <see cref="KubernetesApiException.IsConflict"/> if the account, or an object it
    /// references, has changed since. </exception>
    public Task<Guarded<T>> GuardAsync(AccountKey key, T account, bool works, CancellationToken cancellationToken) =>
        use.IsUsed(key, account) ? KeepAsync(key, account, works, cancellationToken) : ReleaseAsync(key, account, cancellationToken);

    private async Task<Guarded<T>> KeepAsync(AccountKey key, T account, bool works, CancellationToken cancellationToken)
    {
        var goes = account.Metadata.DeletionTimestamp is not null;
        if (!AccountGuard.IsOn(account) && (goes || !works))
        {
            return new Guarded<T>(account);
        }

        // The account before its referenced objects, so that their releaser sees at all times that they are needed.
        string? missing = null;
        try
        {
            account = await finalizers.AddAsync(account, WireNames.InUseFinalizer, annotations: null, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.Refuser is { } refuser)
        {
            missing = $"{refuser} does not let the operator mark it as in use: {exception.Message}";
        }

        var sources = AccountSource.ObjectsOf(account);
        foreach (var source in sources)
        {
            missing ??= await HoldAsync(source, cancellationToken);
        }

        if (missing is not null)
        {
            directory.Close(key, Reasons.AccountNotReady, $"{key} is not ready: {missing}");
            return new Guarded<T>(account)
            {
                NotYet = new Waiting(Reasons.AccountNotReady, After: null),
                Note = NoteOf(key, account, goes, sources),
            };
        }

        if (!goes)
        {
            directory.Open(key, account);
        }

        return new Guarded<T>(account) { Note = NoteOf(key, account, goes, sources) };
    }

    private async Task<Guarded<T>> ReleaseAsync(AccountKey key, T account, CancellationToken cancellationToken)
    {
        // Block new creates, then wait for those in flight: only then is it certain who uses the account.
        if (!directory.TryClose(key) || !AccountGuard.IsOn(account))
        {
            return new Guarded<T>(account);
        }

        if (use.IsUsed(key, account) || await use.IsUsedAtServerAsync(key, account, cancellationToken))
        {
            return new Guarded<T>(account) { NotYet = new Waiting(Reasons.InUse, After: null) };
        }

        return new Guarded<T>(await finalizers.RemoveAsync(account, WireNames.InUseFinalizer, cancellationToken));
    }

    private Task<string?> HoldAsync(SourceObject source, CancellationToken cancellationToken) =>
        source.Kind == SourceKind.Secret
            ? secrets.HoldAsync(source.Key, cancellationToken)
            : configMaps.HoldAsync(source.Key, cancellationToken);

    private InUseNote? NoteOf(AccountKey key, T account, bool goes, IReadOnlySet<SourceObject> sources)
    {
        if (goes)
        {
            return new InUseNote(
                AccountGoes: true,
                $"{key} is being deleted, which waits for {Users(key, account)}: delete them, or name another account in their "
                    + "spec.accountRef"
            );
        }

        var going = sources.Where(IsGoing).Select(source => source.ToString()).Order(StringComparer.Ordinal).ToList();
        return going.Count == 0
            ? null
            : new InUseNote(
                AccountGoes: false,
                $"{string.Join(" and ", going)} is being deleted, which waits for {Users(key, account)}; until then it is used and can "
                    + "be edited: "
                    + "to have another one used, name that in the spec of the account"
            );
    }

    private bool IsGoing(SourceObject source) =>
        source.Kind == SourceKind.Secret ? secrets.IsGoing(source.Key) : configMaps.IsGoing(source.Key);

    private string Users(AccountKey key, T account)
    {
        var users = use.UsersOf(key, account);
        var named = string.Join(", ", users.Take(MostNamed));
        var more = users.Count > MostNamed ? $" and {users.Count - MostNamed} more" : "";
        return $"{users.Count} {(users.Count == 1 ? M2MOAuthClient.KubeKind : M2MOAuthClient.KubeKind + "s")} ({named}{more})";
    }
}

/// <summary>Common to both kinds of account.</summary>
internal static class AccountGuard
{
    /// <summary>Whether an account is protected.</summary>
    public static bool IsOn(IAccountResource account) => account.Metadata.Finalizers?.Contains(WireNames.InUseFinalizer) == true;
}

/// <summary>Result of guarding an account.</summary>
/// <param name="Account">The updated account; null if it is gone.</param>
internal sealed record Guarded<T>(T? Account)
    where T : class, IAccountResource
{
    /// <summary>When to requeue because something is not as desired; null if it is.</summary>
    public Waiting? NotYet { get; init; }

    /// <summary>Message about a blocked deletion; null if none.</summary>
    public InUseNote? Note { get; init; }
}

/// <summary>A deletion blocked by resources.</summary>
/// <param name="AccountGoes">The account itself is being deleted; otherwise an object it references.</param>
/// <param name="Message">For people.</param>
internal sealed record InUseNote(bool AccountGoes, string Message);
