using Microsoft.Extensions.Time.Testing;

namespace Operator.Runtime.Tests;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<string>(_time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public void Add_Twice_IsHandedOutOnce()
    {
        _queue.Add("a", WorkPriority.Fresh);
        _queue.Add("a", WorkPriority.Fresh);

        Assert.Equal("a", Take());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Add_WhileInFlight_IsHandedOutOnceMoreWhenDone()
    {
        _queue.Add("a", WorkPriority.Fresh);
        Take();
        _queue.Add("a", WorkPriority.Fresh);
        _queue.Add("a", WorkPriority.Fresh);
        Assert.Equal(0, _queue.Count);

        _queue.Done("a");

        Assert.Equal("a", Take());
        _queue.Done("a");
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Take_BothPriorities_FreshGoesFirst()
    {
        _queue.Add("background", WorkPriority.Background);
        _queue.Add("fresh", WorkPriority.Fresh);

        Assert.Equal(["fresh", "background"], [Take(), Take()]);
    }

    [Fact]
    public void Take_EndlessFreshWork_BackgroundIsStillHandedOut()
    {
        _queue.Add("background", WorkPriority.Background);
        var taken = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            _queue.Add($"fresh{i}", WorkPriority.Fresh);
            taken.Add(Take());
        }

        Assert.Equal(8, taken.IndexOf("background"));
    }

    [Fact]
    public void Add_FreshWhatWaitsInTheBackground_MovesItUp()
    {
        _queue.Add("a", WorkPriority.Background);
        _queue.Add("b", WorkPriority.Background);
        _queue.Add("b", WorkPriority.Fresh);

        Assert.Equal(["b", "a"], [Take(), Take()]);
    }

    [Fact]
    public void Add_BackgroundWhatIsFresh_LeavesItFresh()
    {
        _queue.Add("a", WorkPriority.Fresh);
        _queue.Add("a", WorkPriority.Background);
        _queue.Add("b", WorkPriority.Fresh);

        Assert.Equal(["a", "b"], [Take(), Take()]);
    }

    [Fact]
    public void AddAfter_UntilDue_IsNotReady()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10), WorkPriority.Fresh);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, _queue.Count);

        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("a", Take());
    }

    [Theory]
    [InlineData(5, 10)]
    [InlineData(10, 5)]
    public void AddAfter_TwoTimes_TheEarlierCounts(int first, int second)
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(first), WorkPriority.Fresh);
        _queue.AddAfter("a", TimeSpan.FromSeconds(second), WorkPriority.Fresh);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("a", Take());
        _queue.Done("a");

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void AddAfter_NothingToWaitFor_IsReadyNow()
    {
        _queue.AddAfter("a", TimeSpan.Zero, WorkPriority.Fresh);

        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void AddAfter_LongerThanATimerCanWait_IsReadyThenAndNotBefore()
    {
        _queue.AddAfter("a", TimeSpan.FromDays(100), WorkPriority.Background);

        for (var day = 0; day < 100; day++)
        {
            Assert.Equal(0, _queue.Count);
            _time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal("a", Take());
    }

    [Fact]
    public void Take_KeyThatIsAlsoDueLater_TakesBoth()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10), WorkPriority.Background);
        _queue.Add("a", WorkPriority.Fresh);
        Take();
        _queue.Done("a");

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((0, 0), (_queue.Count, _queue.Scheduled));
    }

    [Fact]
    public void AddAfter_DueWhileInFlight_IsHandedOutWhenDone()
    {
        _queue.Add("a", WorkPriority.Fresh);
        Take();
        _queue.AddAfter("a", TimeSpan.FromSeconds(1), WorkPriority.Fresh);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _queue.Count);

        _queue.Done("a");

        Assert.Equal("a", Take());
    }

    [Fact]
    public void AddRateLimited_OverAndOver_DoublesUpToTheCapAndNeverGivesUp()
    {
        _queue.Add("a", WorkPriority.Fresh);
        for (var failures = 0; failures < 100; failures++)
        {
            Take();
            var delay = _queue.AddRateLimited("a");
            _queue.Done("a");

            var full = TimeSpan.FromMilliseconds(Math.Min(TimeSpan.FromMinutes(5).TotalMilliseconds, 200 * Math.Pow(2, failures)));
            Assert.InRange(delay, full / 2, full);
            _time.Advance(delay + TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void AddRateLimited_SomebodyAskedForMore_WaitsThatLong()
    {
        var delay = _queue.AddRateLimited("a", atLeast: TimeSpan.FromSeconds(30));

        Assert.Equal(TimeSpan.FromSeconds(30), delay);
    }

    [Fact]
    public void Forget_AfterFailures_BeginsAnew()
    {
        _queue.Add("a", WorkPriority.Fresh);
        Take();
        for (var failures = 0; failures < 10; failures++)
        {
            _queue.AddRateLimited("a");
        }

        _queue.Forget("a");

        Assert.InRange(_queue.AddRateLimited("a"), TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task TakeAsync_EmptyQueue_IsWokenByAnAdd()
    {
        var waiting = _queue.TakeAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        _queue.Add("a", WorkPriority.Fresh);

        var limit = TimeSpan.FromSeconds(30);
        Assert.Equal("a", await waiting.AsTask().WaitAsync(limit, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TakeAsync_Cancelled_LosesNothing()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _queue.TakeAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);

        _queue.Add("a", WorkPriority.Fresh);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _queue.TakeAsync(cancel.Token));
        Assert.Equal("a", Take());
    }

    [Fact]
    public async Task TakeAsync_QueueWasShutDown_HandsOutNothingMore()
    {
        var waiting = _queue.TakeAsync(TestContext.Current.CancellationToken);
        _queue.ShutDown();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);

        _queue.Add("a", WorkPriority.Fresh);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _queue.TakeAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void OldestAge_OfWhatWaits_IsThatOfTheFirst()
    {
        Assert.Equal(TimeSpan.Zero, _queue.OldestAge);
        _queue.Add("a", WorkPriority.Background);
        _time.Advance(TimeSpan.FromSeconds(3));
        _queue.Add("b", WorkPriority.Fresh);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(TimeSpan.FromSeconds(5), _queue.OldestAge);
    }

    [Fact]
    public void Done_KeyThatWasNotHandedOut_Throws()
    {
        _queue.Add("a", WorkPriority.Fresh);

        Assert.Throws<InvalidOperationException>(() => _queue.Done("a"));
    }

    [Fact]
    public void AddTakeDone_InSteadyState_AllocateNothing()
    {
        Cycle(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Cycle(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Cycle(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _queue.Add("a", WorkPriority.Fresh);
                _queue.Done(Take());
            }
        }
    }

    [Theory]
    [InlineData(16, 8)]
    [InlineData(2, 1)]
    [InlineData(1, 1)]
    public void Take_OneGroupWantsAll_GetsHalfOfTheWorkers(int workers, int share)
    {
        using var queue = Shared(workers);
        AddMany(queue, "slow", 100);

        Assert.Equal(share, TakeAll(queue).Count);
    }

    [Fact]
    public void Take_SlowGroupsHoldWorkers_AnotherStillGetsOne()
    {
        using var queue = Shared(workers: 16);
        foreach (var slow in (string[])["a", "b", "c"])
        {
            AddMany(queue, slow, 100);
            TakeAll(queue);
        }

        queue.Add("other/0", WorkPriority.Background);

        Assert.Equal(["other/0"], TakeAll(queue));
    }

    [Fact]
    public void Done_WorkersComeBack_GroupsTakeTurnsAtThem()
    {
        using var queue = Shared(workers: 4);
        AddMany(queue, "a", 10);
        var first = TakeAll(queue);
        AddMany(queue, "b", 10);
        var second = TakeAll(queue);
        Assert.Equal((2, 1), (first.Count, second.Count));

        queue.Done(first[0]);
        queue.Done(first[1]);

        Assert.Equal(["a/2", "b/1"], TakeAll(queue).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Take_GroupsWithMuchAndLittleToDo_TakeTurns()
    {
        using var queue = Shared(workers: 100);
        AddMany(queue, "much", 10);
        AddMany(queue, "little", 1);

        Assert.True(queue.TryTake(out _));
        Assert.True(queue.TryTake(out var second));

        Assert.Equal("little/0", second);
    }

    [Fact]
    public void Take_KeysWithoutGroup_TakeAnyWorker()
    {
        using var queue = new WorkQueue<string>(_time, sharing: new WorkSharing<string>(_ => null, Workers: 2));
        queue.Add("a", WorkPriority.Fresh);
        queue.Add("b", WorkPriority.Fresh);

        Assert.Equal(["a", "b"], TakeAll(queue));
    }

    [Fact]
    public void Add_WhatWaitsInAGroupThatHasItsShare_NowInAnother_IsHandedOut()
    {
        var group = "slow";
        using var queue = new WorkQueue<string>(_time, sharing: new WorkSharing<string>(_ => group, Workers: 2));
        queue.Add("a", WorkPriority.Fresh);
        queue.Add("b", WorkPriority.Fresh);
        Assert.Equal(["a"], TakeAll(queue));

        group = "other";
        queue.Add("b", WorkPriority.Fresh);

        Assert.Equal(["b"], TakeAll(queue));
    }

    [Fact]
    public async Task TakeAsync_WhatIsReadyMayNotBeTakenYet_IsWokenWhenItMay()
    {
        using var queue = Shared(workers: 2);
        AddMany(queue, "slow", 2);
        Assert.Equal(["slow/0"], TakeAll(queue));
        var waiting = queue.TakeAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        queue.Done("slow/0");

        var limit = TimeSpan.FromSeconds(30);
        Assert.Equal("slow/1", await waiting.AsTask().WaitAsync(limit, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    private WorkQueue<string> Shared(int workers) => new(_time, sharing: new WorkSharing<string>(key => key.Split('/')[0], workers));

    private static void AddMany(WorkQueue<string> queue, string group, int count)
    {
        for (var i = 0; i < count; i++)
        {
            queue.Add($"{group}/{i}", WorkPriority.Fresh);
        }
    }

    private static List<string> TakeAll(WorkQueue<string> queue)
    {
        var taken = new List<string>();
        while (queue.TryTake(out var key))
        {
            taken.Add(key);
        }

        return taken;
    }

    private string Take()
    {
        Assert.True(_queue.TryTake(out var key));
        return key;
    }
}
