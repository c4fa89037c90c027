using Carto.Emulator;
using Operator.TestKit;

namespace Operator.Demo;

/// <summary>
/// What the demo plays on: an API server, a CARTO and the operator, the first from elsewhere where <c>OPERATOR_TEST_KUBECONFIG</c> says
/// so. At the end all of it is gone again; of a cluster from elsewhere only the custom resource definitions stay.
/// </summary>
internal sealed class Stage(Narrator story) : IAsyncDisposable
{
    /// <summary>Where the demo's own objects are.</summary>
    public const string Namespace = "carto-demo";

    /// <summary>Where the operator is at home.</summary>
    public const string OperatorNamespace = "carto-operator";

    private const int LogLines = 30;

    private readonly TemporaryFolder _folder = new();
    private readonly LogBuffer _log = new(capacity: 1000);
    private readonly Lock _logFile = new();
    private OperatorProcess? _operator;
    private CartoEmulator? _carto;
    private bool _isOurCluster;
    private bool _isSet;

    /// <summary>The API server.</summary>
    public KubernetesServer Server { get; } = new();

    /// <summary>CARTO.</summary>
    public CartoEmulator Carto => _carto ?? throw new InvalidOperationException("CARTO has not been started.");

    /// <summary>CARTO's clients, for people: no browser would trust the certificate of <see cref="CartoEmulator.BaseUrl"/>.</summary>
    public Uri CartoPage => Carto.Urls[1];

    /// <summary>kubectl in the demo's namespace.</summary>
    public Kubectl Kubectl => new(KubeconfigPath);

    /// <summary>For people: an administrator whose default namespace is the demo's.</summary>
    public string KubeconfigPath => _folder.PathOf("kubeconfig");

    /// <summary>Where the operator logs to.</summary>
    public string LogPath => _folder.PathOf("operator.log");

    /// <summary>CARTO's certificate authority.</summary>
    public string AuthorityPath => _folder.PathOf("ca.pem");

    /// <summary>The end of the operator's log; empty when it was not started.</summary>
    public string OperatorLogTail => _log.Position == 0 ? "" : $"The operator's last lines:\n{_log.Tail(LogLines)}";

    /// <summary>Starts Kubernetes.</summary>
    public async Task StartClusterAsync(CancellationToken cancellationToken)
    {
        _isOurCluster = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OPERATOR_TEST_KUBECONFIG"));
        await Server.InitializeAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (!_isOurCluster)
        {
            await RequireNothingOfOursAsync(cancellationToken);
        }

        _isSet = true;
        var inDemo = await Server.Kubectl.RunAsync(["config", "view", "--flatten", "-o", "yaml"], cancellationToken);
        await File.WriteAllTextAsync(KubeconfigPath, inDemo.EnsureSuccess().Output, cancellationToken);
        (await Kubectl.RunAsync(["config", "set-context", "--current", "--namespace", Namespace], cancellationToken)).EnsureSuccess();
    }

    /// <summary>
    /// Starts CARTO, with one user: over TLS for the operator, and in the clear for the browser of a person on this machine.
    /// </summary>
    public async Task<EmulatorUser> StartCartoAsync(CancellationToken cancellationToken)
    {
        _carto = await CartoEmulator.StartAsync(
            new CartoEmulatorOptions
            {
                Urls = [new("https://127.0.0.1:0"), new("http://127.0.0.1:0")],
                Variants = EmulatorVariants.LikelyAtPace,
            },
            cancellationToken
        );
        await File.WriteAllTextAsync(AuthorityPath, _carto.CaPem, cancellationToken);
        return _carto.AddUser("ana");
    }

    /// <summary>Starts the operator as its own service account, which must have been installed, and waits until it is ready.</summary>
    public async Task StartOperatorAsync(CancellationToken cancellationToken)
    {
        var access = await Server.GetServiceAccountAsync(OperatorNamespace, "carto-operator", cancellationToken);
        var kubeconfig = _folder.PathOf("operator.kubeconfig");
        access.WriteKubeconfig(kubeconfig);
        _operator = OperatorProcess.Start(kubeconfig, [], Log);
        await _operator.WaitUntilReadyAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        story.Say("\nCleaning up.");
        if (_isSet && !_isOurCluster)
        {
            await ClearClusterAsync();
        }

        if (_operator is not null)
        {
            await _operator.DisposeAsync();
        }

        if (_carto is not null)
        {
            await _carto.DisposeAsync();
        }

        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A cluster where somebody uses the operator is no place for a second one.</summary>
    private async Task RequireNothingOfOursAsync(CancellationToken cancellationToken)
    {
        var found = await Server.Kubectl.RunAsync(
            ["get", "m2moauthclients,cartoaccounts,clustercartoaccounts", "--all-namespaces", "-o", "name"],
            cancellationToken
        );
        if (found.ExitCode == 0 && found.Output.Trim().Length > 0)
        {
            throw new InvalidOperationException(
                "the cluster of OPERATOR_TEST_KUBECONFIG has resources of the operator already, which the demo must not "
                    + $"touch:\n{found.Output}"
            );
        }

        var namespaces = await Server.Kubectl.RunAsync(
            ["get", "namespace", Namespace, OperatorNamespace, "--ignore-not-found", "-o", "name"],
            cancellationToken
        );
        if (namespaces.Output.Trim().Length > 0)
        {
            throw new InvalidOperationException(
                $"the cluster of OPERATOR_TEST_KUBECONFIG has namespaces that the demo would make and delete:\n{namespaces.Output}"
            );
        }
    }

    /// <summary>Through the operator, which has to revoke; Ctrl-C may have ended it with this process's group.</summary>
    private async Task ClearClusterAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        try
        {
            if (_operator is { Exited.IsCompleted: true })
            {
                await StartOperatorAsync(limit.Token);
            }

            await Kubectl.RunAsync(["delete", "m2m", "--all", "--ignore-not-found", "--timeout=60s"], limit.Token);
            await Kubectl.RunAsync(["delete", "clustercartoaccount", Play.Account, "--ignore-not-found", "--timeout=60s"], limit.Token);
            await Kubectl.RunAsync(["delete", "-k", Repository.PathOf("config", "rbac"), "--ignore-not-found"], limit.Token);
            await Kubectl.RunAsync(
                ["delete", "namespace", Namespace, OperatorNamespace, "--ignore-not-found", "--wait=false"],
                limit.Token
            );
        }
        catch (Exception exception) when (exception is InvalidOperationException or OperationCanceledException or Xunit.Sdk.XunitException)
        {
            story.Say($"Not everything could be deleted; look at the namespaces {Namespace} and {OperatorNamespace}: {exception.Message}");
        }
    }

    private void Log(string line)
    {
        _log.Add(line);
        lock (_logFile)
        {
            File.AppendAllText(LogPath, line + Environment.NewLine);
        }
    }
}
