using System.Globalization;

namespace Operator.Benchmarks.Measures;

/// <summary>What Linux says of a process.</summary>
/// <param name="CpuSeconds">Time on a processor, in user and kernel mode.</param>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="PeakBytes">The most that it ever was.</param>
/// <param name="Threads">How many threads.</param>
/// <param name="Handles">How many files, sockets and the like are open.</param>
internal sealed record ProcessSample(double CpuSeconds, long ResidentBytes, long PeakBytes, int Threads, int Handles)
{
    // What Linux calls USER_HZ: 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;
    private const int UserTime = 11;
    private const int KernelTime = 12;

    /// <summary>Reads <c>/proc</c>.</summary>
    public static ProcessSample Of(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");

        // The name in parentheses may hold spaces: the fields are counted from behind it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks =
            long.Parse(fields[UserTime], CultureInfo.InvariantCulture) + long.Parse(fields[KernelTime], CultureInfo.InvariantCulture);
        var status = File.ReadLines($"/proc/{id}/status")
            .Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);
        return new ProcessSample(
            ticks / TicksPerSecond,
            Kilobytes("VmRSS"),
            Kilobytes("VmHWM"),
            int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            Directory.GetFileSystemEntries($"/proc/{id}/fd").Length
        );

        long Kilobytes(string name) => 1024 * long.Parse(status[name].Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
