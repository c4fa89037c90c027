using Carto.Emulator;

namespace Operator.Reliability.Kills;

/// <summary>
/// The operator's lives, each of which ends with SIGKILL. The moment is chosen by the calls that CARTO has had from it, so that it falls
/// into the midst of work on a slow machine as on a fast one.
/// </summary>
/// <param name="world">Where.</param>
/// <param name="moments">Chooses.</param>
internal sealed class Lives(KillsWorld world, Random moments)
{
    private const int MostCalls = 150;
    private const int LongestWait = 60;

    /// <summary>A life that is not called upon has to end as well.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    /// <summary>Lives through one of them. CARTO tells secrets again in some of them, and in others not.</summary>
    public async Task LiveAsync(CancellationToken cancellationToken)
    {
        var calls = moments.Next(1, MostCalls);
        var wait = TimeSpan.FromMilliseconds(moments.Next(LongestWait));
        world.Carto.Variants = world.Carto.Variants with { SecretInGet = moments.Next(2) == 0 };

        var before = world.Carto.Calls.Count(Operation.Any);
        var born = TimeProvider.System.GetTimestamp();
        await using var process = world.Start();
        while (
            !process.Exited.IsCompleted
            && world.Carto.Calls.Count(Operation.Any) - before < calls
            && TimeProvider.System.GetElapsedTime(born) < LongestLife
        )
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }

        await Task.WhenAny(process.Exited, Task.Delay(wait, TimeProvider.System, cancellationToken));
        if (process.Exited.IsCompleted)
        {
            world.SeenOnTheWay.Enqueue($"the operator ended by itself, with exit code {await process.Exited}:\n{world.Log.Tail(20)}");
            return;
        }

        await process.KillAsync();
    }
}
