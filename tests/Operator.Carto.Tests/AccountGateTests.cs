using Microsoft.Extensions.Time.Testing;

namespace Operator.Carto.Tests;

public sealed class AccountGateTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_AfterIdling_LetsASecondsWorthThroughAtOnce()
    {
        var gate = new AccountGate(5, _time, () => 0);

        for (var index = 0; index < 5; index++)
        {
            Assert.True(Enter(gate).IsCompletedSuccessfully);
        }

        var next = Enter(gate);
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await next.Soon();
    }

    [Fact]
    public async Task Enter_ManyWaiting_KeepsTheRateAndTheOrder()
    {
        var gate = new AccountGate(2, _time, () => 0);
        List<int> order = [];
        var entering = Enumerable
            .Range(0, 12)
            .Select(async index =>
            {
                await gate.EnterAsync(CartoStage.Api, Token);
                lock (order)
                {
                    order.Add(index);
                }
            })
            .ToArray();
        Assert.Equal(2, order.Count);

        for (var half = 1; half <= 10; half++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            await entering[half + 1].Soon();
            Assert.Equal(half + 2, order.Count);
        }

        Assert.Equal(Enumerable.Range(0, 12), order);
    }

    [Fact]
    public void Enter_LineTooLong_FailsAtOnceWithTheWait()
    {
        var gate = new AccountGate(1, _time, () => 0);
        for (var index = 0; index <= 30; index++)
        {
            _ = Enter(gate);
        }

        var error = Throttled(() => Enter(gate));

        Assert.Equal(TimeSpan.FromSeconds(31), error.RetryAfter);
        Assert.False(error.MayHaveTakenEffect);
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_GivesItsTurnBack()
    {
        var gate = new AccountGate(1, _time, () => 0);
        await Enter(gate).Soon();
        using var cancellation = new CancellationTokenSource();
        var cancelled = gate.EnterAsync(CartoStage.Api, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());

        var next = Enter(gate);
        _time.Advance(TimeSpan.FromSeconds(1));
        await next.Soon();
    }

    [Fact]
    public async Task Enter_CancelledBefore_TakesNoTurn()
    {
        var gate = new AccountGate(1, _time, () => 0);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            gate.EnterAsync(CartoStage.Api, new CancellationToken(true)).AsTask()
        );

        Assert.True(Enter(gate).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task SlowDown_WithATime_StopsEverybodyForThatLong()
    {
        var gate = new AccountGate(100, _time, () => 0);

        Assert.Equal(TimeSpan.FromSeconds(40), gate.SlowDown(CartoStage.Api, TimeSpan.FromSeconds(40)));

        Assert.Equal(TimeSpan.FromSeconds(40), Throttled(() => Enter(gate)).RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(10), Throttled(() => Enter(gate)).RetryAfter);

        // What is left at the end is waited for.
        _time.Advance(TimeSpan.FromSeconds(9));
        var last = Enter(gate);
        Assert.False(last.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await last.Soon();
    }

    [Fact]
    public void SlowDown_OfOneServer_LeavesTheOtherAlone()
    {
        var gate = new AccountGate(100, _time, () => 0);

        gate.SlowDown(CartoStage.Token, TimeSpan.FromMinutes(1));

        Assert.True(Enter(gate).IsCompletedSuccessfully);
        Throttled(() => gate.EnterAsync(CartoStage.Token, Token).AsTask());
    }

    [Fact]
    public void SlowDown_WithoutATime_GrowsFromOneOccasionToTheNextAndNotWithinOne()
    {
        var gate = new AccountGate(100, _time, () => 0);
        double[] middles = [1, 2, 4, 8, 16, 32, 60, 60];
        foreach (var middle in middles)
        {
            var pause = TimeSpan.Zero;
            for (var together = 0; together < 20; together++)
            {
                pause = gate.SlowDown(CartoStage.Api, null);
            }

            Assert.InRange(pause.TotalSeconds, middle * 0.75, middle * 1.25);
            _time.Advance(pause);
        }

        gate.Accepted(CartoStage.Api);
        Assert.InRange(gate.SlowDown(CartoStage.Api, null).TotalSeconds, 0.75, 1.25);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void SlowDown_WithATimeShorterThanOurs_GrowsAllTheSame(double asked)
    {
        var gate = new AccountGate(100, _time, () => 0);
        double[] middles = [1, 2, 4, 8, 16, 32, 60, 60];
        foreach (var middle in middles)
        {
            var pause = gate.SlowDown(CartoStage.Api, TimeSpan.FromSeconds(asked));
            Assert.InRange(pause.TotalSeconds, middle * 0.75, middle * 1.25);
            _time.Advance(pause);
        }
    }

    [Fact]
    public void SlowDown_ForDays_IsShortened() =>
        Assert.Equal(AccountGate.LongestPause, new AccountGate(1, _time, () => 0).SlowDown(CartoStage.Api, TimeSpan.FromDays(3)));

    [Fact]
    public void SlowDown_ShorterThanThePauseThereIs_DoesNotShortenIt()
    {
        var gate = new AccountGate(1, _time, () => 0);
        gate.SlowDown(CartoStage.Api, TimeSpan.FromSeconds(40));

        Assert.Equal(TimeSpan.FromSeconds(40), gate.SlowDown(CartoStage.Api, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task SlowDown_WhileSomebodyWaitsForTheRate_StopsThemToo()
    {
        var gate = new AccountGate(1, _time, () => 0);
        await Enter(gate).Soon();
        var waiting = Enter(gate);
        gate.SlowDown(CartoStage.Api, TimeSpan.FromSeconds(40));

        _time.Advance(TimeSpan.FromSeconds(1));

        var error = (await Assert.ThrowsAsync<CartoException>(() => waiting.Soon())).Error;
        Assert.Equal((CartoErrorKind.Throttled, TimeSpan.FromSeconds(39)), (error.Kind, error.RetryAfter));
    }

    private static Task Enter(AccountGate gate) => gate.EnterAsync(CartoStage.Api, Token).AsTask();

    private static CartoError Throttled(Func<Task> enter)
    {
        var exception = enter().Exception?.InnerException as CartoException;
        Assert.Equal(CartoErrorKind.Throttled, exception?.Error.Kind);
        return exception!.Error;
    }
}
