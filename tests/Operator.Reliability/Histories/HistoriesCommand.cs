using System.CommandLine;
using System.Globalization;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Histories;

/// <summary>Random histories as a command.</summary>
internal static class HistoriesCommand
{
    private static readonly Option<int> Count = new("--count") { Description = "How many histories", DefaultValueFactory = _ => 100 };
    private static readonly Option<ulong?> First = new("--first") { Description = "Number from which the seeds of all of them come" };
    private static readonly Option<string?> Seed = new("--seed") { Description = "Only the history of this seed, as a violation names it" };
    private static readonly Option<string?> Acts = new("--acts") { Description = "Only these of its acts, with commas between" };
    private static readonly Option<int> Times = new("--times")
    {
        Description = "How often that one is played",
        DefaultValueFactory = _ => 3,
    };
    private static readonly Option<int> Parallel = new("--parallel") { Description = "How many at a time", DefaultValueFactory = _ => 6 };
    private static readonly Option<int> Shrink = new("--shrink")
    {
        Description = "How many histories with violations are cut down to what it takes; those that follow are told as they are",
        DefaultValueFactory = _ => HistoryRuns.MostShrunk,
    };

    private static readonly Option<bool> Plain = new("--plain")
    {
        Description = "Leave out what people do to what is the operator's to write: statuses, finalizers, Secrets' annotations",
    };

    private static readonly Option<string?> Logs = new("--logs") { Description = "Folder for the logs of histories with violations" };

    public static Command Create()
    {
        var command = new Command(
            "histories",
            "Plays random histories of what people do and of what fails, and checks that every promise holds."
        )
        {
            Count,
            First,
            Seed,
            Acts,
            Times,
            Parallel,
            Shrink,
            Plain,
            Logs,
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
        var runs = new HistoryRuns(server, api, parsed.GetValue(Parallel), Console.WriteLine)
        {
            Shrinks = parsed.GetValue(Shrink),
            IsPlain = parsed.GetValue(Plain),
        };
        HistoryOutcome outcome;
        if (parsed.GetValue(Seed) is { } seed)
        {
            int[]? acts = parsed.GetValue(Acts) is { } some
                ? [.. some.Split(',').Select(act => int.Parse(act, CultureInfo.InvariantCulture))]
                : null;
            outcome = await runs.RepeatAsync(seed, acts, parsed.GetValue(Times), cancellationToken);
        }
        else
        {
            var first = parsed.GetValue(First) ?? (ulong)Random.Shared.NextInt64(1, int.MaxValue);
            Console.WriteLine($"the same again: --first {first} --count {parsed.GetValue(Count)}");
            outcome = await runs.RunAsync(Generator.Seeds(first, parsed.GetValue(Count)), cancellationToken);
        }

        if (parsed.GetValue(Logs) is { } folder)
        {
            Directory.CreateDirectory(folder);
            foreach (var (name, log) in outcome.Logs)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.log"), log, cancellationToken);
            }
        }

        Console.WriteLine(outcome);
        return outcome.Violations > 0 ? 1 : 0;
    }
}
