using System.CommandLine;
using Operator.Commands.Tools;

namespace Operator.Commands;

/// <summary><c>operator rotate</c>: requests a rotation from the operator and waits for it.</summary>
internal static class RotateCommand
{
    private const string Description = """
        Ask the operator to replace the pair of an M2MOAuthClient by a new one. The replaced client goes on working for the overlap of the spec.

        Exit codes: 0 it was asked for, and with --wait the Secret holds the new pair; 1 it is not rotated (the message says why); 2 an option is
        wrong; 130 or 143 interrupted (what was asked for goes on).
        """;

    public static Command Create(Terminal terminal)
    {
        var resource = ResourceArgument.Create();
        var cluster = new ClusterSettings("Namespace of a resource that is named without one");
        var wait = Flags.Create("--wait", "Wait until the Secret holds the new credentials");
        var limit = new Setting<TimeSpan>(
            "--timeout",
            "DURATION",
            "How long --wait waits",
            "5m",
            TimeSpan.FromMinutes(5),
            "a duration such as 30s, 5m or 1h30m",
            SettingReaders.Duration
        );
        var format = Output.CreateSetting();
        var progress = Progress.CreateFlag();
        var command = new Command("rotate", Description) { resource, wait, limit.Option, format.Option, progress };
        foreach (var setting in cluster.All)
        {
            command.Add(setting.Option);
        }

        return command.Does(terminal, async (parsed, cancellationToken) =>
        {
            var form = format.Read(parsed, terminal.Environment);
            var patience = limit.Read(parsed, terminal.Environment);
            using var open = Cluster.Open(cluster, parsed, terminal);
            var request = new RotationRequest(
                open.Api,
                ResourceArgument.Read(parsed.GetValue(resource)!, open.Namespace),
                Progress.Of(parsed, progress, terminal),
                terminal.Time
            );
            var report = await request.SendAsync(cancellationToken);
            if (parsed.GetValue(wait))
            {
                report = await request.WaitAsync(report, patience, cancellationToken);
            }

            terminal.Output.Write(form, report, ToolJsonContext.Readable.RotationReport, report.Write);
            return ExitCodes.Stopped;
        });
    }
}
