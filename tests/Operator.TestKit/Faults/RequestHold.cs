namespace Operator.TestKit.Faults;

/// <summary>Where requests wait at a proxy until a test lets them go.</summary>
public sealed class RequestHold
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RequestHold() { }

    /// <summary>Completes when the first request waits here.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Lets go all that wait here, and all that come later.</summary>
    public void Release() => _released.TrySetResult();

    internal Task WaitAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
