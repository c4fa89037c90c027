using System.CommandLine;
using Operator.Benchmarks;
using Operator.Benchmarks.Floors;
using Operator.Benchmarks.Micro;

var plan = new Argument<string>("plan");
var floor = new Command(FloorProcess.Command, "One bare loop, in the process that the benchmark starts for it.") { plan };
floor.Hidden = true;
floor.SetAction((parsed, cancellationToken) => FloorProcess.MainAsync(parsed.GetValue(plan)!, cancellationToken));

var root = new RootCommand("Measures the operator against bare loops that make the same calls: see docs/performance.md.")
{
    floor,
    MicroCommand.Create(),
    MemoryCommand.Create(),
    CurvesCommand.Create(),
    ChurnCommand.Create(),
};
BenchCommand.AddTo(root);
return await root.Parse(args).InvokeAsync();
