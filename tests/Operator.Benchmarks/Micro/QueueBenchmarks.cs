using BenchmarkDotNet.Attributes;
using Operator.Runtime;

namespace Operator.Benchmarks.Micro;

/// <summary>A key on its way through the work queue.</summary>
public class QueueBenchmarks
{
    private static readonly ObjectKey Key = new("team-001", "service-000001");

    private readonly WorkQueue<ObjectKey> _queue = Samples.Queue;

    [Benchmark]
    public async Task AddTakeDone()
    {
        _queue.Add(Key, WorkPriority.Fresh);
        _queue.Done(await _queue.TakeAsync(CancellationToken.None));
    }

    [Benchmark]
    public async Task AddTakeDoneAndRequeue()
    {
        _queue.Add(Key, WorkPriority.Fresh);
        var key = await _queue.TakeAsync(CancellationToken.None);
        _queue.AddAfter(key, TimeSpan.FromHours(1), WorkPriority.Background);
        _queue.Done(key);
    }
}
