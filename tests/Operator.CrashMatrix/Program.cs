using System.CommandLine;
using Operator.CrashMatrix;
using Operator.CrashMatrix.World;
using Operator.Runtime;
using Operator.TestKit;

var scenario = new Option<string?>("--scenario") { Description = "Only this scenario" };
var point = new Option<string?>("--point") { Description = "Only this effect, as a violation names it" };
var blow = new Option<Blow?>("--blow") { Description = "Only this blow" };
var readable = new Option<bool?>("--readable") { Description = "Only with a CARTO that tells secrets again, or only with one that does not" };
var sample = new Option<int>("--sample") { Description = "Only every Nth run beside the recordings", DefaultValueFactory = _ => 1 };
var parallel = new Option<int>("--parallel") { Description = "How many runs at a time", DefaultValueFactory = _ => 6 };
var logs = new Option<string?>("--logs") { Description = "Folder for the logs of runs with violations" };
var root = new RootCommand("Ends the operator before, during and after each of its effects, and checks that every promise holds afterwards.")
{
    scenario, point, blow, readable, sample, parallel, logs,
};

root.SetAction(async (parsed, cancellationToken) =>
{
    var server = new KubernetesServer();
    await server.InitializeAsync();
    try
    {
        await server.ApplyCrdsAsync("config/crd", cancellationToken);
        using var api = new KubernetesApi(server.CreateConfiguration());
        var matrix = new Matrix(server, api, parsed.GetValue(parallel), Console.WriteLine);
        var outcome = await matrix.RunAsync(Wanted, parsed.GetValue(sample), cancellationToken);
        foreach (var (run, log) in parsed.GetValue(logs) is null ? [] : outcome.Logs.ToArray())
        {
            var file = Path.Combine(
                Directory.CreateDirectory(parsed.GetValue(logs)!).FullName, string.Concat($"{run}.log".Select(c => char.IsLetterOrDigit(c) || c == '.' ? c : '_')));
            await File.WriteAllTextAsync(file, log, cancellationToken);
        }

        if (outcome.Missed > 0)
        {
            Console.WriteLine($"{outcome.Missed} runs did not come to the effect that was to be struck");
        }

        Console.WriteLine(outcome);
        return outcome.Violations > 0 ? 1 : 0;
    }
    finally
    {
        await server.DisposeAsync();
    }

    bool Wanted(Run run) =>
        (parsed.GetValue(scenario) ?? run.Scenario.Name) == run.Scenario.Name
        && (parsed.GetValue(readable) ?? run.Readable) == run.Readable
        && (run.Strike is not { } strike
            || ((parsed.GetValue(point) ?? strike.Point.ToString()) == strike.Point.ToString() && (parsed.GetValue(blow) ?? strike.Blow) == strike.Blow));
});

return await root.Parse(args).InvokeAsync();
