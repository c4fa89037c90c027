namespace Operator.TestKit.Faults;

/// <summary>What a proxy does with a request instead of only passing it on.</summary>
public delegate Task Fault(ProxyExchange exchange);

/// <summary>A fault and the requests that it is for. Disposing takes it back.</summary>
public sealed class FaultRule : IDisposable
{
    private readonly Func<ProxiedRequest, bool> _matches;
    private readonly Action<FaultRule> _remove;
    private int _left;
    private int _hits;

    internal FaultRule(Func<ProxiedRequest, bool> matches, Fault fault, int times, Action<FaultRule> remove)
    {
        _matches = matches;
        _left = times;
        _remove = remove;
        Fault = fault;
    }

    /// <summary>How many requests it was applied to.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal Fault Fault { get; }

    public void Dispose() => _remove(this);

    /// <summary>Uses up one of the rule's times when it is for this request. One caller at a time.</summary>
    internal bool TryTake(ProxiedRequest request)
    {
        if (_left == 0 || !_matches(request))
        {
            return false;
        }

        _left--;
        Interlocked.Increment(ref _hits);
        return true;
    }
}
