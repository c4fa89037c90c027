namespace Operator.Access;

/// <summary>An account as seen by one reconcile of a resource, held until disposed.</summary>
/// <param name="Key">Which account.</param>
/// <param name="View">The account as the plan sees it.</param>
/// <param name="Access">The account itself; null unless <paramref name="View"/> is <see cref="AccountView.Available"/>.</param>
/// <param name="Version">Detects later changes to the account, see <see cref="AccountDirectory.Await"/>.</param>
/// <param name="Ended">Called on release; may be null.</param>
internal sealed record AccountLease(AccountKey Key, AccountView View, AccountAccess? Access, long Version, Action? Ended = null)
    : IAsyncDisposable
{
    private int _ended;

    /// <summary>Releases the account; idempotent.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return ValueTask.CompletedTask;
        }

        Ended?.Invoke();
        return Access?.ReleaseAsync() ?? ValueTask.CompletedTask;
    }
}
