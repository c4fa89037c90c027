using System.Net.Sockets;

namespace Operator.Carto.Http;

/// <summary>Time and size limits of one call, and the errors for exceeding them.</summary>
internal sealed class CallLimits(CartoStage stage, string host, TimeSpan timeout, long maxBytes, BundleTrust trust, TimeProvider time)
    : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(timeout, time);

    public CancellationToken Deadline => _deadline.Token;

    public long MaxBytes => maxBytes;

    public CartoException TooLarge() => Failures.TooLarge(stage, host, maxBytes);

    /// <summary>The exception for callers; null to keep the original: cancelled by them, or not a network failure.</summary>
    public CartoException? Explain(Exception exception, CancellationToken callers) =>
        exception switch
        {
            OperationCanceledException when callers.IsCancellationRequested => null,
            OperationCanceledException when _deadline.IsCancellationRequested => Failures.TimedOut(stage, host, timeout),
            // HttpClient lets the exception of a socket through that is reset while it connects.
            OperationCanceledException or HttpRequestException or IOException or SocketException => Failures.Transport(
                exception,
                stage,
                host,
                trust.ProblemOf(host)
            ),
            _ => null,
        };

    public void Dispose() => _deadline.Dispose();
}
