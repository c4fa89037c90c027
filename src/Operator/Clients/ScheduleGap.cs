using Cronos;

namespace Operator.Clients;

/// <summary>The shortest interval between the times of a schedule.</summary>
internal static class ScheduleGap
{
    /// <summary>Years after which weekdays fall on the same dates again.</summary>
    private const int Cycle = 28;

    private static readonly DateTime Begin = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>
    /// The shortest time between two occurrences, ignoring daylight saving; null if there are not two. Every scheduled day has the same
    /// times, so those of one day and the first of each day suffice.
    /// </summary>
    public static TimeSpan? ShortestOf(CronExpression cron)
    {
        if (cron.GetNextOccurrence(Begin, inclusive: true) is not { } first)
        {
            return null;
        }

        TimeSpan? shortest = null;
        var last = first;
        for (var time = cron.GetNextOccurrence(first); time is { } next && next.Date == first.Date; time = cron.GetNextOccurrence(next))
        {
            shortest = Least(shortest, next - last);
            last = next;
        }

        var overnight = first.AddDays(1) - last;
        for (var day = first.Date; day.Year < Begin.Year + Cycle; )
        {
            if (cron.GetNextOccurrence(day.AddDays(1), inclusive: true) is not { } next)
            {
                break;
            }

            var gap = overnight + (next.Date - day) - TimeSpan.FromDays(1);
            shortest = Least(shortest, gap);
            if (gap == overnight)
            {
                break;
            }

            day = next.Date;
        }

        return shortest;
    }

    private static TimeSpan Least(TimeSpan? left, TimeSpan right) => left < right ? left.Value : right;
}
