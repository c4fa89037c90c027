namespace Operator.Carto.Http;

/// <summary>How long one call may take and how large its answer may be, and what to call it when it is more.</summary>
internal sealed class CallLimits(
    CartoStage stage,
    string host,
    TimeSpan timeout,
    long maxBytes,
    BundleTrust trust,
    TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(timeout, time);

    public CancellationToken Deadline => _deadline.Token;

    public long MaxBytes => maxBytes;

    public CartoException TooLarge() => Failures.TooLarge(stage, host, maxBytes);

    /// <summary>What callers see instead; null when the exception is theirs: cancelled by them, or not of the network.</summary>
    public CartoException? Explain(Exception exception, CancellationToken callers) => exception switch
    {
        OperationCanceledException when callers.IsCancellationRequested => null,
        OperationCanceledException when _deadline.IsCancellationRequested => Failures.TimedOut(stage, host, timeout),
        OperationCanceledException or HttpRequestException or IOException =>
            Failures.Transport(exception, stage, host, trust.ProblemOf(host)),
        _ => null,
    };

    public void Dispose() => _deadline.Dispose();
}
