namespace Operator.Reliability.World;

/// <summary>How a world comes to rest, and how it is seen that it does.</summary>
internal static class Settlement
{
    /// <summary>For how long nothing may be on its way before the world counts as quiet.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(120);

    /// <summary>For how long, before it is disturbed on purpose.</summary>
    private static readonly TimeSpan Calm = 2 * Quiet;

    private const int CalmRounds = 2;
    private const int MostRounds = 8;

    /// <summary>Lets time pass until nothing is broken. Returns what is still broken when there was time enough.</summary>
    /// <param name="world">The world.</param>
    /// <param name="steps">How the time moves on.</param>
    /// <param name="revive">Called before each check: starts an operator that has ended.</param>
    /// <param name="check">What is broken.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<string>> SettleAsync(
        MatrixWorld world,
        IReadOnlyList<TimeSpan> steps,
        Func<Task> revive,
        Func<Task<IReadOnlyList<string>>> check,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<string> broken = [];
        for (var step = 0; step < steps.Count; )
        {
            await world.Lives.IdleAsync(Quiet, cancellationToken);
            await revive();
            var gate = world.Lives.Gate!;
            var activity = gate.Activity;
            broken = await check();
            if (broken.Count == 0)
            {
                return [];
            }

            // The looks take their time. Where the operator went on meanwhile they are out of date, and a leap of the clock would cut off
            // calls that are on their way.
            if (gate.Activity == activity)
            {
                world.Clock.Advance(steps[step++]);
            }
        }

        return broken;
    }

    /// <summary>P5: in a world that is quiet a change that means nothing causes nothing, and neither does a restart.</summary>
    public static async Task<IReadOnlyList<string>> DisturbAsync(MatrixWorld world, CancellationToken cancellationToken)
    {
        // What failed is tried again when its backoff is over, and the first quiet round may lie before that. How many clients an account
        // has is told with its next look, which on a busy machine may be late.
        await world.Lives.IdleAsync(Quiet, cancellationToken);
        var before = world.Effects.All.Count;
        for (int calm = 0, rounds = 0; calm < CalmRounds && rounds < MostRounds; rounds++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(2));
            await world.Lives.IdleAsync(Calm, cancellationToken);
            calm = world.Effects.All.Count > before ? 0 : calm + 1;
            before = world.Effects.All.Count;
        }

        foreach (var resource in await world.ListAsync(cancellationToken))
        {
            await world.EditAsync(resource.Metadata.Name, """{"metadata":{"labels":{"disturbed":"yes"}}}""", cancellationToken);
        }

        await world.Lives.IdleAsync(Quiet, cancellationToken);
        var moved = world.Effects.All.Skip(before).Where(effect => !IsEvent(effect)).ToList();
        if (moved.Count > 0)
        {
            return [$"P5: a label caused {string.Join(", ", moved)}"];
        }

        await world.Lives.RestartAsync(fault: null, cancellationToken);
        await world.WaitForAccountsAsync(cancellationToken);
        await world.Lives.IdleAsync(Quiet, cancellationToken);
        moved = [.. world.Effects.All.Skip(before).Where(effect => !IsEvent(effect) && !IsConnecting(effect))];

        // Connecting an account reads its list once, to see its own client.
        var accounts = await world.Accounts.ListAsync(world.Namespace, null, cancellationToken);
        for (var left = accounts.Count; left > 0 && moved.Remove(List); left--) { }

        return moved.Count > 0 ? [$"P5: a restart caused {string.Join(", ", moved)}"] : [];
    }

    private const string List = "CARTO list";

    private static bool IsEvent(string effect) => effect.Contains(" events", StringComparison.Ordinal);

    /// <summary>What each start costs an account: its token, and what the API can do.</summary>
    private static bool IsConnecting(string effect) =>
        effect is "CARTO token" or "CARTO tools/list" or "CARTO initialize" or "CARTO notifications/initialized" or "CARTO server/discover";
}
