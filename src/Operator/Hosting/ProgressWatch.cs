namespace Operator.Hosting;

/// <summary>
/// Notices a controller that has work and finishes none of it. Each question compares with the one before, so it takes somebody who
/// asks, such as a liveness probe.
/// </summary>
/// <param name="name">Name of the controller.</param>
/// <param name="waiting">How many keys wait for a worker.</param>
/// <param name="finished">How many reconciles have ended.</param>
/// <param name="limit">How long it may take; longer than any reconcile is let run.</param>
/// <param name="time">Clock.</param>
internal sealed class ProgressWatch(string name, Func<int> waiting, Func<long> finished, TimeSpan limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _seen = -1;
    private long _since;

    /// <summary>What is wrong; null when all is well.</summary>
    public string? Check()
    {
        lock (_lock)
        {
            var now = finished();
            if (now != _seen || waiting() == 0)
            {
                _seen = now;
                _since = time.GetTimestamp();
                return null;
            }

            return time.GetElapsedTime(_since) > limit
                ? $"controller {name} has work and has finished none of it for more than {limit.TotalMinutes:0} min"
                : null;
        }
    }
}
