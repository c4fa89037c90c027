using System.CommandLine;
using System.Globalization;
using Operator.Benchmarks.Reports;
using Operator.Benchmarks.Scenarios;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks;

/// <summary>The memory of an operator at rest, as a command.</summary>
internal static class MemoryCommand
{
    private const double Mebi = 1024 * 1024;

    private static readonly Option<int[]> Counts = new("--resources", "-n")
    {
        Description = "How many resources, more from each to the next",
        DefaultValueFactory = _ => [0, 1000, 10_000],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> With = new("--with")
    {
        Description = "Also measure with these variables of its environment: NAME=VALUE, several with spaces between them; may be repeated",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> WithoutMetrics = new("--without-metrics") { Description = "Also measure with --metrics-port off" };

    public static Command Create()
    {
        var command = new Command("memory", "The memory of an operator at rest.") { Counts, With, WithoutMetrics };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Console.WriteLine(Report.DescribeMachine());
        await using var world = await BenchWorld.StartAsync(new BenchOptions(), cancellationToken);
        var memory = new MemoryAtRest(world);
        Console.WriteLine(
            "resources  ready s  cpu s  rss MB  anon MB  peak MB  heap MB  committed MB  allocated MB    gc 0/1/2  assemblies  methods  "
                + "with"
        );
        foreach (var count in parsed.GetValue(Counts)!)
        {
            await memory.FillAsync(count, cancellationToken);

            // The first of all finds accounts that no operator has connected yet.
            await memory.MeasureAsync(new Dictionary<string, string>(), ["--metrics-port", "off"], cancellationToken);
            foreach (var variables in (string[])["", .. parsed.GetValue(With)!])
            {
                await MeasureAsync(memory, variables, metrics: "127.0.0.1:0", cancellationToken);
            }

            if (parsed.GetValue(WithoutMetrics))
            {
                await MeasureAsync(memory, "", metrics: "off", cancellationToken);
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(MemoryAtRest memory, string variables, string metrics, CancellationToken cancellationToken)
    {
        var environment = variables
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var seen = await memory.MeasureAsync(environment, ["--metrics-port", metrics], cancellationToken);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{seen.Resources, 9}  {seen.ReadySeconds, 7:0.00}  {seen.CpuSeconds, 5:0.00}  "
                    + $"{seen.ResidentBytes / Mebi, 6:0.0}  {seen.AnonymousBytes / Mebi, 7:0.0}  {seen.PeakBytes / Mebi, 7:0.0}  "
                    + $"{seen.HeapBytes / Mebi, 7:0.0}  {seen.CommittedBytes / Mebi, 12:0.0}  {seen.AllocatedBytes / Mebi, 12:0.0}  "
                    + $"{string.Join('/', seen.Collections), 10}  "
                    + $"{seen.Assemblies, 10}  {seen.CompiledMethods, 7}  {variables}{(metrics == "off" ? "without metrics" : "")}"
            )
        );
    }
}
