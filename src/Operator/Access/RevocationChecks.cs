namespace Operator.Access;

/// <summary>
/// Lists an account's clients after deletions: only a list proves that a client is gone. Deletions share lists: one starts when no deletion
/// is in flight, or when the first has waited long enough.
/// </summary>
/// <param name="listing">Lists the clients.</param>
/// <param name="time">Clock.</param>
internal sealed class RevocationChecks(ClientListing listing, TimeProvider time)
{
    /// <summary>How long further deletions may join before a list starts.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Maximum wait of the first of many deletions.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private List<Action> _waiting = [];
    private int _underWay;
    private bool _isRunning;

    /// <summary>A deletion is about to be sent.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _underWay++;
        }
    }

    /// <summary>It completed or failed.</summary>
    public void End()
    {
        lock (_lock)
        {
            _underWay--;
        }
    }

    /// <summary>Calls back when a list that started after this point has ended, whatever the outcome.</summary>
    public void Await(Action ready)
    {
        lock (_lock)
        {
            _waiting.Add(ready);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        var start = time.GetTimestamp();
        do
        {
            await Task.Delay(Pause, time);
        } while (IsBusy && time.GetElapsedTime(start) < Longest);

        List<Action> ready;
        Task list;
        lock (_lock)
        {
            (ready, _waiting, _isRunning) = (_waiting, [], false);
            list = listing.AfterAsync(time.GetTimestamp(), CancellationToken.None);
        }

        // Waiters observe a failure when they read the list themselves.
        await list.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var callback in ready)
        {
            callback();
        }
    }

    private bool IsBusy
    {
        get
        {
            lock (_lock)
            {
                return _underWay > 0;
            }
        }
    }
}
