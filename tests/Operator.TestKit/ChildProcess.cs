using System.Diagnostics;
using System.Globalization;

namespace Operator.TestKit;

/// <summary>A program of our own as a child of this process. It ends with its parent, however that goes.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Process _keeper;
    private readonly Task _output;
    private readonly Task _error;

    private ChildProcess(Process process, Action<string> onLine)
    {
        _process = process;
        _keeper = StartKeeper(process.Id);
        _output = ReadAsync(process.StandardOutput, onLine);
        _error = ReadAsync(process.StandardError, onLine);
        Exited = WaitAsync();
    }

    /// <summary>Its process ID.</summary>
    public int Id => _process.Id;

    /// <summary>The exit code, once it has ended and all that it said was read.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a program that reads nothing.</summary>
    /// <param name="executable">Path of the program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables beside those that it inherits.</param>
    /// <param name="onLine">Called with each line that it writes.</param>
    public static ChildProcess Start(
        string executable,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        Action<string> onLine
    )
    {
        var start = new ProcessStartInfo(executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!, onLine);
    }

    /// <summary>Sends it a signal, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string name, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Kills it as nothing but a crash does, and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await Exited;
        _process.Dispose();
    }

    // Its standard input ends when this process does; the program itself listens to none.
    private static Process StartKeeper(int id) =>
        Process.Start(
            new ProcessStartInfo("sh", ["-c", $"cat >/dev/null; kill -9 {id.ToString(CultureInfo.InvariantCulture)} 2>/dev/null"])
            {
                RedirectStandardInput = true,
            }
        )!;

    private static async Task ReadAsync(StreamReader from, Action<string> onLine)
    {
        while (await from.ReadLineAsync(CancellationToken.None) is { } line)
        {
            onLine(line);
        }
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);

        // Before somebody else can get the number of the process that it would kill.
        _keeper.Kill(entireProcessTree: true);
        _keeper.Dispose();
        await Task.WhenAll(_output, _error);
        return _process.ExitCode;
    }
}
