using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Operator.Commands.Tools;
using Operator.Hosting;
using Operator.Telemetry;

namespace Operator.Commands;

/// <summary><c>operator run</c>: runs the operator, with its settings, signals and exit code.</summary>
internal static partial class RunCommand
{
    /// <summary>Time limit for a stop; by default Kubernetes kills the pod thirty seconds after the signal.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private const string Description = """
        Run the operator until it is stopped.

        Each option may also be given as the environment variable that stands in brackets; the flag wins.
        SIGTERM or SIGINT stops it within ten seconds; a second one stops it at once.

        Exit codes: 0 stopped by a signal; 1 could not start, failed, or does not lead any more (the log says why); 2 an option is
        wrong or no cluster is configured; 130 or 143 stopped at once by a second SIGINT or SIGTERM.
        """;

    public static Command Create(Func<string, string?> environment, TextWriter error)
    {
        var settings = new RunSettings();
        var command = new Command("run", Description);
        foreach (var setting in settings.All)
        {
            command.Add(setting.Option);
        }

        command.SetAction(
            async (parsed, _) =>
            {
                try
                {
                    var options = settings.Read(parsed, environment);
                    var cluster = ClusterConfiguration.Find(options.Kubeconfig, options.Context, environment, TimeProvider.System);
                    using var traces = Tracing.Start(environment);
                    using var loggers = Logging.CreateFactory(options.LogFormat, options.LogLevel);
                    return await RunAsync(
                        new OperatorSetup
                        {
                            Options = options,
                            Kubernetes = cluster.Configuration,
                            KubernetesHeaders = cluster.Headers,
                            PodNamespace = cluster.PodNamespace,
                            LoggerFactory = loggers,
                        },
                        TimeProvider.System
                    );
                }
                catch (InvalidSettingException exception)
                {
                    await error.WriteLineAsync($"operator: {exception.Message}");
                    return ExitCodes.Usage;
                }
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(OperatorSetup setup, TimeProvider time)
    {
        var logger = setup.LoggerFactory.CreateLogger("Operator");
        using var interruption = new Interruption(signal => Log.Stopping(logger, signal));

        await using var host = new OperatorHost(setup);
        try
        {
            await host.StartAsync(CancellationToken.None);
        }
        catch (ListenException exception)
        {
            Log.CannotStart(logger, exception.Message);
            return ExitCodes.Failed;
        }

        using var ended = new CancellationTokenSource();
        var collecting = new RestCollector(() => host.IsAtRest, new ProcessMemory(), time).RunAsync(ended.Token);
        await Task.WhenAny(interruption.Requested, host.Ended);
        await ended.CancelAsync();
        using var limit = new CancellationTokenSource(StopLimit, time);
        await host.StopAsync(limit.Token);
        await collecting;
        Log.Stopped(logger);
        return host.Failure is null ? ExitCodes.Stopped : ExitCodes.Failed;
    }

    private static partial class Log
    {
        [LoggerMessage(600, LogLevel.Information, "{Signal}: stopping; a second signal stops at once")]
        public static partial void Stopping(ILogger logger, PosixSignal signal);

        [LoggerMessage(601, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(602, LogLevel.Critical, "Cannot start: {Error}")]
        public static partial void CannotStart(ILogger logger, string error);
    }
}
