using System.CommandLine;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.CrashMatrix;

/// <summary>The crash matrix as a command.</summary>
internal static class CrashMatrixCommand
{
    private static readonly Option<string?> WantedScenario = new("--scenario") { Description = "Only this scenario" };
    private static readonly Option<string?> WantedPoint = new("--point") { Description = "Only this effect, as a violation names it" };
    private static readonly Option<Blow?> WantedBlow = new("--blow") { Description = "Only this blow" };

    private static readonly Option<bool?> Readable = new("--readable")
    {
        Description = "Only with a CARTO that tells secrets again, or only with one that does not",
    };

    private static readonly Option<int> Sample = new("--sample") { Description = "Only every Nth run beside the recordings", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Parallel = new("--parallel") { Description = "How many runs at a time", DefaultValueFactory = _ => 6 };
    private static readonly Option<string?> Logs = new("--logs") { Description = "Folder for the logs of runs with violations" };

    public static Command Create()
    {
        var command = new Command("matrix", "Ends the operator before, during and after each of its effects, and checks that every promise holds afterwards.")
        {
            WantedScenario, WantedPoint, WantedBlow, Readable, Sample, Parallel, Logs,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var server = new KubernetesServer();
        await server.InitializeAsync();
        await server.ApplyCrdsAsync("config/crd", cancellationToken);
        using var api = new KubernetesApi(server.CreateConfiguration());
        var matrix = new Matrix(server, api, parsed.GetValue(Parallel), Console.WriteLine);
        var outcome = await matrix.RunAsync(run => IsWanted(run, parsed), parsed.GetValue(Sample), cancellationToken);
        if (parsed.GetValue(Logs) is { } folder)
        {
            await KeepLogsAsync(outcome, folder, cancellationToken);
        }

        if (outcome.Missed > 0)
        {
            Console.WriteLine($"{outcome.Missed} runs did not come to the effect that was to be struck");
        }

        Console.WriteLine(outcome);
        return outcome.Violations > 0 ? 1 : 0;
    }

    private static bool IsWanted(Run run, ParseResult parsed) =>
        (parsed.GetValue(WantedScenario) ?? run.Scenario.Name) == run.Scenario.Name
        && (parsed.GetValue(Readable) ?? run.Readable) == run.Readable
        && (run.Strike is not { } strike
            || ((parsed.GetValue(WantedPoint) ?? strike.Point.ToString()) == strike.Point.ToString()
                && (parsed.GetValue(WantedBlow) ?? strike.Blow) == strike.Blow));

    private static async Task KeepLogsAsync(Outcome outcome, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var (run, log) in outcome.Logs)
        {
            var name = string.Concat($"{run}.log".Select(c => char.IsLetterOrDigit(c) || c == '.' ? c : '_'));
            await File.WriteAllTextAsync(Path.Combine(folder, name), log, cancellationToken);
        }
    }
}
