using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Runtime.Tests;

/// <summary>
/// Any sequence of calls, against what a queue promises: a key is handed out only when it was asked for, never twice at a time, and
/// whatever was asked for is handed out in the end.
/// </summary>
public sealed class WorkQueueModelTests
{
    private enum Call
    {
        Add,
        AddAfter,
        AddRateLimited,
        Forget,
        Take,
        Done,
        Advance,
    }

    [Fact]
    public void AnySequenceOfCalls_NoKeyIsLostOrHandedOutTwiceAtATime()
    {
        var step = Gen.Select(Gen.Enum<Call>(), Gen.Int[0, 3], Gen.Enum<WorkPriority>(), Gen.Int[0, 2000]);
        step.Array[0, 200].Sample(steps => Check(steps, sharing: null));
        step.Array[0, 200].Sample(steps => Check(steps, new WorkSharing<int>(key => key % 2, Workers: 2)));
    }

    private static void Check((Call Call, int Key, WorkPriority Priority, int Milliseconds)[] steps, WorkSharing<int>? sharing)
    {
        var time = new FakeTimeProvider();
        using var queue = new WorkQueue<int>(time, sharing: sharing);
        var wanted = new HashSet<int>();
        var inFlight = new HashSet<int>();
        foreach (var (call, key, priority, milliseconds) in steps)
        {
            switch (call)
            {
                case Call.Add:
                    queue.Add(key, priority);
                    wanted.Add(key);
                    break;
                case Call.AddAfter:
                    queue.AddAfter(key, TimeSpan.FromMilliseconds(milliseconds), priority);
                    wanted.Add(key);
                    break;
                case Call.AddRateLimited:
                    queue.AddRateLimited(key, priority);
                    wanted.Add(key);
                    break;
                case Call.Forget:
                    queue.Forget(key);
                    break;
                case Call.Take when queue.Count > 0 && (sharing is null || inFlight.Count == 0):
                    Take();
                    break;
                case Call.Take when queue.TryTake(out var taken):
                    Note(taken);
                    break;
                case Call.Done when inFlight.Remove(key):
                    queue.Done(key);
                    break;
                case Call.Advance:
                    time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                    break;
            }

            Assert.Equal(inFlight.Count, queue.InFlight);
        }

        foreach (var key in inFlight.ToList())
        {
            inFlight.Remove(key);
            queue.Done(key);
        }

        time.Advance(TimeSpan.FromDays(1));
        while (queue.Count > 0)
        {
            Take();
            var taken = inFlight.Single();
            inFlight.Remove(taken);
            queue.Done(taken);
        }

        Assert.Empty(wanted);
        Assert.Equal(0, queue.Scheduled);

        void Take()
        {
            Assert.True(queue.TryTake(out var taken), "The queue says that it has keys and hands out none.");
            Note(taken);
        }

        void Note(int taken)
        {
            Assert.True(inFlight.Add(taken), "A key was handed out twice at a time.");
            Assert.True(wanted.Remove(taken), "A key was handed out that nobody asked for.");
        }
    }
}
