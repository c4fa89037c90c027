using System.CommandLine;
using System.Globalization;
using Operator.Benchmarks.Reports;
using Operator.Benchmarks.Scenarios;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks;

/// <summary>The long run as a command.</summary>
internal static class ChurnCommand
{
    private const double Mebi = 1024 * 1024;

    private static readonly Option<int> Resources = new("--resources", "-n")
    {
        Description = "How many resources",
        DefaultValueFactory = _ => 1000,
    };

    private static readonly Option<int> Reconciles = new("--reconciles")
    {
        Description = "How many reconciles of them",
        DefaultValueFactory = _ => 200_000,
    };

    private static readonly Option<int> Samples = new("--samples")
    {
        Description = "How often memory, handles and threads are taken on the way",
        DefaultValueFactory = _ => 20,
    };

    public static Command Create()
    {
        var command = new Command("churn", "Whether memory, handles and threads stay the same over many reconciles of the same resources.")
        {
            Resources,
            Reconciles,
            Samples,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new BenchOptions { Resources = parsed.GetValue(Resources) };
        Console.WriteLine($"{options.Resources} resources, {parsed.GetValue(Reconciles)} reconciles, on {Report.DescribeMachine()}");
        await using var world = await BenchWorld.StartAsync(options, cancellationToken);
        await using var stage = new Stage(world, _ => { });
        Console.WriteLine("reconciles  seconds  rss MB  heap MB  handles  threads  k8s calls  carto calls");
        var samples = await new Churn(stage).RunAsync(parsed.GetValue(Reconciles), parsed.GetValue(Samples), Tell, cancellationToken);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"churn: last third to the third before: rss {Growth(s => s.ResidentBytes):0.00}, heap {Growth(s => s.HeapBytes):0.00}, "
                    + $"handles {Growth(s => s.Handles):0.00}, threads {Growth(s => s.Threads):0.00}"
            )
        );
        return 0;

        double Growth(Func<ChurnSample, double> value) => ChurnSample.Growth(samples, value);
    }

    private static void Tell(ChurnSample sample) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{sample.Reconciles, 10}  {sample.Seconds, 7:0}  {sample.ResidentBytes / Mebi, 6:0.0}  {sample.HeapBytes / Mebi, 7:0.0} "
                    + $" {sample.Handles, 7}  {sample.Threads, 7}  "
                    + $"{sample.KubernetesCalls, 9}  {sample.CartoCalls, 11}"
            )
        );
}
