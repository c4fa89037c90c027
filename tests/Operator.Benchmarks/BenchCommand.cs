using System.CommandLine;
using Operator.Benchmarks.Reports;
using Operator.Benchmarks.Scenarios;
using Operator.Benchmarks.World;
using Operator.TestKit;

namespace Operator.Benchmarks;

/// <summary>The benchmark as a command.</summary>
internal static class BenchCommand
{
    private static readonly BenchOptions Defaults = new();

    private static readonly Option<int> Resources = new("--resources", "-n")
    {
        Description = "How many resources, over 100 namespaces",
        DefaultValueFactory = _ => Defaults.Resources,
    };

    private static readonly Option<int> Concurrency = new("--concurrency", "-c")
    {
        Description = "How many resources the operator and the bare loops work on at a time",
        DefaultValueFactory = _ => Defaults.Concurrency,
    };

    private static readonly Option<int> Samples = new("--samples")
    {
        Description = "How many single resources the latency is taken from",
        DefaultValueFactory = _ => Defaults.Samples,
    };

    private static readonly Option<int> Idle = new("--idle")
    {
        Description = "How many seconds of the idle scenario",
        DefaultValueFactory = _ => (int)Defaults.Idle.TotalSeconds,
    };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "Folder for bench.json and bench.csv",
        DefaultValueFactory = _ => Repository.PathOf("artifacts", "bench"),
    };

    private static readonly Option<bool> Profile = new("--profile")
    {
        Description = "Also write what each of the operator's processes allocated, and where, and where its code ran; slows it down",
    };

    /// <summary>Makes the program's default a run of the benchmark.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var option in (Option[])[Resources, Concurrency, Samples, Idle, Output, Profile])
        {
            root.Add(option);
        }

        root.SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new BenchOptions
        {
            Resources = parsed.GetValue(Resources),
            Concurrency = parsed.GetValue(Concurrency),
            Samples = parsed.GetValue(Samples),
            Profiles = parsed.GetValue(Profile) ? parsed.GetValue(Output) : null,
            Idle = TimeSpan.FromSeconds(parsed.GetValue(Idle)),
        };
        var machine = Report.DescribeMachine();
        Console.WriteLine($"{options.Resources} resources, {options.Concurrency} at a time, on {machine}");
        await using var world = await BenchWorld.StartAsync(options, cancellationToken);
        await using var bench = new Bench(world, figures => Console.WriteLine($"{figures.Scenario}: {figures.Seconds:0.0} s"));
        try
        {
            await bench.RunAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or Xunit.Sdk.XunitException)
        {
            Console.WriteLine($"{exception}\n{bench.OperatorLogTail}");
            return 1;
        }

        var report = new Report(TimeProvider.System.GetUtcNow(), machine, options, bench.Results, bench.AtRest);
        report.Write(parsed.GetValue(Output)!);
        Console.WriteLine();
        Console.Write(report.ToTable());
        Console.WriteLine();
        Console.WriteLine(report.ToLine());
        return 0;
    }
}
