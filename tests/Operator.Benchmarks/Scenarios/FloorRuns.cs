using Operator.Benchmarks.Floors;
using Operator.Benchmarks.Measures;

namespace Operator.Benchmarks.Scenarios;

/// <summary>The bare loops, on resources that are gone again at their end. They come first: the servers are warm after them.</summary>
internal sealed class FloorRuns(Stage stage)
{
    private readonly Dictionary<FloorWork, FloorOutcome> _outcomes = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (audience, limit) = (stage.World.Audience, stage.Limit);
        await stage.Population.CreateAsync(0, stage.Count, cancellationToken);
        foreach (var work in (FloorWork[])[FloorWork.Create, FloorWork.Rename, FloorWork.Rotate, FloorWork.CleanUp])
        {
            await RunAsync(work, cancellationToken);
        }

        await audience.SeeAsync(stage.Count, Stage.IsReady, limit, cancellationToken);
        await stage.Population.DeleteAsync(0, stage.Count, cancellationToken);
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

    /// <summary>Figures of the operator beside those of the loop that makes the same calls.</summary>
    public Figures Beside(Figures figures, FloorWork work) => _outcomes.GetValueOrDefault(work) is not { } floor ? figures : figures with
    {
        Reference = "bare loop",
        ReferencePerSecond = Gauge.Pace(floor.Seconds),
        FloorCpuSeconds = floor.CpuSeconds,
        FloorAllocatedBytes = floor.AllocatedBytes,
    };

    /// <summary>How long single resources took; null when there were none.</summary>
    public Spread? Single => _outcomes.GetValueOrDefault(FloorWork.Single) is { } floor ? Spread.Of(floor.Milliseconds) : null;

    private async Task RunAsync(FloorWork work, CancellationToken cancellationToken) =>
        _outcomes[work] = await FloorProcess.RunAsync(stage.World, work, cancellationToken);
}
