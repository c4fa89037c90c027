using Microsoft.Extensions.Time.Testing;
using Operator.Commands;
using Operator.Commands.Tools;

namespace Operator.Tests.Commands;

public sealed class ScheduleCommandTests
{
    [Fact]
    public async Task Schedule_InATimeZone_IsPrintedThere()
    {
        var (code, output, error) = await RunAsync("schedule", "0 3 1 * *", "--time-zone", "Europe/Madrid");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            "2026-02-01T03:00:00+01:00\n2026-03-01T03:00:00+01:00\n2026-04-01T03:00:00+02:00\n2026-05-01T03:00:00+02:00\n2026-06-01T03:00:00+02:00\n",
            output
        );
    }

    [Fact]
    public async Task Schedule_WithoutTimeZone_IsInUtc() =>
        Assert.StartsWith("2026-01-04T03:00:00+00:00\n", (await RunAsync("schedule", "0 3 * * 0")).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("spec.rotation.schedule: 0 3 * * is not a cron expression", "schedule", "0 3 * *")]
    [InlineData("spec.rotation.schedule: 0 3 30 2 * never comes", "schedule", "0 3 30 2 *")]
    [InlineData(
        "spec.rotation.timeZone: europe/madrid is not how this time zone is written: write Europe/Madrid",
        "schedule",
        "0 3 * * 0",
        "--time-zone",
        "europe/madrid"
    )]
    [InlineData("spec.rotation.schedule: 0 * * * * comes again after 1h, before the overlap of 24h is over", "schedule", "0 * * * *")]
    [InlineData("spec.rotation.overlap: 1 day is not a duration such as 24h", "schedule", "0 3 * * 0", "--overlap", "1 day")]
    public async Task Schedule_ThatCannotBeUsed_IsRefusedWithTheWordsOfTheOperator(string message, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);

        Assert.Equal((ExitCodes.Usage, ""), (code, output));
        Assert.StartsWith($"operator: {message}", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var code = await OperatorCommand.RunAsync(
            arguments,
            new Terminal
            {
                Environment = _ => null,
                Output = output,
                Error = error,
                Time = time,
            }
        );
        return (code, output.ToString(), error.ToString());
    }
}
