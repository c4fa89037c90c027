using System.Diagnostics.Tracing;
using System.Globalization;
using System.Text;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.EventPipe;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Operator.Benchmarks.Measures;

/// <summary>
/// What another process allocates, and where it spends its time: the runtime tells of one allocation in each hundred kilobytes or so, and
/// once in a millisecond or so where each thread is, with the stacks.
/// </summary>
internal sealed class Profile
{
    private const int Rows = 40;
    private const int BufferMegabytes = 256;

    private readonly EventPipeSession _session;
    private readonly string _path;
    private readonly Task _recording;

    private Profile(EventPipeSession session, string path)
    {
        _session = session;
        _path = path;
        _recording = RecordAsync();
    }

    /// <summary>Begins to record into a file.</summary>
    public static async Task<Profile> StartAsync(DiagnosticsClient process, string path, CancellationToken cancellationToken)
    {
        EventPipeProvider[] providers =
        [
            new(
                ClrTraceEventParser.ProviderName,
                EventLevel.Verbose,
                (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.Jit | ClrTraceEventParser.Keywords.Loader)
            ),
            new(SampleProfilerTraceEventParser.ProviderName, EventLevel.Informational),
        ];
        return new Profile(
            await process.StartEventPipeSessionAsync(providers, requestRundown: true, BufferMegabytes, cancellationToken),
            path
        );
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
        var busy = new Dictionary<string, long>(StringComparer.Ordinal);
        var innermost = new Dictionary<string, long>(StringComparer.Ordinal);
        using (var log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(path)))
        {
            foreach (var next in log.Events)
            {
                if (next is GCAllocationTickTraceData tick)
                {
                    Add(types, tick.TypeName, tick.AllocationAmount64);
                    Add(places, PlaceOf(tick.CallStack()), tick.AllocationAmount64);
                }
                else if (next is ClrThreadSampleTraceData { Type: ClrThreadSampleType.Managed } sample)
                {
                    // A thread that waits, compiles or collects is not in managed code.
                    Add(busy, PlaceOf(sample.CallStack()), 1);
                    Add(innermost, sample.CallStack()?.CodeAddress.FullMethodName ?? "(no stack)", 1);
                }
            }
        }

        var text = new StringBuilder();
        Append(text, "What is allocated, of {0:0} bytes", types);
        Append(text, "Where it is allocated: the innermost method of the operator, of {0:0} bytes", places);
        Append(text, "Where managed code runs: the innermost method of the operator, of {0:0} samples", busy);
        Append(text, "Where managed code runs: the innermost method, of {0:0} samples", innermost);
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
            if (
                frame.CodeAddress.FullMethodName is { Length: > 0 } name
                && !name.StartsWith("System.Threading.", StringComparison.Ordinal)
                && !name.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal)
            )
            {
                named = name;
            }
        }

        return named;
    }

    private static void Add(Dictionary<string, long> sums, string name, long amount) => sums[name] = sums.GetValueOrDefault(name) + amount;

    private static void Append(StringBuilder text, string title, Dictionary<string, long> sums)
    {
        var total = sums.Values.Sum();
        text.AppendFormat(CultureInfo.InvariantCulture, title, total).AppendLine(":");
        foreach (var (name, amount) in sums.OrderByDescending(sum => sum.Value).Take(Rows))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{100.0 * amount / total, 6:0.0} %  {name}");
        }

        text.AppendLine();
    }
}
