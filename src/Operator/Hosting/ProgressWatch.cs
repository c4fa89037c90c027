namespace Operator.Hosting;

/// <summary>
/// Detects a controller that has work but completes none. Each check compares with the previous one, so it needs a regular caller such as a
/// liveness probe.
/// </summary>
/// <param name="name">Name of the controller.</param>
/// <param name="waiting">Number of keys waiting for a worker.</param>
/// <param name="finished">Number of completed reconciles.</param>
/// <param name="limit">Time limit, longer than the reconcile timeout.</param>
/// <param name="time">Clock.</param>
internal sealed class ProgressWatch(string name, Func<int> waiting, Func<long> finished, TimeSpan limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _seen = -1;
    private long _since;

    /// <summary>What is wrong; null if nothing is.</summary>
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
