using Carto.Emulator;

namespace Operator.Reliability.World;

/// <summary>When and how the CARTO of a world lies.</summary>
internal sealed class Lies(MatrixWorld world)
{
    private EmulatorVariants? _honest;

    /// <summary>Since when CARTO lies; null: it does not.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>CARTO begins to lie.</summary>
    public void Begin(Lie lie)
    {
        _honest ??= world.Carto.Variants;
        Since ??= world.Clock.GetUtcNow();
        if (lie.Variants is { } change)
        {
            world.Carto.Variants = change(world.Carto.Variants);
        }

        foreach (var fault in lie.Faults)
        {
            world.Carto.Faults.Add(fault);
        }
    }

    /// <summary>It ceases, and is within reach.</summary>
    public void End()
    {
        world.Carto.Variants = _honest ?? world.Carto.Variants;
        world.Carto.Faults.Clear();
        Since = null;
    }

    /// <summary>CARTO answers everything with 503, until <see cref="End"/>.</summary>
    public void PutOutOfReach() => world.Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));
}
