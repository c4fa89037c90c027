using System.CommandLine;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Kills;

/// <summary>The real kills as a command.</summary>
internal static class KillsCommand
{
    private const int LargestSeed = 1_000_000;

    private static readonly Option<int> Resources = new("--resources")
    {
        Description = "How many resources",
        DefaultValueFactory = _ => 300,
    };
    private static readonly Option<int> Kills = new("--kills") { Description = "How many kills", DefaultValueFactory = _ => 40 };
    private static readonly Option<int?> Seed = new("--seed")
    {
        Description = "Repeats the choice of moments and actions of an earlier run",
    };
    private static readonly Option<string?> Log = new("--log") { Description = "File for all that the operator logs" };

    public static Command Create()
    {
        var command = new Command(
            "kills",
            "Kills the executable with SIGKILL while resources are created, rotated, renamed, moved and deleted, and compares what is left."
        )
        {
            Resources,
            Kills,
            Seed,
            Log,
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
        var options = new KillsOptions(
            parsed.GetValue(Resources),
            parsed.GetValue(Kills),
            parsed.GetValue(Seed) ?? Random.Shared.Next(LargestSeed),
            Alone: true
        );
        var outcome = await new KillsRun(server, api, Console.WriteLine).RunAsync(options, cancellationToken);
        if (parsed.GetValue(Log) is { } file)
        {
            await File.WriteAllLinesAsync(file, outcome.Log, cancellationToken);
        }

        Console.WriteLine(outcome);
        return outcome.Violations.Count > 0 ? 1 : 0;
    }
}
