using Cronos;
using Operator.Clients;
using Operator.Contracts;

namespace Operator.Tests.Clients;

public sealed class ScheduleGapTests
{
    [Theory]
    [InlineData("* * * * *", "1m")]
    [InlineData("*/7 * * * *", "4m")]
    [InlineData("0 3,5 * * *", "2h")]
    [InlineData("0 1,23 * * *", "2h")]
    [InlineData("30 23 * * *", "24h")]
    [InlineData("0 3 * * 0", "7d")]
    [InlineData("0 3 * * 5,1", "3d")]
    [InlineData("0 3 1 * *", "28d")]
    [InlineData("0 3 1,31 * *", "24h")]
    [InlineData("0 3 1,29 * *", "24h")]
    [InlineData("0 3 13 * 5", "28d")]
    [InlineData("0 1,23 1,15 * *", "22h")]
    [InlineData("0 3 1 1 *", "365d")]
    [InlineData("0 3 29 2 *", "1461d")]
    [InlineData("0 3 29 2 0", "10227d")]
    [InlineData("0 3 30 2 *", null)]
    public void ShortestOf_Schedule_IsTheShortest(string schedule, string? gap) =>
        Assert.Equal(gap, ScheduleGap.ShortestOf(CronExpression.Parse(schedule)) is { } shortest ? WireDuration.Format(shortest) : null);

    /// <summary>Compared with all times of some years, one after the other.</summary>
    [Fact]
    public void ShortestOf_AnySchedule_IsWhatCountingGives()
    {
        var random = new Random(7);
        for (var time = 0; time < 200; time++)
        {
            var schedule =
                $"{Some(60)} {Some(24)} {(random.Next(2) == 0 ? "*" : Some(28, 1))} {(random.Next(2) == 0 ? "*" : Some(12, 1))} *";
            var cron = CronExpression.Parse(schedule);
            var begin = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            var times = cron.GetOccurrences(begin, begin.AddYears(3)).ToList();

            Assert.True(times.Zip(times.Skip(1), (one, next) => next - one).Min() == ScheduleGap.ShortestOf(cron), schedule);
        }

        string Some(int count, int first = 0) =>
            string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => first + random.Next(count)));
    }
}
