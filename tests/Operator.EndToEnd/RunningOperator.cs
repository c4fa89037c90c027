using System.Collections.Concurrent;
using Operator.TestKit;
using Operator.TestKit.Faults;

namespace Operator.EndToEnd;

/// <summary>
/// The operator as people install it: its executable, cluster-wide, as its own service account with what config/rbac gives it. One for
/// all tests, each of which has a namespace and a CARTO of its own; those that stop it or kill it are in the collection
/// <see cref="Alone"/>.
/// </summary>
public sealed class RunningOperator : IAsyncLifetime
{
    /// <summary>Tests that need the operator for themselves: no other test runs beside them.</summary>
    public const string Alone = "alone with the operator";

    private const string Namespace = "carto-operator";

    // Nothing that a test gets wrong may leave this machine.
    private static readonly string[] Arguments = ["--allowed-hosts", "127.0.0.1,localhost"];

    private static readonly Dictionary<string, string> Verbose = new() { ["CARTO_OPERATOR_LOG_LEVEL"] = "trace" };

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<object, Action<string>> _listeners = new();
    private OperatorProcess? _process;
    private ServiceAccountAccess? _access;

    /// <summary>The API server.</summary>
    public KubernetesServer Server { get; } = new();

    /// <summary>Everything that the operator wrote.</summary>
    public LogBuffer Log { get; } = new();

    /// <summary>Who the operator is.</summary>
    public ServiceAccountAccess Access => _access ?? throw new InvalidOperationException("The fixture has not been initialized.");

    /// <summary>The process that runs.</summary>
    public OperatorProcess Process => _process ?? throw new InvalidOperationException("The operator does not run.");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Kubeconfig => _folder.PathOf("kubeconfig");

    public async ValueTask InitializeAsync()
    {
        await Server.InitializeAsync();
        await Server.ApplyCrdsAsync("config/crd", Cancelled);
        _access = await Server.InstallOperatorAsync(Cancelled);
        Access.WriteKubeconfig(Kubeconfig);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Starts the operator and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        _process = OperatorProcess.Start(Kubeconfig, Arguments, Tell, Verbose);
        await _process.WaitUntilReadyAsync(Cancelled);
    }

    /// <summary>Starts the operator again if the test before left it stopped.</summary>
    public async Task EnsureRunningAsync()
    {
        if (_process is null)
        {
            await StartAsync();
        }
    }

    /// <summary>Runs a test with an operator that goes through a proxy, in the place of the usual one.</summary>
    public async Task ThroughAsync(FaultProxy proxy, Func<OperatorProcess, Task> test)
    {
        var kubeconfig = NewFile("kubeconfig");
        TestKit.Kubeconfig.Write(kubeconfig, proxy.CreateConfiguration(Access));
        await StopAsync();
        try
        {
            await using var process = OperatorProcess.Start(kubeconfig, Arguments, Tell, Verbose);
            await test(process);
        }
        finally
        {
            await ForgetLeaseAsync();
            await StartAsync();
        }
    }

    /// <summary>Starts a further operator beside the usual one or in its place; the caller ends it.</summary>
    public OperatorProcess StartAnother(
        string kubeconfig,
        IEnumerable<string> arguments,
        Action<string> onLine,
        IReadOnlyDictionary<string, string>? environment = null
    ) =>
        OperatorProcess.Start(
            kubeconfig,
            [.. Arguments, .. arguments],
            line =>
            {
                onLine(line);
                Tell(line);
            },
            environment
        );

    /// <summary>Runs a test with an operator that is started otherwise, in the place of the usual one.</summary>
    public async Task InsteadAsync(IReadOnlyDictionary<string, string> environment, Action<string> onLine, Func<OperatorProcess, Task> test)
    {
        await StopAsync();
        try
        {
            await using var process = StartAnother(Kubeconfig, [], onLine, environment);
            await process.WaitUntilReadyAsync(Cancelled);
            await test(process);
            await process.SignalAsync("TERM", Cancelled);
            await process.Exited.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled);
        }
        finally
        {
            await ForgetLeaseAsync();
            await StartAsync();
        }
    }

    /// <summary>Stops the operator with a signal, as Kubernetes does. Returns its exit code.</summary>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        await Process.SignalAsync(signal, Cancelled);
        return await WaitForEndAsync();
    }

    /// <summary>Kills the operator as a crash does.</summary>
    public async Task KillAsync()
    {
        await Process.KillAsync();
        await WaitForEndAsync();
    }

    /// <summary>Path of a file that is gone after the run.</summary>
    public string NewFile(string name) => _folder.PathOf(Guid.NewGuid().ToString("N") + name);

    /// <summary>Shows what the operator writes to the log of a test, without the lines about other tests' namespaces.</summary>
    public IDisposable Show(TestLog log, string? @namespace)
    {
        var listener = new Listener(this);
        _listeners[listener] = line =>
        {
            if (
                (@namespace is not null && line.Contains(@namespace, StringComparison.Ordinal))
                || !line.Contains("test-", StringComparison.Ordinal)
            )
            {
                log.Add(line);
            }
        };
        return listener;
    }

    /// <summary>Waits until the operator has ended. Returns its exit code.</summary>
    public async Task<int> WaitForEndAsync()
    {
        var process = Process;
        var code = await process.Exited.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled);
        _process = null;
        await process.DisposeAsync();
        if (code != 0)
        {
            await ForgetLeaseAsync();
        }

        return code;
    }

    /// <summary>
    /// Stands in for the time that the next one would have to wait: the holder of the lease is dead, which only the test knows.
    /// </summary>
    public async Task ForgetLeaseAsync() =>
        (
            await Server.Kubectl.RunAsync(["delete", "lease", "carto-operator", "-n", Namespace, "--ignore-not-found"], Cancelled)
        ).EnsureSuccess();

    private void Tell(string line)
    {
        Log.Add(line);
        foreach (var listener in _listeners.Values)
        {
            listener(line);
        }
    }

    private sealed class Listener(RunningOperator of) : IDisposable
    {
        public void Dispose() => of._listeners.TryRemove(this, out _);
    }
}

/// <summary>See <see cref="RunningOperator.Alone"/>.</summary>
[CollectionDefinition(RunningOperator.Alone, DisableParallelization = true)]
public sealed class AloneWithTheOperator;
