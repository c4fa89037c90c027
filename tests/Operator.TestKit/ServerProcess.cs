using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Operator.TestKit;

/// <summary>The API server as a child of this process. It ends with it, however it goes: the server watches its standard input.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    /// <summary>Long enough for a first build of the server from Debian packages.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly Task _logged;

    private ServerProcess(Process process, Task logged, string kubeconfigPath)
    {
        _process = process;
        _logged = logged;
        KubeconfigPath = kubeconfigPath;
    }

    public string KubeconfigPath { get; }

    /// <summary>Starts the server that tests/apiserver/start.sh chooses; returns when it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(LogBuffer log, CancellationToken cancellationToken)
    {
        var process = Process.Start(
            new ProcessStartInfo(Repository.PathOf("tests", "apiserver", "start.sh"), ["-stop-on-stdin-eof"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var logged = CopyAsync(process.StandardError, log);
        try
        {
            using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                if (ReadyLine().Match(line) is { Success: true } ready)
                {
                    return new ServerProcess(process, logged, ready.Groups["kubeconfig"].Value);
                }
            }

            await logged;
            throw new InvalidOperationException($"The API server did not start:\n{log.Tail(100)}");
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
            await _process.WaitForExitAsync(limit.Token);
            await _logged;
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static async Task CopyAsync(StreamReader from, LogBuffer to)
    {
        while (await from.ReadLineAsync(CancellationToken.None) is { } line)
        {
            to.Add(line);
        }
    }

    [GeneratedRegex("^ready url=(?<url>[^ ]+) kubeconfig=(?<kubeconfig>.+)$")]
    private static partial Regex ReadyLine();
}
