using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>
/// Runs informers, controllers and the event recorder as one hosted service, and stops them in an order that loses nothing: controllers,
/// then their events, then informers, and finally the lease is released. If one of them ends by itself, the whole process stops, because a
/// partial operator looks alive but does nothing.
/// </summary>
/// <remarks>
/// It also stops when the lease is lost instead of reacquiring it: state gathered while leading is stale once another process has led, and
/// a new process is the only sure way to drop all of it.
/// </remarks>
/// <param name="informers">Started immediately.</param>
/// <param name="controllers">Each starts once its informers have synced and this process leads.</param>
/// <param name="recorder">Writes events; null for none.</param>
/// <param name="election">Leader election; null if this process always leads.</param>
/// <param name="lifetime">Stops the process.</param>
/// <param name="logger">Logs unexpected stops.</param>
public sealed partial class RuntimeHost(
    IEnumerable<IInformer> informers,
    IReadOnlyCollection<IController> controllers,
    EventRecorder? recorder,
    LeaderElection? election,
    IHostApplicationLifetime lifetime,
    ILogger<RuntimeHost> logger
) : IHostedService, IDisposable
{
    private readonly Stage _informers = new();
    private readonly Stage _controllers = new();
    private readonly Stage _recorder = new();
    private readonly Stage _election = new();

    /// <summary>Why the process stops unexpectedly; null otherwise.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var informer in informers)
        {
            Start(_informers, $"informer of {informer.Name}", informer.RunAsync);
        }

        if (recorder is not null)
        {
            Start(_recorder, "event recorder", recorder.RunAsync);
        }

        if (election is not null)
        {
            Start(_election, "leader election", election.RunAsync);
        }

        foreach (var controller in controllers)
        {
            Start(_controllers, $"controller {controller.Name}", token => LeadAsync(controller, token));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var isQuiet = true;
        foreach (var stage in (Stage[])[_controllers, _recorder, _informers, _election])
        {
            isQuiet &= await stage.StopAsync(cancellationToken);
        }

        // Abandoned work may still have an effect: then no process may take over before the lease expires.
        if (election is not null && isQuiet && controllers.All(controller => controller.Running == 0))
        {
            await election.ReleaseAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _controllers.Dispose();
        _recorder.Dispose();
        _informers.Dispose();
        _election.Dispose();
    }

    private async Task LeadAsync(IController controller, CancellationToken cancellationToken)
    {
        if (election is not null)
        {
            await election.Won.WaitAsync(cancellationToken);
        }

        await controller.RunAsync(cancellationToken);
    }

    private void Start(Stage stage, string what, Func<CancellationToken, Task> run) =>
        stage.Add(Task.Run(() => GuardAsync(what, run, stage.Stopping), CancellationToken.None));

    private async Task GuardAsync(string what, Func<CancellationToken, Task> run, CancellationToken stopping)
    {
        try
        {
            await run(stopping);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            Failure = new InvalidOperationException($"The {what} ended without being asked to.");
            Log.Ended(logger, what);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        catch (LeadershipLostException exception)
        {
            Failure = exception;
            Log.LeadershipLost(logger, exception.Message);
        }
        catch (Exception exception)
        {
            Failure = exception;
            Log.Failed(logger, what, exception);
        }

        lifetime.StopApplication();
    }

    private sealed class Stage : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<Task> _tasks = [];

        public CancellationToken Stopping => _stop.Token;

        public void Add(Task task) => _tasks.Add(task);

        /// <summary>Stops it; returns whether everything ended.</summary>
        public async Task<bool> StopAsync(CancellationToken cancellationToken)
        {
            await _stop.CancelAsync();
            var all = Task.WhenAll(_tasks);
            await all.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return all.IsCompleted;
        }

        public void Dispose() => _stop.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Critical, "The {What} ended without being asked to; stopping")]
        public static partial void Ended(ILogger logger, string what);

        [LoggerMessage(401, LogLevel.Critical, "The {What} failed; stopping")]
        public static partial void Failed(ILogger logger, string what, Exception exception);

        [LoggerMessage(402, LogLevel.Error, "{Error} Nothing more is written; stopping")]
        public static partial void LeadershipLost(ILogger logger, string error);
    }
}
