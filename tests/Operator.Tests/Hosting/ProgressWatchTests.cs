using Microsoft.Extensions.Time.Testing;
using Operator.Hosting;

namespace Operator.Tests.Hosting;

public sealed class ProgressWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _time = new();
    private int _waiting;
    private long _finished;

    [Fact]
    public void Check_WorkButNoneFinishedBeyondTheLimit_IsStuck()
    {
        var watch = NewWatch();
        _waiting = 3;

        Assert.Null(watch.Check());
        _time.Advance(Limit);
        Assert.Null(watch.Check());
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("controller x has work and has finished none of it for more than 10 min", watch.Check());
    }

    [Fact]
    public void Check_SlowButSomethingFinished_IsWell()
    {
        var watch = NewWatch();
        _waiting = 3;
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(watch.Check());
            _time.Advance(Limit);
            _finished++;
        }

        Assert.Null(watch.Check());
    }

    [Fact]
    public void Check_NothingToDoForLong_IsWellAlsoWhenWorkComes()
    {
        var watch = NewWatch();
        Assert.Null(watch.Check());
        _time.Advance(10 * Limit);
        Assert.Null(watch.Check());

        _waiting = 1;

        Assert.Null(watch.Check());
    }

    private ProgressWatch NewWatch() => new("x", () => _waiting, () => _finished, Limit, _time);
}
