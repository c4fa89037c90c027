using System.CommandLine;
using Operator.Hosting;

namespace Operator.Commands;

/// <summary>The command line.</summary>
internal static class OperatorCommand
{
    /// <summary>Runs what the arguments ask for. Returns the exit code of the process.</summary>
    /// <param name="arguments">What stands behind the name of the program.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="output">Standard output, for help and version.</param>
    /// <param name="error">Standard error, for what is wrong with the arguments.</param>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Func<string, string?> environment, TextWriter output, TextWriter error)
    {
        var parsed = Create(environment, output, error).Parse(arguments);
        if (parsed.Errors is [var first, ..])
        {
            await error.WriteLineAsync($"operator: {first.Message} See operator --help.");
            return ExitCodes.Usage;
        }

        // The process has its own way with signals, see RunCommand.
        return await parsed.InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null }, CancellationToken.None);
    }

    private static RootCommand Create(Func<string, string?> environment, TextWriter output, TextWriter error)
    {
        var version = new Command("version", "Print the version.");
        version.SetAction(_ => output.WriteLine(ProductVersion.Full));
        return new RootCommand("A Kubernetes operator that manages CARTO's M2M OAuth Clients as custom resources.")
        {
            RunCommand.Create(environment, error),
            version,
        };
    }
}
