using System.Globalization;

namespace Operator.Benchmarks.Measures;

/// <summary>What Linux says of a process's memory: what it wrote itself, and what it has of files.</summary>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="AnonymousBytes">Of that, what is not from a file: heaps, stacks, compiled code.</param>
/// <param name="Ran">Time on a processor.</param>
/// <param name="Waited">Time that its threads waited for one: on a busy machine a process can want to run and not do so.</param>
internal sealed record MemorySample(long ResidentBytes, long AnonymousBytes, TimeSpan Ran, TimeSpan Waited)
{
    private const double NanosecondsPerTick = 100;

    /// <summary>Reads <c>/proc</c>.</summary>
    public static MemorySample Of(int id)
    {
        var rollup = File.ReadLines($"/proc/{id}/smaps_rollup")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts is [_, _, "kB"])
            .ToDictionary(
                parts => parts[0].TrimEnd(':'),
                parts => 1024 * long.Parse(parts[1], CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            );
        var (ran, waited) = TimesOf(id);
        return new MemorySample(rollup["Rss"], rollup["Anonymous"], ran, waited);
    }

    // Of each thread: the file of the process itself is about its first thread alone.
    private static (TimeSpan Ran, TimeSpan Waited) TimesOf(int id)
    {
        var threads = Directory
            .EnumerateDirectories($"/proc/{id}/task")
            .Select(task => File.ReadAllText(Path.Combine(task, "schedstat")).Split(' '))
            .ToList();
        return (Sum(0), Sum(1));

        TimeSpan Sum(int part) =>
            TimeSpan.FromTicks(
                (long)(threads.Sum(thread => double.Parse(thread[part], CultureInfo.InvariantCulture)) / NanosecondsPerTick)
            );
    }
}
