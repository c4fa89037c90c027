using System.Globalization;
using Operator.Benchmarks.Scenarios;
using ScottPlot;

namespace Operator.Benchmarks.Reports;

/// <summary>Draws how cost grows with the number of resources.</summary>
internal static class Curves
{
    private const int Width = 720;
    private const int Height = 400;
    private const double Mebi = 1024 * 1024;
    private const double RoomForLabel = 0.1;

    private static readonly double[] RoundMilliseconds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

    /// <summary>Writes the pictures into a folder.</summary>
    public static void Draw(IReadOnlyList<GrowthPoint> points, string folder)
    {
        Directory.CreateDirectory(folder);
        var counts = points.Select(point => (double)point.Resources).ToArray();

        using var memory = Against(counts, "Memory of an operator at rest", "MB");
        Add(memory, counts, points.Select(point => point.ResidentBytes / Mebi), "resident");
        Add(memory, counts, points.Select(point => point.HeapBytes / Mebi), "heap after a collection");
        Save(memory, folder, "memory");

        using var pace = Against(counts, "New resources, with all others settled", "a second");
        Add(pace, counts, points.Select(point => point.CreatedPerSecond), "Ready");
        Save(pace, folder, "create");

        using var restart = Against(counts, "Restart, until all were reconciled", "seconds");
        Add(restart, counts, points.Select(point => point.RestartSeconds), "time");
        Add(restart, counts, points.Select(point => point.RestartCpuSeconds), "on a processor");
        Save(restart, folder, "restart");

        using var latency = new Plot();
        foreach (var point in points)
        {
            var milliseconds = point.LatencyMilliseconds;
            Add(
                latency,
                [.. milliseconds.Select(Math.Log10)],
                milliseconds.Select((_, i) => 100.0 * (i + 1) / milliseconds.Count),
                string.Create(CultureInfo.InvariantCulture, $"{point.Resources:N0} resources"),
                markers: false
            );
        }

        latency.Title("From one new resource to its Secret");
        latency.XLabel("milliseconds");
        latency.YLabel("% are there");
        latency.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. RoundMilliseconds.Select(Math.Log10)],
            [.. RoundMilliseconds.Select(milliseconds => milliseconds.ToString("0", CultureInfo.InvariantCulture))]
        );
        Save(latency, folder, "latency");
    }

    private static Plot Against(double[] counts, string title, string unit)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.XLabel("resources");
        plot.YLabel(unit);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            counts,
            [.. counts.Select((count, i) => HasRoom(counts, i) ? count.ToString("N0", CultureInfo.InvariantCulture) : "")]
        );
        return plot;
    }

    // Of two numbers that lie close together only the larger one is written.
    private static bool HasRoom(double[] counts, int i) => i == counts.Length - 1 || counts[i + 1] - counts[i] > RoomForLabel * counts[^1];

    private static void Add(Plot plot, double[] xs, IEnumerable<double> ys, string name, bool markers = true)
    {
        var line = plot.Add.Scatter(xs, ys.ToArray());
        line.LegendText = name;
        line.LineWidth = 2;
        line.MarkerSize = markers ? 7 : 0;
    }

    // From zero on, so that what appears flat is flat; with some room above.
    private static void Save(Plot plot, string folder, string name)
    {
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, plot.Axes.GetDataLimits().Top * 1.1);
        plot.ShowLegend(Edge.Right);
        plot.SaveSvg(Path.Combine(folder, $"bench-{name}.svg"), Width, Height);
    }
}
