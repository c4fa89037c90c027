using System.CommandLine;
using Operator.Commands.Tools;
using Operator.Contracts;

namespace Operator.Commands;

/// <summary><c>operator version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(Terminal terminal)
    {
        var format = Output.CreateSetting();
        var command = new Command("version", "Print the version.") { format.Option };
        return command.Does(terminal, (parsed, _) =>
        {
            var report = new VersionReport(ProductVersion.Full, WireNames.ApiVersion, Environment.Version.ToString());
            terminal.Output.Write(format.Read(parsed, terminal.Environment), report, ToolJsonContext.Readable.VersionReport, output =>
                output.Write(report.Version + '\n')
            );
            return Task.FromResult(ExitCodes.Stopped);
        });
    }
}

/// <summary>Version information of this build.</summary>
/// <param name="Version">Its version, with the commit if known.</param>
/// <param name="ApiVersion">API version of the custom resources.</param>
/// <param name="Runtime">The .NET version it runs on.</param>
internal sealed record VersionReport(string Version, string ApiVersion, string Runtime);
