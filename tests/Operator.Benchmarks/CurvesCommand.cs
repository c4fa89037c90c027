using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Operator.Benchmarks.Measures;
using Operator.Benchmarks.Reports;
using Operator.Benchmarks.Scenarios;
using Operator.Benchmarks.World;
using Operator.TestKit;

namespace Operator.Benchmarks;

/// <summary>How cost grows with the number of resources, as a command.</summary>
internal static class CurvesCommand
{
    private const double Mebi = 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly Option<int[]> Counts = new("--resources", "-n")
    {
        Description = "How many resources, more from each to the next",
        DefaultValueFactory = _ => [1000, 3000, 10_000, 30_000],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> Samples = new("--samples")
    {
        Description = "How many single resources the latency is taken from, for each number",
        DefaultValueFactory = _ => new BenchOptions().Samples,
    };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "Folder for curves.json and the pictures",
        DefaultValueFactory = _ => Repository.PathOf("artifacts", "bench"),
    };

    private static readonly Option<bool> Documented = new("--docs")
    {
        Description = "Also put the pictures where docs/performance.md has them",
    };

    public static Command Create()
    {
        var command = new Command("curves", "How time, memory and latency grow with the number of resources.")
        {
            Counts,
            Samples,
            Output,
            Documented,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Console.WriteLine(Report.DescribeMachine());
        await using var world = await BenchWorld.StartAsync(new BenchOptions { Samples = parsed.GetValue(Samples) }, cancellationToken);
        await using var stage = new Stage(world, _ => { });
        var growth = new Growth(stage);
        var points = new List<GrowthPoint>();
        var output = parsed.GetValue(Output)!;
        Console.WriteLine("resources  created  seconds  per s  cpu s  restart s  restart cpu s  rss MB  heap MB  p50 ms  p90 ms  p99 ms");
        foreach (var count in parsed.GetValue(Counts)!)
        {
            points.Add(await growth.StepAsync(count, cancellationToken));
            Tell(points[^1]);

            // After each, because the last ones take long.
            Directory.CreateDirectory(output);
            await File.WriteAllTextAsync(
                Path.Combine(output, "curves.json"),
                JsonSerializer.Serialize(points, Json) + "\n",
                cancellationToken
            );
            Curves.Draw(points, output);
        }

        if (parsed.GetValue(Documented))
        {
            Curves.Draw(points, Repository.PathOf("docs", "images"));
        }

        return 0;
    }

    private static void Tell(GrowthPoint point)
    {
        var latency = Spread.Of(point.LatencyMilliseconds);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{point.Resources, 9}  {point.Created, 7}  {point.CreateSeconds, 7:0.0}  {point.CreatedPerSecond, 5:0}  "
                    + $"{point.CreateCpuSeconds, 5:0.0}  "
                    + $"{point.RestartSeconds, 9:0.0}  {point.RestartCpuSeconds, 13:0.0}  {point.ResidentBytes / Mebi, 6:0.0}  "
                    + $"{point.HeapBytes / Mebi, 7:0.0}  "
                    + $"{latency.P50, 6:0.0}  {latency.P90, 6:0.0}  {latency.P99, 6:0.0}"
            )
        );
    }
}
