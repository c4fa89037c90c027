using System.Runtime.InteropServices;

namespace Operator.Commands.Tools;

/// <summary>
/// Handles SIGINT and SIGTERM until disposed. The first requests a graceful stop; the second, of either kind, ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly Action<PosixSignal> _onSignal;
    private readonly CancellationTokenSource _asked = new();
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _code;

    /// <param name="onSignal">Called on the first signal.</param>
    public Interruption(Action<PosixSignal> onSignal)
    {
        _onSignal = onSignal;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Take(context, ExitCodes.Signalled + 2));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Take(context, ExitCodes.Signalled + 15));
    }

    /// <summary>Completes with the first signal.</summary>
    public Task Requested => _requested.Task;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    /// <summary>Exit code for the first signal, as in shells; 0 if there was none.</summary>
    public int ExitCode => Volatile.Read(ref _code);

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _asked.Dispose();
    }

    private void Take(PosixSignalContext context, int code)
    {
        context.Cancel = true;
        if (Interlocked.CompareExchange(ref _code, code, 0) != 0)
        {
            Environment.Exit(code);
        }

        _onSignal(context.Signal);
        _requested.TrySetResult();
        _asked.Cancel();
    }
}
