namespace Operator.Access;

/// <summary>An account as one reconcile of a resource sees it, and holds it until disposed.</summary>
/// <param name="Key">Which account.</param>
/// <param name="View">What the plan decides from.</param>
/// <param name="Access">The account itself; null unless <paramref name="View"/> is <see cref="AccountView.Available"/>.</param>
/// <param name="Version">Tells whether the account has changed since, see <see cref="AccountDirectory.Await"/>.</param>
/// <param name="Ended">Called when it is let go; null: nobody wants to know.</param>
internal sealed record AccountLease(AccountKey Key, AccountView View, AccountAccess? Access, long Version, Action? Ended = null) : IAsyncDisposable
{
    private int _ended;

    /// <summary>Lets go of the account; only the first time counts.</summary>
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
