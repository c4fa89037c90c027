namespace Operator.Commands.Tools;

/// <summary>Ends a command.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="message">For people: what is wrong and what to do. Contains no secret.</param>
internal sealed class ToolException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
