using System.Runtime.InteropServices;

namespace Operator.Hosting;

/// <summary>
/// Releases memory when the operator is idle. Garbage from a burst, such as the initial lists or a thousand new resources, would otherwise
/// stay until as much is allocated again, which takes hours when idle; native memory of closed connections would stay forever.
/// </summary>
/// <param name="isAtRest">Whether the operator is idle: a collection pauses everything.</param>
/// <param name="memory">The memory.</param>
/// <param name="time">Clock.</param>
internal sealed class RestCollector(Func<bool> isAtRest, IMemory memory, TimeProvider time)
{
    /// <summary>How often it checks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes must be allocated since its last collection to justify another one.</summary>
    public const long Worthwhile = 8 * 1024 * 1024;

    private long _last;

    /// <summary>Checks until cancelled, then returns.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Tick();
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Releases memory if worthwhile.</summary>
    public void Tick()
    {
        if (!isAtRest())
        {
            return;
        }

        if (memory.Allocated - _last >= Worthwhile)
        {
            memory.Collect();
            _last = memory.Allocated;
        }

        memory.Trim();
    }
}

/// <summary>The memory of a process.</summary>
internal interface IMemory
{
    /// <summary>Total bytes ever allocated.</summary>
    long Allocated { get; }

    /// <summary>Collects garbage and returns free heap memory to the system.</summary>
    void Collect();

    /// <summary>Returns unused native memory, such as OpenSSL's for connections, to the system.</summary>
    void Trim();
}

/// <summary>The memory of this process.</summary>
internal sealed class ProcessMemory : IMemory
{
    private static bool _cannotTrim;

    public long Allocated => GC.GetTotalAllocatedBytes();

    public void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    public void Trim()
    {
        if (_cannotTrim)
        {
            return;
        }

        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // Only glibc has it.
            _cannotTrim = true;
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint keep);
}
