namespace Operator.Commands;

/// <summary>What the exit code of the process says.</summary>
internal static class ExitCodes
{
    /// <summary>It stopped as it was told to.</summary>
    public const int Stopped = 0;

    /// <summary>It could not start, or ended although nobody asked it to; the log says why.</summary>
    public const int Failed = 1;

    /// <summary>A setting is wrong or missing: nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>A second signal stopped it at once: 128 and the number of the signal, as shells count.</summary>
    public const int Signalled = 128;
}
