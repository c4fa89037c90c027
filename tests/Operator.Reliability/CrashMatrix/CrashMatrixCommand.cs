using System.CommandLine;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.CrashMatrix;

/// <summary>The crash matrix as a command.</summary>
internal static class CrashMatrixCommand
{
    private static readonly Option<string[]> WantedScenarios = new("--scenario")
    {
        Description = "Only these scenarios",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> Part = new("--part")
    {
        Description = "Only one part of the scenarios, from 1 on",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<int> Parts = new("--parts") { Description = "Of how many parts", DefaultValueFactory = _ => 1 };

    private static readonly Option<string?> WantedPoint = new("--point") { Description = "Only this effect, as a violation names it" };
    private static readonly Option<InjectedFault?> WantedFault = new("--fault") { Description = "Only this fault" };

    private static readonly Option<string?> SecondPoint = new("--second-point") { Description = "Only with a second fault on this effect" };
    private static readonly Option<InjectedFault?> SecondFault = new("--second-fault") { Description = "Only with this second fault" };

    private static readonly Option<bool?> Readable = new("--readable")
    {
        Description = "Only with a CARTO that tells secrets again, or only with one that does not",
    };

    private static readonly Option<int> Sample = new("--sample")
    {
        Description = "Only every Nth run beside the recordings",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Twice = new("--twice")
    {
        Description = "Inject a fault into the recovering life as well: every Nth of the runs that this makes; 0: none",
        DefaultValueFactory = _ => 12,
    };

    private static readonly Option<int> Parallel = new("--parallel")
    {
        Description = "How many runs at a time",
        DefaultValueFactory = _ => 6,
    };
    private static readonly Option<string?> Logs = new("--logs") { Description = "Folder for the logs of runs with violations" };

    public static Command Create()
    {
        var command = new Command(
            "matrix",
            "Ends the operator before, during and after each of its effects, and checks that every promise holds afterwards."
        )
        {
            WantedScenarios,
            Part,
            Parts,
            WantedPoint,
            WantedFault,
            SecondPoint,
            SecondFault,
            Readable,
            Sample,
            Twice,
            Parallel,
            Logs,
        };
        command.Validators.Add(result =>
        {
            // A default value is not there yet while a command is validated.
            int ValueOf(Option<int> option) => result.GetResult(option) is { Implicit: false } ? result.GetValue(option) : 1;
            var (part, parts) = (ValueOf(Part), ValueOf(Parts));
            if (part < 1 || part > parts)
            {
                result.AddError($"--part {part} --parts {parts}: there is no such part; write one from 1 to the number of parts");
            }
        });
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
        var isOne = parsed.GetValue(SecondPoint) is not null;
        var outcome = await matrix.RunAsync(
            run => IsWanted(run, parsed),
            parsed.GetValue(Sample),
            isOne ? 1 : parsed.GetValue(Twice),
            cancellationToken
        );
        if (parsed.GetValue(Logs) is { } folder)
        {
            await KeepLogsAsync(outcome, folder, cancellationToken);
        }

        foreach (var run in outcome.Missed)
        {
            Console.WriteLine($"{run}: did not reach the effect that the fault was for");
        }

        Console.WriteLine(
            $"{outcome.Missed.Count} runs did not reach the effect that the fault was for; {outcome.Twice} runs had a fault in a recovery"
        );
        Console.WriteLine(outcome);
        return outcome.Violations > 0 ? 1 : 0;
    }

    private static bool IsWanted(Run run, ParseResult parsed) =>
        (parsed.GetValue(WantedScenarios) is not { Length: > 0 } wanted || wanted.Contains(run.Scenario.Name))
        && IndexOf(run.Scenario) % parsed.GetValue(Parts) == parsed.GetValue(Part) - 1
        && (parsed.GetValue(Readable) ?? run.Readable) == run.Readable
        && IsWanted(run.Injection, parsed.GetValue(WantedPoint), parsed.GetValue(WantedFault))
        && IsWanted(run.Second, parsed.GetValue(SecondPoint), parsed.GetValue(SecondFault));

    private static int IndexOf(Scenario scenario) => Scenario.All.TakeWhile(other => other.Name != scenario.Name).Count();

    /// <summary>A run without a fault is the recording for those with one.</summary>
    private static bool IsWanted(Injection? injection, string? point, InjectedFault? fault) =>
        injection is null
        || ((point ?? injection.Point.ToString()) == injection.Point.ToString() && (fault ?? injection.Fault) == injection.Fault);

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
