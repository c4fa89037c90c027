using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Operator.TestKit;

namespace Operator.Benchmarks.Micro;

/// <summary>The micro-benchmarks as a command.</summary>
internal static class MicroCommand
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "One round of each: allocations are exact, times are not" };

    public static Command Create()
    {
        var command = new Command("micro", "Micro-benchmarks of the hot paths, and how large what is kept is.") { Quick };
        command.SetAction(parsed =>
        {
            Footprint.Print();
            var summaries = BenchmarkRunner.Run(
                [typeof(InformerBenchmarks), typeof(StoreBenchmarks), typeof(QueueBenchmarks), typeof(ClientBenchmarks)],
                CreateConfig(parsed.GetValue(Quick))
            );
            return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
        });
        return command;
    }

    // In this process: a project that BenchmarkDotNet generates would have to be restored and built under this repository's rules.
    private static ManualConfig CreateConfig(bool quick) =>
        ManualConfig
            .CreateEmpty()
            .AddJob((quick ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.DontLogOutput))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .WithArtifactsPath(Repository.PathOf("artifacts", "bench", "micro"))
            .WithOptions(ConfigOptions.JoinSummary);
}
