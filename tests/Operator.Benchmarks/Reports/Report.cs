using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Operator.Benchmarks.Measures;
using Operator.Benchmarks.Scenarios;
using Operator.Benchmarks.World;

namespace Operator.Benchmarks.Reports;

/// <summary>What a run came to, for people and for programs.</summary>
/// <param name="Time">When it was.</param>
/// <param name="Machine">On what.</param>
/// <param name="Options">How large.</param>
/// <param name="Scenarios">What was measured.</param>
/// <param name="AtRest">The memory of an operator that has nothing to do, and that nobody measures beside.</param>
internal sealed record Report(
    DateTimeOffset Time,
    string Machine,
    BenchOptions Options,
    IReadOnlyList<Figures> Scenarios,
    MemoryFigures? AtRest
)
{
    private const double Mebi = 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly (string Title, Func<Figures, object?> Value)[] Columns =
    [
        ("scenario", f => f.Scenario),
        ("resources", f => f.Resources),
        ("seconds", f => f.Seconds),
        ("per s", f => f.PerSecond),
        ("against", f => f.Reference),
        ("its per s", f => f.ReferencePerSecond),
        ("ratio", f => f.Ratio),
        ("p50 ms", f => f.Latency?.P50),
        ("p90 ms", f => f.Latency?.P90),
        ("p99 ms", f => f.Latency?.P99),
        ("its p50 ms", f => f.ReferenceLatency?.P50),
        ("its p99 ms", f => f.ReferenceLatency?.P99),
        ("k8s reads", f => f.Reads),
        ("k8s writes", f => f.Writes),
        ("carto", f => f.CartoCalls.Values.Sum()),
        ("events late", f => f.EventsLate),
        ("events lost", f => f.EventsLost),
        ("looks", f => f.Reconciles),
        ("cpu s", f => f.CpuSeconds),
        ("floor cpu s", f => f.FloorCpuSeconds),
        ("rss MB", f => f.ResidentBytes / Mebi),
        ("peak MB", f => f.PeakBytes / Mebi),
        ("alloc KB/look", f => f.Reconciles == 0 ? null : f.AllocatedBytes / 1024.0 / f.Reconciles),
        ("gc 0/1/2", f => string.Join('/', f.Collections)),
        ("gc pause ms", f => f.PauseSeconds * 1000),
        ("threads", f => f.Threads),
    ];

    /// <summary>The machine as it is now, with how busy it is.</summary>
    public static string DescribeMachine() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} x {ReadModel()}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Mebi / 1024:0} GB, "
                + $"{RuntimeInformation.FrameworkDescription}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"
        );

    /// <summary>A table for people, and the calls of each scenario.</summary>
    public string ToTable()
    {
        string[][] rows =
        [
            [.. Columns.Select(column => column.Title)],
            .. Scenarios.Select(f => Columns.Select(column => Show(column.Value(f))).ToArray()),
        ];
        var widths = Columns.Select((_, i) => rows.Max(row => row[i].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.AppendJoin("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).AppendLine();
        }

        var loops = Scenarios
            .Where(figures => figures.ReferencePaces is { Count: > 1 })
            .Select(figures => $"{figures.Scenario} {string.Join(" and ", figures.ReferencePaces!.Select(pace => Show(pace)))}");
        text.AppendLine().Append("the bare loop a second, before and after: ").AppendJoin(", ", loops).AppendLine();

        if (AtRest is { } rest)
        {
            text.AppendLine()
                .AppendLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"at rest, with nobody who reads its meters: {rest.ResidentBytes / Mebi:0.0} MB resident, of that "
                            + $"{rest.AnonymousBytes / Mebi:0.0} MB not from files, "
                            + $"peak {rest.PeakBytes / Mebi:0.0} MB, heap {rest.HeapBytes / Mebi:0.0} MB"
                    )
                );
        }

        foreach (var figures in Scenarios)
        {
            text.AppendLine()
                .Append(figures.Scenario)
                .Append(": ")
                .AppendLine(Calls(figures.KubernetesCalls))
                .Append("  carto: ")
                .AppendLine(Calls(figures.CartoCalls));
        }

        return text.ToString();
    }

    /// <summary>The line that says it all.</summary>
    public string ToLine()
    {
        var create = Find("create");
        var latency = Find("latency")?.Latency;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"bench: create {create?.Ratio:0.00} of floor, restart {Find("restart")?.Writes} writes, p50 {latency?.P50:0.0} ms p99 "
                + $"{latency?.P99:0.0} ms, "
                + $"rss {AtRest?.ResidentBytes / Mebi:0} MB, idle {100 * Find("idle")?.CpuSeconds / Find("idle")?.Seconds:0.0} %"
        );
    }

    /// <summary>Writes <c>bench.json</c> and <c>bench.csv</c> into a folder.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "bench.json"), JsonSerializer.Serialize(this, Json) + "\n");
        File.WriteAllLines(
            Path.Combine(folder, "bench.csv"),
            [
                string.Join(',', Columns.Select(column => column.Title.Replace(' ', '_'))),
                .. Scenarios.Select(f =>
                    string.Join(',', Columns.Select(column => Convert.ToString(column.Value(f), CultureInfo.InvariantCulture)))
                ),
            ]
        );
    }

    private Figures? Find(string scenario) => Scenarios.FirstOrDefault(figures => figures.Scenario == scenario);

    private static string Calls(IReadOnlyDictionary<string, long> calls) =>
        calls.Count == 0 ? "no calls" : string.Join(", ", calls.Select(call => $"{call.Key} {call.Value}"));

    private static string Show(object? value) =>
        value switch
        {
            null => "-",
            double number => number.ToString(
                number >= 100 ? "0"
                    : number >= 10 ? "0.0"
                    : "0.00",
                CultureInfo.InvariantCulture
            ),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    private static string ReadModel() =>
        File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1]
            .Trim()
        ?? "processor";
}
