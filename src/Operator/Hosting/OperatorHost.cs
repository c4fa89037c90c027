using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>The whole operator, as started, probed and stopped by the executable or a test. A host is started once.</summary>
internal sealed partial class OperatorHost : IAsyncDisposable
{
    private readonly OperatorSetup _setup;
    private readonly ILogger _logger;
    private readonly KubernetesApi? _leaseApi;
    private readonly LeaderElection? _election;
    private readonly KubernetesApi _api;
    private readonly ClusterProbe _probe;
    private readonly Composition _composition;
    private readonly HealthServer _health;
    private readonly MetricsServer? _metrics;
    private readonly Lifetime _lifetime = new();
    private Task<RunningParts?> _started = Task.FromResult<RunningParts?>(null);
    private Exception? _startFailure;

    public OperatorHost(OperatorSetup setup)
    {
        _setup = setup;
        _logger = setup.LoggerFactory.CreateLogger<OperatorHost>();
        if (setup.Options.LeaderElect)
        {
            _leaseApi = Composition.ConnectForLease(setup);
            _election = new LeaderElection(_leaseApi, LeaseOf(setup), setup.Time, setup.LoggerFactory.CreateLogger<LeaderElection>());
        }

        _api = Composition.Connect(setup, _election?.Leadership);
        _probe = new ClusterProbe(_api, setup.Time, setup.LoggerFactory.CreateLogger<ClusterProbe>());
        _composition = new Composition(setup, _api, _election);
        _health = new HealthServer(setup.Options.Health, Live, Ready, setup.LoggerFactory);
        _metrics = setup.Options.Metrics is { } address ? new MetricsServer(address, setup.LoggerFactory) : null;
    }

    /// <summary>Where <c>/livez</c> and <c>/readyz</c> are, once started.</summary>
    public Uri HealthUrl => _health.Url;

    /// <summary>Completes when a part failed: the host no longer works and must be stopped.</summary>
    public Task Ended => _lifetime.Ended;

    /// <summary>Why it failed; null if it has not.</summary>
    public Exception? Failure => _startFailure ?? Parts?.Host.Failure;

    /// <summary>Whether the operator is idle: all informers have synced, and no object is queued or being reconciled.</summary>
    public bool IsAtRest => Parts is not null && _composition.IsAtRest;

    private RunningParts? Parts => _started.IsCompletedSuccessfully ? _started.Result : null;

    /// <summary>Serves health and metrics and starts everything that waits for the cluster; returns without waiting for it.</summary>
    /// <exception cref="ListenException">One of the two addresses cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _health.StartAsync(cancellationToken);
        Log.Started(_logger, ProductVersion.Full, _setup.Kubernetes.Host, _health.Url);
        if (_metrics is not null)
        {
            await _metrics.StartAsync(cancellationToken);
            Log.Metrics(_logger, _metrics.Url);
        }

        _started = Task.Run(StartPartsAsync, CancellationToken.None);
    }

    /// <summary>
    /// Lets running reconciles finish, writes the last events, releases the lease and stops. When cancelled it returns, whatever may still
    /// run.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _lifetime.StopApplication();
        await ((Task)_started).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Parts is { } parts)
        {
            await parts.Host.StopAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Simulates a crash as far as possible within a process: no further call to Kubernetes is sent, and nothing is awaited.
    /// </summary>
    public async Task AbandonAsync()
    {
        _api.Dispose();
        _leaseApi?.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await StopAsync(now.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _lifetime.StopApplication();
        await _health.DisposeAsync();
        await (_metrics?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _composition.DisposeAsync();
        Parts?.Dispose();
        _election?.Dispose();
        _api.Dispose();
        _leaseApi?.Dispose();
        _lifetime.Dispose();
    }

    private async Task<RunningParts?> StartPartsAsync()
    {
        try
        {
            var cluster = await _probe.WaitAsync(_setup.Options.ClusterId, _setup.Options.Namespaces, _lifetime.ApplicationStopping);
            var parts = _composition.Build(cluster, _lifetime);
            await parts.Host.StartAsync(CancellationToken.None);
            return parts;
        }
        catch (OperationCanceledException) when (_lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            _startFailure = exception;
            Log.Failed(_logger, exception);
            _lifetime.StopApplication();
            return null;
        }
    }

    private Health Live()
    {
        if (Failure is { } failure)
        {
            return new Health(false, $"stopping because of a failure: {failure.Message}");
        }

        return (_election?.Stuck ?? Parts?.Stuck()) is { } stuck ? new Health(false, stuck) : Health.Good;
    }

    private Health Ready()
    {
        if (_probe.Missing is { } missing)
        {
            return new Health(false, $"waiting: {missing}");
        }

        var coverage = Coverage.Of(_composition.Informers);
        if (!coverage.IsGood)
        {
            return coverage;
        }

        // Leading is not required: a standby is ready too, unless it could never lead.
        return _election?.Obstacle is { } obstacle
            ? new Health(false, $"could not lead: {obstacle} (apply config/rbac, or set --lease-namespace to where leases may be written)")
            : coverage;
    }

    private static LeaderElectionOptions LeaseOf(OperatorSetup setup) =>
        new()
        {
            Namespace = setup.Options.LeaseNamespace ?? setup.PodNamespace ?? WireNames.Manager,
            Name = setup.Options.LeaseName,

            // The host name alone would suffice for pods, but not for two processes on one machine.
            Identity = $"{Environment.MachineName}_{Guid.NewGuid()}",
            LeaseDuration = setup.Options.LeaseDuration,
            RenewDeadline = setup.Options.LeaseRenewDeadline,
            RetryPeriod = setup.Options.LeaseRetryPeriod,
        };

    /// <summary>Lets <see cref="RuntimeHost"/> stop this host instead of the process.</summary>
    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
            _ended.TrySetResult();
            _stopping.Cancel();
        }

        public void Dispose() => _stopping.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(620, LogLevel.Information, "carto-operator {Version} runs against {Server}; health is at {Health}")]
        public static partial void Started(ILogger logger, string version, string server, Uri health);

        [LoggerMessage(622, LogLevel.Information, "Metrics are at {Metrics}")]
        public static partial void Metrics(ILogger logger, Uri metrics);

        [LoggerMessage(621, LogLevel.Critical, "The operator cannot start")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
