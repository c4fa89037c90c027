using System.Runtime.InteropServices;

namespace Operator.Hosting;

/// <summary>
/// Gives memory back when there is nothing to do. The garbage of a burst, such as the first lists or a thousand new resources, would stay
/// until as much is allocated again, which at rest takes hours; and what connections had, once they are closed, for good.
/// </summary>
/// <param name="isAtRest">Whether nothing is to be done: a collection holds everything up.</param>
/// <param name="memory">What it works on.</param>
/// <param name="time">Clock.</param>
internal sealed class RestCollector(Func<bool> isAtRest, IMemory memory, TimeProvider time)
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How many bytes must have been allocated since the last collection of its own for another one to be worth it.</summary>
    public const long Worthwhile = 8 * 1024 * 1024;

    private long _last;

    /// <summary>Looks until cancelled, and then returns.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Tick();
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Gives back what is worth it now.</summary>
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
    /// <summary>All that was ever allocated, in bytes.</summary>
    long Allocated { get; }

    /// <summary>Collects what nobody needs, and gives the rest of the heap back.</summary>
    void Collect();

    /// <summary>Gives back what libraries that are not .NET's took and do not need any more, such as OpenSSL for connections.</summary>
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
            // Of the C libraries glibc alone has it.
            _cannotTrim = true;
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint keep);
}
