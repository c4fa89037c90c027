using Microsoft.Extensions.Time.Testing;

namespace Operator.Runtime.Tests;

public sealed class LeadershipTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly Leadership _leadership;

    public LeadershipTests() => _leadership = new Leadership(Limit, _time);

    public void Dispose() => _leadership.Dispose();

    [Fact]
    public void Require_BeforeItBegins_Refuses()
    {
        Assert.Throws<NotLeadingException>(_leadership.Require);
        Assert.False(_leadership.Over.IsCancellationRequested);
    }

    [Fact]
    public void Renew_LastsFromTheSendingOfTheRenewalOn()
    {
        var sent = Moment.Now(_time);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(_leadership.Renew(sent));

        _time.Advance(TimeSpan.FromSeconds(6) - TimeSpan.FromMilliseconds(1));
        Assert.True(_leadership.IsHeld);
        Assert.False(_leadership.Over.IsCancellationRequested);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_leadership.IsHeld);
        Assert.True(_leadership.Over.IsCancellationRequested);
    }

    [Fact]
    public void Renew_Prolongs()
    {
        _leadership.Renew(Moment.Now(_time));
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(Limit - TimeSpan.FromSeconds(1));
            Assert.True(_leadership.Renew(Moment.Now(_time)));
        }

        Assert.True(_leadership.IsHeld);
        Assert.False(_leadership.Over.IsCancellationRequested);
    }

    [Fact]
    public void Renew_TooLate_RevivesNothing()
    {
        var time = new TimerlessTime();
        using var leadership = new Leadership(Limit, time);
        leadership.Renew(Moment.Now(time));
        time.Seconds += 10;

        // The timer has not fired, as in a process that was paused: the clock alone says it.
        Assert.False(leadership.Renew(Moment.Now(time)));
        Assert.Throws<NotLeadingException>(leadership.Require);
    }

    [Fact]
    public void Renew_FirstAnswerTooLate_MayBeginLater()
    {
        var sent = Moment.Now(_time);
        _time.Advance(Limit);
        Assert.False(_leadership.Renew(sent));

        Assert.True(_leadership.Renew(Moment.Now(_time)));
        Assert.True(_leadership.IsHeld);
    }

    [Fact]
    public void Held_MachineSlept_TheWallClockEndsIt()
    {
        var time = new TimerlessTime();
        using var leadership = new Leadership(Limit, time);
        leadership.Renew(Moment.Now(time));

        time.SleptSeconds = 10;

        Assert.False(leadership.IsHeld);
    }

    [Fact]
    public void Held_WallClockSetBack_LastsNoLonger()
    {
        var time = new TimerlessTime();
        using var leadership = new Leadership(Limit, time);
        leadership.Renew(Moment.Now(time));

        (time.SleptSeconds, time.Seconds) = (-3600, 10);

        Assert.False(leadership.IsHeld);
    }

    [Fact]
    public void End_IsForGood()
    {
        _leadership.Renew(Moment.Now(_time));

        Assert.True(_leadership.End());
        Assert.True(_leadership.Over.IsCancellationRequested);
        Assert.False(_leadership.Renew(Moment.Now(_time)));
        Assert.False(_leadership.End());
        Assert.Equal(TimeSpan.Zero, _leadership.Overdue);
    }

    [Fact]
    public void Overdue_RanOut_Grows()
    {
        _leadership.Renew(Moment.Now(_time));

        _time.Advance(Limit + TimeSpan.FromSeconds(7));

        Assert.Equal(TimeSpan.FromSeconds(7), _leadership.Overdue);
    }
}
