using Operator.Benchmarks.Floors;
using Operator.Benchmarks.Measures;

namespace Operator.Benchmarks.Scenarios;

/// <summary>
/// The bare loops, on resources that are gone again at their end. A machine is not equally fast all the time, so half of their resources
/// come
/// before what is compared with them, and half later.
/// </summary>
internal sealed class FloorRuns(Stage stage)
{
    private static readonly Dictionary<string, FloorWork> Compared = new(StringComparer.Ordinal)
    {
        ["create"] = FloorWork.Create,
        ["rename"] = FloorWork.Rename,
        ["rotate"] = FloorWork.Rotate,
        ["delete"] = FloorWork.Delete,
        ["latency"] = FloorWork.Single,
    };

    private readonly Dictionary<FloorWork, List<FloorOutcome>> _outcomes = [];

    /// <summary>Every loop once.</summary>
    /// <param name="count">On how many resources.</param>
    /// <param name="cancellationToken">Ends them.</param>
    public async Task RunAsync(int count, CancellationToken cancellationToken)
    {
        var (audience, limit) = (stage.World.Audience, stage.Limit);
        await stage.Population.CreateAsync(0, count, cancellationToken);
        foreach (var work in (FloorWork[])[FloorWork.Create, FloorWork.Rename, FloorWork.Rotate, FloorWork.CleanUp])
        {
            await RunAsync(work, cancellationToken);
        }

        await audience.SeeAsync(count, Stage.IsReady, limit, cancellationToken);
        await stage.Population.DeleteAsync(0, count, cancellationToken);
        await RunAsync(FloorWork.Delete, cancellationToken);
        if (stage.World.Options.Samples > 0)
        {
            await RunAsync(FloorWork.Single, cancellationToken);
            await Singles.DeleteAsync(stage, removeFinalizer: true, cancellationToken);
        }

        await audience.SeeAsync(0, _ => true, limit, cancellationToken);
        await stage.World.WaitForSecretsToGoAsync(cancellationToken);
        stage.Strays = await stage.World.Carto.CountClientsAsync(cancellationToken);
    }

    /// <summary>Figures of the operator beside those of the loop that makes the same calls, if there is one.</summary>
    public Figures Beside(Figures figures)
    {
        if (!Compared.TryGetValue(figures.Scenario, out var work) || !_outcomes.TryGetValue(work, out var floors))
        {
            return figures;
        }

        figures = figures with { Reference = "bare loop" };
        return work == FloorWork.Single
            ? figures with
            {
                ReferenceLatency = Spread.Of([.. floors.SelectMany(floor => floor.Milliseconds)]),
            }
            : figures with
            {
                ReferencePaces = [.. floors.Select(floor => Gauge.Pace(floor.Seconds))],
                FloorCpuSeconds = floors.Sum(floor => floor.CpuSeconds),
                FloorAllocatedBytes = floors.Sum(floor => floor.AllocatedBytes),
            };
    }

    private async Task RunAsync(FloorWork work, CancellationToken cancellationToken)
    {
        var outcome = await FloorProcess.RunAsync(stage.World, work, cancellationToken);
        if (_outcomes.TryGetValue(work, out var earlier))
        {
            earlier.Add(outcome);
        }
        else
        {
            _outcomes.Add(work, [outcome]);
        }
    }
}
