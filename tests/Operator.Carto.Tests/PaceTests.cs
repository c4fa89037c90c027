namespace Operator.Carto.Tests;

public sealed class PaceTests
{
    [Fact]
    public void Rate_BeforeAnyThrottling_IsTheAccountsOwn()
    {
        var pace = new Pace(100);

        Assert.Null(pace.RateAt(TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, pace.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void Rate_AfterThrottling_IsHalvedThenRisesSlowlyAndInTheEndToTheAccountsOwn()
    {
        var pace = new Pace(100);
        for (var index = 0; index < 10; index++)
        {
            pace.Accepted(TimeSpan.FromMilliseconds(100 * index));
        }

        pace.Throttled(TimeSpan.FromMilliseconds(950), TimeSpan.FromSeconds(2));

        double?[] rates = [.. new[] { 2.0, 3, 4, 14, 32 }.Select(second => pace.RateAt(TimeSpan.FromSeconds(second)))];
        Assert.Equal([5, 7.25, 9.5, 9.8, 10.34], rates.Select(rate => Math.Round(rate!.Value, 2)));
        Assert.Null(pace.RateAt(TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void Rate_ThrottledWithoutLoad_IsHalfOfWhatItWas()
    {
        var pace = new Pace(8);
        pace.Throttled(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));

        Assert.Equal(2, pace.RateAt(TimeSpan.FromSeconds(6)));
        Assert.Equal(3.8, pace.RateAt(TimeSpan.FromSeconds(8))!.Value, 3);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(16)]
    public void Rate_AgainstAServerThatTakesFewer_UsesNearlyAllOfItAndIsSeldomRefused(int limit)
    {
        var pace = new Pace(100);
        var (now, end) = (TimeSpan.Zero, TimeSpan.FromMinutes(5));
        var (accepted, refused, second, inSecond) = (0, 0, -1, 0);
        while (now < end)
        {
            now += pace.Wait(now) is { Ticks: > 0 } wait ? wait : TimeSpan.Zero;
            pace.Take(now);
            now += TimeSpan.FromMilliseconds(1);
            (second, inSecond) = (int)now.TotalSeconds == second ? (second, inSecond + 1) : ((int)now.TotalSeconds, 1);
            if (inSecond <= limit)
            {
                accepted++;
                pace.Accepted(now);
                continue;
            }

            refused++;
            var until = now + TimeSpan.FromSeconds(1);
            pace.Throttled(now, until);
            now = until;
        }

        Assert.InRange(accepted / (limit * end.TotalSeconds), 0.9, 1);
        Assert.InRange(refused / (double)(accepted + refused), 0, 0.1);
    }
}
