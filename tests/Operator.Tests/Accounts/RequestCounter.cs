namespace Operator.Tests.Accounts;

/// <summary>Counts requests when they are sent, so that none is missing once the call that made it has returned.</summary>
/// <param name="counts">Which ones.</param>
public sealed class RequestCounter(Func<HttpRequestMessage, bool> counts)
{
    private int _count;

    /// <summary>How many there were.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A handler that counts.</summary>
    public DelegatingHandler CreateHandler() => new Handler(this);

    /// <summary>A handler that counts what another one gets.</summary>
    public HttpMessageHandler Wrap(HttpMessageHandler inner) => new Handler(this) { InnerHandler = inner };

    private void See(HttpRequestMessage request)
    {
        if (counts(request))
        {
            Interlocked.Increment(ref _count);
        }
    }

    private sealed class Handler(RequestCounter counter) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            counter.See(request);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
