using System.Text.Json;
using Operator.Benchmarks.World;
using Operator.TestKit;

namespace Operator.Benchmarks.Floors;

/// <summary>Runs a bare loop in a process of its own, as the operator has one.</summary>
internal static class FloorProcess
{
    /// <summary>The hidden command of this program that is that process.</summary>
    public const string Command = "floor";

    private static readonly Dictionary<string, string> NoEnvironment = [];

    public static async Task<FloorOutcome> RunAsync(BenchWorld world, FloorWork work, CancellationToken cancellationToken)
    {
        var path = world.PathOf($"floor-{Guid.NewGuid():N}.json");
        new FloorPlan(
            work,
            world.OperatorKubeconfig,
            world.AdminKubeconfig,
            world.Carto.Authority,
            world.Carto.TokenUrl,
            world.Users,
            world.Options.Concurrency,
            world.Options.Samples
        ).Write(path);
        var lines = new LogBuffer(capacity: 100);
        var executable = Path.Combine(AppContext.BaseDirectory, "Operator.Benchmarks");
        await using var process = ChildProcess.Start(executable, [Command, path], NoEnvironment, lines.Add);
        var code = await process.Exited.WaitAsync(world.Options.Limit, TimeProvider.System, cancellationToken);
        return code == 0
            ? JsonSerializer.Deserialize<FloorOutcome>(lines.Tail(1))!
            : throw new InvalidOperationException($"The bare loop ended with exit code {code}:\n{lines.Tail(100)}");
    }

    /// <summary>What that process does.</summary>
    public static async Task<int> MainAsync(string path, CancellationToken cancellationToken)
    {
        using var loop = new FloorLoop(FloorPlan.Read(path));
        Console.WriteLine(JsonSerializer.Serialize(await loop.RunAsync(cancellationToken)));
        return 0;
    }
}
