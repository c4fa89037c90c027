using System.Diagnostics.Tracing;
using System.Globalization;
using System.Text;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Operator.Benchmarks.Measures;

/// <summary>
/// What another process allocates, and where: the runtime tells of one allocation in each hundred kilobytes or so, with its stack.
/// </summary>
internal sealed class AllocationProfile
{
    private const int Rows = 30;
    private const int BufferMegabytes = 256;

    private readonly EventPipeSession _session;
    private readonly string _path;
    private readonly Task _recording;

    private AllocationProfile(EventPipeSession session, string path)
    {
        _session = session;
        _path = path;
        _recording = RecordAsync();
    }

    /// <summary>Begins to record into a file.</summary>
    public static async Task<AllocationProfile> StartAsync(DiagnosticsClient process, string path, CancellationToken cancellationToken)
    {
        var provider = new EventPipeProvider(
            ClrTraceEventParser.ProviderName,
            EventLevel.Verbose,
            (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.Jit | ClrTraceEventParser.Keywords.Loader));
        return new AllocationProfile(
            await process.StartEventPipeSessionAsync([provider], requestRundown: true, BufferMegabytes, cancellationToken), path);
    }

    /// <summary>Ends the recording, while the process still runs, and returns what it says.</summary>
    public async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        await _session.StopAsync(cancellationToken);
        await _recording;
        _session.Dispose();
        return Describe(_path);
    }

    private async Task RecordAsync()
    {
        await using var file = File.Create(_path);
        await _session.EventStream.CopyToAsync(file);
    }

    private static string Describe(string path)
    {
        var types = new Dictionary<string, long>(StringComparer.Ordinal);
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        var total = 0L;
        using (var log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(path)))
        {
            foreach (var next in log.Events)
            {
                if (next is GCAllocationTickTraceData tick)
                {
                    total += tick.AllocationAmount64;
                    Add(types, tick.TypeName, tick.AllocationAmount64);
                    Add(places, PlaceOf(tick.CallStack()), tick.AllocationAmount64);
                }
            }
        }

        var text = new StringBuilder();
        Append(text, "What is allocated", types, total);
        Append(text, "Where: the innermost method of the operator", places, total);
        return text.ToString();
    }

    private static string PlaceOf(TraceCallStack? stack)
    {
        for (var frame = stack; frame is not null; frame = frame.Caller)
        {
            if (frame.CodeAddress.FullMethodName is { } name && name.StartsWith("Operator.", StringComparison.Ordinal))
            {
                return name;
            }
        }

        // Continuations of the framework's own run on nobody's behalf.
        return stack is null ? "(no stack)" : "elsewhere: " + Outermost(stack);
    }

    private static string Outermost(TraceCallStack stack)
    {
        var named = stack.CodeAddress.FullMethodName;
        for (var frame = stack; frame is not null; frame = frame.Caller)
        {
            if (frame.CodeAddress.FullMethodName is { Length: > 0 } name && !name.StartsWith("System.Threading.", StringComparison.Ordinal)
                && !name.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal))
            {
                named = name;
            }
        }

        return named;
    }

    private static void Add(Dictionary<string, long> sums, string name, long bytes) => sums[name] = sums.GetValueOrDefault(name) + bytes;

    private static void Append(StringBuilder text, string title, Dictionary<string, long> sums, long total)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"{title}, of {total / 1024.0 / 1024:0.0} MB:");
        foreach (var (name, bytes) in sums.OrderByDescending(sum => sum.Value).Take(Rows))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{100.0 * bytes / total,6:0.0} %  {name}");
        }

        text.AppendLine();
    }
}
