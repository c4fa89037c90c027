using Microsoft.Extensions.Time.Testing;
using Operator.Hosting;
using Operator.TestKit;

namespace Operator.Tests.Hosting;

public sealed class RestCollectorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Memory _memory = new();
    private readonly RestCollector _collector;
    private bool _isAtRest = true;

    public RestCollectorTests() => _collector = new RestCollector(() => _isAtRest, _memory, _time);

    [Fact]
    public void AtRest_AfterABurst_CollectsOnce()
    {
        _memory.Allocated = RestCollector.Worthwhile;

        _collector.Tick();
        _collector.Tick();

        Assert.Equal(1, _memory.Collections);
    }

    [Fact]
    public void AtRest_LittleAllocatedSinceTheLastTime_CollectsNothing()
    {
        _memory.Allocated = RestCollector.Worthwhile;
        _collector.Tick();

        _memory.Allocated += RestCollector.Worthwhile - 1;
        _collector.Tick();
        Assert.Equal(1, _memory.Collections);

        _memory.Allocated++;
        _collector.Tick();
        Assert.Equal(2, _memory.Collections);
    }

    [Fact]
    public void AtWork_CollectsNothingUntilAtRest()
    {
        _memory.Allocated = RestCollector.Worthwhile;
        _isAtRest = false;
        _collector.Tick();
        Assert.Equal(0, _memory.Collections);

        _isAtRest = true;
        _collector.Tick();
        Assert.Equal(1, _memory.Collections);
    }

    [Fact]
    public void AtRest_NothingAllocated_GivesBackWhatLibrariesHadAllTheSame()
    {
        _collector.Tick();
        _collector.Tick();

        Assert.Equal((0, 2), (_memory.Collections, _memory.Trims));
    }

    [Fact]
    public void AtWork_GivesNothingBack()
    {
        _isAtRest = false;

        _collector.Tick();

        Assert.Equal(0, _memory.Trims);
    }

    [Fact]
    public async Task Run_LooksAgainAndAgain_UntilCancelled()
    {
        using var stop = new CancellationTokenSource();
        var running = _collector.RunAsync(stop.Token);
        _memory.Allocated = RestCollector.Worthwhile;

        await Eventually.GetAsync(
            _ =>
            {
                _time.Advance(RestCollector.Interval);
                return Task.FromResult(_memory.Collections);
            },
            collections => collections == 1,
            "a collection",
            TestContext.Current.CancellationToken
        );
        await stop.CancelAsync();

        await running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private sealed class Memory : IMemory
    {
        public long Allocated { get; set; }

        public int Collections { get; private set; }

        public int Trims { get; private set; }

        public void Collect() => Collections++;

        public void Trim() => Trims++;
    }
}
