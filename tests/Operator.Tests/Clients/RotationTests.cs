using k8s.Models;
using Operator.Clients;
using Operator.Contracts;

namespace Operator.Tests.Clients;

public sealed class RotationTests
{
    private static readonly DateTimeOffset Created = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_NoRotation_IsNeverDue()
    {
        var rotation = Of(spec: null, now: Created.AddYears(10));

        Assert.Null(rotation.Next);
        Assert.False(rotation.IsDue(Created.AddYears(10)));
    }

    [Fact]
    public void Of_Interval_EndsNoLaterThanItAndNoMoreThanATenthBefore()
    {
        var moments = Enumerable.Range(0, 200).Select(i => Of(new RotationSpec { Every = "10h" }, uid: $"uid-{i}").Next!.Value).ToList();

        Assert.All(moments, moment => Assert.InRange(moment, Created.AddHours(9), Created.AddHours(10)));
        Assert.True(moments.Max() - moments.Min() > TimeSpan.FromMinutes(45), "a fleet is spread");
    }

    [Fact]
    public void Of_LongInterval_IsSpreadOverADayAtMost()
    {
        var moments = Enumerable.Range(0, 50).Select(i => Of(new RotationSpec { Every = "90d" }, uid: $"uid-{i}").Next!.Value);

        Assert.All(moments, moment => Assert.InRange(moment, Created.AddDays(89), Created.AddDays(90)));
    }

    [Fact]
    public void Of_Interval_IsTheSameAtEachReconcile()
    {
        var first = Of(new RotationSpec { Every = "90d" }, now: Created);
        var second = Of(new RotationSpec { Every = "90d" }, recorded: first.Next, now: Created.AddDays(60));

        Assert.Equal(first.Next, second.Next);
    }

    [Fact]
    public void Of_PairThatSeemsOlderThanTheLastRotation_IsAsOldAsThat()
    {
        var rotated = Created.AddHours(20);

        var rotation = Of(new RotationSpec { Every = "10h" }, rotated: rotated);

        Assert.InRange(rotation.Next!.Value, rotated.AddHours(9), rotated.AddHours(10));
    }

    [Fact]
    public void Of_ScheduleOfAnOldPair_WaitsForItsNextTime()
    {
        var now = Created.AddDays(100);

        var rotation = Of(new RotationSpec { Schedule = "0 3 * * 0" }, now: now);

        Assert.InRange(rotation.Next!.Value, now, now.AddDays(8));
        Assert.Equal(DayOfWeek.Sunday, rotation.Next.Value.DayOfWeek);
        Assert.InRange(rotation.Next.Value.TimeOfDay, TimeSpan.FromHours(3), TimeSpan.FromHours(3) + TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void Of_ScheduleWhoseTimeWasMissed_IsDue()
    {
        var spec = new RotationSpec { Schedule = "0 3 * * 0" };
        var recorded = Of(spec, now: Created).Next!.Value;

        var rotation = Of(spec, recorded: recorded, now: recorded.AddDays(20));

        Assert.Equal(recorded, rotation.Next);
        Assert.True(rotation.IsDue(recorded.AddDays(20)));
    }

    [Fact]
    public void Of_ScheduleThatWasChanged_DoesNotRotateForTheOldOne()
    {
        var recorded = Of(new RotationSpec { Schedule = "0 3 * * 0" }, now: Created).Next!.Value;
        var now = recorded.AddMinutes(1);

        var rotation = Of(new RotationSpec { Schedule = "0 5 1 * *" }, recorded: recorded, now: now);

        Assert.False(rotation.IsDue(now));
        Assert.Equal((1, 5), (rotation.Next!.Value.Day, rotation.Next.Value.Hour));
    }

    [Theory]
    [InlineData("*/1 * * * *")]
    [InlineData("*/30 * * * *")]
    [InlineData("0 3 1 1 *")]
    public void Of_Schedule_ComesAgainAfterEachTime(string schedule)
    {
        var now = Created;
        for (var time = 0; time < 20; time++)
        {
            var next = Of(new RotationSpec { Schedule = schedule, Overlap = "1m" }, now: now).Next!.Value;
            Assert.True(next > now);
            Assert.Equal(next, Of(new RotationSpec { Schedule = schedule, Overlap = "1m" }, recorded: next, now: next.AddSeconds(30)).Next);
            now = next;
        }
    }

    [Fact]
    public void Of_TimeZone_IsApplied()
    {
        var winter = Of(new RotationSpec { Schedule = "0 3 * * *", TimeZone = "Europe/Madrid" }, now: Created);
        var summer = Of(new RotationSpec { Schedule = "0 3 * * *", TimeZone = "Europe/Madrid" }, now: Created.AddDays(180));

        Assert.Equal((2, 1), (winter.Next!.Value.UtcDateTime.Hour, summer.Next!.Value.UtcDateTime.Hour));
    }

    [Theory]
    [InlineData("0 3 30 2 *", "UTC", "never comes")]
    [InlineData("0 3 * * 0", "Mars/Olympus", "Mars/Olympus is not the IANA name of a time zone")]
    public void Of_ImpossibleSchedule_NamesTheFieldAndTheValue(string schedule, string zone, string problem)
    {
        var rotation = Of(new RotationSpec { Schedule = schedule, TimeZone = zone });

        Assert.Contains(problem, rotation.Problem, StringComparison.Ordinal);
        Assert.Contains("spec.rotation.", rotation.Problem, StringComparison.Ordinal);
        Assert.False(rotation.IsDue(Created.AddYears(1)));
    }

    [Theory]
    [InlineData("* * * * *", "24h", "1m")]
    [InlineData("0 3,4 * * 0", "24h", "1h")]
    [InlineData("0 3 * * *", "24h1s", "24h")]
    [InlineData("0 9 * * MON-FRI", "2d", "24h")]
    public void Of_ScheduleCloserThanTheOverlap_IsNeverDueAndSaysWhatToWrite(string schedule, string overlap, string gap)
    {
        var spec = new RotationSpec { Schedule = schedule, Overlap = overlap };
        var recorded = Of(spec with { Overlap = "1m" }).Next!.Value;

        var rotation = Of(spec, recorded: recorded, now: recorded.AddDays(1));

        Assert.Equal(
            $"spec.rotation.schedule: {schedule} comes again after {gap}, before the overlap of {overlap} is over, so replaced clients "
                + $"would pile up: write {gap} or less "
                + "in spec.rotation.overlap, or a schedule that comes less often",
            rotation.Problem
        );
        Assert.Null(rotation.Next);
        Assert.False(rotation.IsDue(recorded.AddDays(1)));
    }

    [Theory]
    [InlineData("* * * * *", "1m")]
    [InlineData("0 3 * * *", "24h")]
    [InlineData("0 3 1 * *", "28d")]
    [InlineData("0 3 29 2 *", "1460d")]
    public void Of_ScheduleNoCloserThanTheOverlap_IsGood(string schedule, string overlap)
    {
        var rotation = Of(new RotationSpec { Schedule = schedule, Overlap = overlap });

        Assert.Null(rotation.Problem);
        Assert.NotNull(rotation.Next);
    }

    [Fact]
    public void Of_ScheduleWithoutOverlap_GoesByTheDefault() =>
        Assert.Contains(
            "the overlap of 24h",
            Of(new RotationSpec { Schedule = "0 */12 * * *", Overlap = null }).Problem,
            StringComparison.Ordinal
        );

    [Fact]
    public void Of_Request_IsDueUntilItWasHandled()
    {
        Assert.True(Of(spec: null, request: "now").IsDue(Created));
        Assert.True(Of(spec: null, request: "now", handled: "before").IsDue(Created));
        Assert.False(Of(spec: null, request: "now", handled: "now").IsDue(Created));
    }

    private static Rotation Of(
        RotationSpec? spec,
        DateTimeOffset? now = null,
        DateTimeOffset? recorded = null,
        string uid = "uid",
        string? request = null,
        string? handled = null,
        DateTimeOffset? rotated = null
    ) =>
        Rotation.Of(
            new M2MOAuthClient
            {
                Metadata = new V1ObjectMeta
                {
                    Uid = uid,
                    Annotations = request is null
                        ? null
                        : new Dictionary<string, string> { [WireNames.Annotations.RotateRequestedAt] = request },
                },
                Spec = new M2MOAuthClientSpec { Rotation = spec },
            },
            new M2MOAuthClientStatus
            {
                Current = new ClientRecord
                {
                    ClientId = "c",
                    Serial = 1,
                    CreatedAt = Created,
                },
                NextRotationTime = recorded,
                LastHandledRotateAt = handled,
                LastRotationTime = rotated,
            },
            now ?? Created
        );
}
