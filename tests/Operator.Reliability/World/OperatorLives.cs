using System.Net;
using Microsoft.Extensions.Logging;
using Operator.Hosting;
using Operator.TestKit;

namespace Operator.Reliability.World;

/// <summary>The lives of the operator in a world, one after the other.</summary>
internal sealed class OperatorLives(MatrixWorld world) : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly ILoggerFactory _loggers = world.Log.CreateFactory();
    private readonly List<Task> _ended = [];
    private OperatorHost? _host;
    private StaleLists? _beforeAction;

    /// <summary>Where the present life meets the outside; null before the first one.</summary>
    public Gate? Gate { get; private set; }

    /// <summary>How many operators were started.</summary>
    public int Count { get; private set; }

    /// <summary>A life of the operator begins.</summary>
    public async Task StartAsync(StaleLists? stale, CancellationToken cancellationToken)
    {
        var gate = Gate = new Gate(world.Effects, world.Logins.Contains, stale, world.Leaks);
        Count++;
        _host = new OperatorHost(
            new OperatorSetup
            {
                Options = new OperatorOptions
                {
                    Namespaces = [world.Namespace],
                    ClusterId = MatrixWorld.Cluster,
                    AllowedHosts = ["127.0.0.1"],
                    LeaderElect = false,
                    Metrics = null,
                    Health = new ListenAddress(IPAddress.Loopback, 0),
                    Concurrency = 4,
                },
                Kubernetes = world.Server.CreateConfiguration(),
                LoggerFactory = _loggers,
                KubernetesHandlers = [gate.ForKubernetes()],
                WrapCarto = gate.ForCarto,
                Time = world.Clock,
                GracePeriod = TimeSpan.Zero,
            }
        );
        await _host.StartAsync(cancellationToken);
    }

    /// <summary>The life ends here and now; what was on its way arrives, and nobody hears of it.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (_host is not { } host)
        {
            return;
        }

        _host = null;
        Gate!.Close();
        var gate = Gate;
        await Eventually.TrueAsync(() => gate.IdleFor > TimeSpan.Zero, "nothing to be on its way", cancellationToken);
        _ended.Add(
            Task.Run(
                async () =>
                {
                    await host.AbandonAsync();
                    await host.DisposeAsync();
                },
                CancellationToken.None
            )
        );
    }

    /// <summary>The life that is over is followed by another, with a cache as the fault wants it.</summary>
    public async Task RestartAsync(InjectedFault? fault, CancellationToken cancellationToken)
    {
        var lastEffect = Gate?.Before;
        await KillAsync(cancellationToken);
        await StartAsync(
            fault switch
            {
                InjectedFault.KillAfterEffectStale => lastEffect,
                InjectedFault.KillAfterEffectVeryStale => _beforeAction,
                _ => null,
            },
            cancellationToken
        );
    }

    /// <summary>From here on effects count as points.</summary>
    public async Task ArmAsync(CancellationToken cancellationToken)
    {
        _beforeAction = Gate is null ? null : await Gate.TakeListsAsync(cancellationToken);
        world.Effects.Arm();
    }

    /// <summary>Waits until the operator has let a while pass without asking or telling anything.</summary>
    public Task IdleAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        return Eventually.TrueAsync(
            () => Gate!.IsClosed || (Gate.IdleFor >= length && TimeProvider.System.GetElapsedTime(begun) >= length),
            "the operator to be idle",
            cancellationToken
        );
    }

    /// <summary>Ends the present life and waits for all of them.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
        await KillAsync(limit.Token);
        await Task.WhenAll(_ended)
            .WaitAsync(StopLimit, TimeProvider.System, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _loggers.Dispose();
    }
}
