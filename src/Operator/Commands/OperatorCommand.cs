using System.CommandLine;
using System.CommandLine.Completions;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary>The command line.</summary>
internal static class OperatorCommand
{
    /// <summary>An argument that begins with @ is what it is, such as a client's name, and no file to read arguments from.</summary>
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs what the arguments ask for. Returns the exit code of the process.</summary>
    /// <param name="arguments">What stands behind the name of the program.</param>
    /// <param name="terminal">Where it reads and writes.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal)
    {
        var root = Create(terminal);
        var parsed = root.Parse(arguments, Plain);

        // A line that is to be completed is none that makes sense.
        if (parsed.Errors is [var first, ..] && !root.Directives.OfType<SuggestDirective>().Any(suggest => parsed.GetResult(suggest) is not null))
        {
            var command = parsed.CommandResult.Command is RootCommand ? "operator" : $"operator {parsed.CommandResult.Command.Name}";
            await terminal.Error.WriteLineAsync($"operator: {first.Message} See {command} --help.");
            return ExitCodes.Usage;
        }

        // Commands have their own way with signals, see Interruption.
        return await parsed.InvokeAsync(
            new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, ProcessTerminationTimeout = null }, CancellationToken.None);
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
