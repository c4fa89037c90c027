using System.CommandLine;
using System.CommandLine.Completions;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary>The command line.</summary>
internal static class OperatorCommand
{
    /// <summary>An argument that starts with @ is taken literally, such as a client's name, not as a response file.</summary>
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs the command. Returns the exit code of the process.</summary>
    /// <param name="arguments">Command-line arguments.</param>
    /// <param name="terminal">Standard streams and environment.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal)
    {
        var root = Create(terminal);
        var parsed = root.Parse(arguments, Plain);

        // A line to be completed is usually incomplete.
        if (
            parsed.Errors is [var first, ..]
            && !root.Directives.OfType<SuggestDirective>().Any(suggest => parsed.GetResult(suggest) is not null)
        )
        {
            var command = parsed.CommandResult.Command is RootCommand ? "operator" : $"operator {parsed.CommandResult.Command.Name}";
            await terminal.Error.WriteLineAsync($"operator: {first.Message} See {command} --help.");
            return ExitCodes.Usage;
        }

        // Commands handle signals themselves, see Interruption.
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                ProcessTerminationTimeout = null,
            },
            CancellationToken.None
        );
    }

    private static RootCommand Create(Terminal terminal) =>
        new("A Kubernetes operator that manages CARTO's M2M OAuth Clients as custom resources, and the tool of the person who runs it.")
        {
            RunCommand.Create(terminal.Environment, terminal.Error),
            AuditCommand.Create(terminal),
            CheckCommand.Create(terminal),
            ImportCommand.Create(terminal),
            RotateCommand.Create(terminal),
            ScheduleCommand.Create(terminal),
            TokenCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            VersionCommand.Create(terminal),
        };
}
