using System.CommandLine;
using System.Globalization;
using Operator.Clients;
using Operator.Commands.Tools;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary><c>operator schedule</c>: shows the next times of a rotation schedule, by the operator's rules.</summary>
internal static class ScheduleCommand
{
    private const int Times = 5;

    private const string Description = """
        Print the next times of a schedule for spec.rotation, or say what is wrong with it. Neither the cluster nor CARTO is asked.

        Pairs are replaced up to ten minutes after these times.

        Exit codes: 0 the times are printed; 2 the schedule, its time zone or the overlap cannot be used.
        """;

    public static Command Create(Terminal terminal)
    {
        var schedule = new Argument<string>("SCHEDULE") { Description = "Five fields, as in spec.rotation.schedule: '0 3 1 * *'" };
        var timeZone = new Option<string>("--time-zone")
        {
            HelpName = "NAME",
            Description = "As in spec.rotation.timeZone, such as Europe/Madrid",
            DefaultValueFactory = _ => Rotation.Utc,
        };
        var overlap = new Option<string>("--overlap")
        {
            HelpName = "DURATION",
            Description = "As in spec.rotation.overlap",
            DefaultValueFactory = _ => Rotation.DefaultOverlap,
        };
        return new Command("schedule", Description) { schedule, timeZone, overlap }.Does(terminal, async (parsed, cancellationToken) =>
        {
            if (
                Rotation.Read(
                    parsed.GetValue(schedule)!,
                    parsed.GetValue(timeZone)!,
                    parsed.GetValue(overlap)!,
                    out var cron,
                    out var zone
                ) is
                { } problem
            )
            {
                throw new InvalidSettingException(problem);
            }

            var time = terminal.Time.GetUtcNow();
            for (var count = 0; count < Times && cron!.GetNextOccurrence(time, zone!) is { } next; count++)
            {
                await terminal.Output.WriteAsync(
                    $"{next.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)}\n".AsMemory(),
                    cancellationToken
                );
                time = next;
            }

            return ExitCodes.Stopped;
        });
    }
}
