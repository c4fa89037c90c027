using Operator.Benchmarks.Reports;
using Operator.Benchmarks.Scenarios;
using Operator.TestKit;

namespace Operator.Benchmarks.Tests;

public sealed class CurvesTests
{
    [Fact]
    public void Draw_OnAMachineWithoutScreen_WritesOnePictureForEachQuestion()
    {
        using var folder = new TemporaryFolder();

        Curves.Draw([Point(1000), Point(3000)], folder.Path);

        var drawn = Directory.GetFiles(folder.Path);
        Assert.Equal(
            ["bench-create.svg", "bench-latency.svg", "bench-memory.svg", "bench-restart.svg"],
            drawn.Select(Path.GetFileName).Order()
        );
        Assert.All(drawn, file => Assert.Contains("</svg>", File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Contains("3,000", File.ReadAllText(folder.PathOf("bench-memory.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void Growth_OfSamplesThatRise_IsWhatTheLastThirdHasMore()
    {
        ChurnSample[] samples = [.. Enumerable.Range(1, 6).Select(i => new ChurnSample(i, i, 100 * i, 100, 10, 20, 0, 0))];

        Assert.Equal(550 / 350.0, ChurnSample.Growth(samples, sample => sample.ResidentBytes), precision: 6);
        Assert.Equal(1, ChurnSample.Growth(samples, sample => sample.HeapBytes));
    }

    private static GrowthPoint Point(int count) =>
        new(count, count, 10, 100, 5, 2, 1, 100_000_000 + (1000L * count), 20_000_000, [5, 6, 7, 20]);
}
