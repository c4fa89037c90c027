using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Xunit;

namespace Operator.TestKit;

/// <summary>
/// The API server of a test run, real Kubernetes: the cluster that <c>OPERATOR_TEST_KUBECONFIG</c> names, or else a server that is
/// started for this test process. Use it as <c>[assembly: AssemblyFixture(typeof(KubernetesServer))]</c> and take it as an argument
/// of a test class's constructor.
/// </summary>
public sealed class KubernetesServer : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task>> _crds = new(StringComparer.Ordinal);
    private readonly LogBuffer _log = new(capacity: 1000);
    private ServerProcess? _process;
    private Kubernetes? _client;
    private string? _kubeconfigPath;

    /// <summary>The fixture of this process, for what xunit hands no fixture to.</summary>
    internal static KubernetesServer? Current { get; private set; }

    /// <summary>Kubeconfig of the administrator.</summary>
    public string KubeconfigPath => _kubeconfigPath ?? throw NotStarted();

    /// <summary>Where the server listens.</summary>
    public Uri BaseAddress => new(CreateConfiguration().Host);

    /// <summary>A client of the administrator's, shared by all tests.</summary>
    public IKubernetes Client => _client ?? throw NotStarted();

    /// <summary>kubectl as the administrator, without a namespace of its own.</summary>
    public Kubectl Kubectl => new(KubeconfigPath);

    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        _kubeconfigPath = Environment.GetEnvironmentVariable("OPERATOR_TEST_KUBECONFIG");
        if (string.IsNullOrEmpty(_kubeconfigPath))
        {
            _process = await ServerProcess.StartAsync(_log, cancellationToken);
            _kubeconfigPath = _process.KubeconfigPath;
        }

        _client = new Kubernetes(CreateConfiguration());
        Current = this;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    /// <summary>
    /// The last lines of the server's own log; of a server that was started elsewhere only where <c>OPERATOR_TEST_SERVER_LOG</c> names
    /// the file.
    /// </summary>
    public string ReadLogTail(int lines) =>
        Environment.GetEnvironmentVariable("OPERATOR_TEST_SERVER_LOG") is { Length: > 0 } file && _process is null
            ? string.Join('\n', File.ReadLines(file).TakeLast(lines))
            : _log.Tail(lines);

    /// <summary>A configuration of the administrator's, for the caller to change as it likes.</summary>
    public KubernetesClientConfiguration CreateConfiguration() => KubernetesClientConfiguration.BuildConfigFromConfigFile(KubeconfigPath);

    /// <summary>
    /// Creates a service account with a token of its own. It may do nothing until roles are bound to it.
    /// </summary>
    public async Task<ServiceAccountAccess> CreateServiceAccountAsync(string @namespace, string name, CancellationToken cancellationToken)
    {
        await Client.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = name } },
            @namespace,
            cancellationToken: cancellationToken
        );
        return await GetServiceAccountAsync(@namespace, name, cancellationToken);
    }

    /// <summary>A new token of a service account that exists, with whatever rights it has.</summary>
    public async Task<ServiceAccountAccess> GetServiceAccountAsync(string @namespace, string name, CancellationToken cancellationToken)
    {
        var request = await Client.CoreV1.CreateNamespacedServiceAccountTokenAsync(
            new Authenticationv1TokenRequest
            {
                Spec = new V1TokenRequestSpec { Audiences = [], ExpirationSeconds = 24 * 60 * 60 },
            },
            name,
            @namespace,
            cancellationToken: cancellationToken
        );
        return new ServiceAccountAccess(CreateConfiguration(), @namespace, name, request.Status.Token);
    }

    /// <summary>
    /// Gives the operator's service account exactly the rights of config/rbac, as an installation does. Others may have done so already.
    /// </summary>
    public async Task<ServiceAccountAccess> InstallOperatorAsync(CancellationToken cancellationToken)
    {
        const string Name = "carto-operator";
        await Kubectl.ApplyAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {Name}}}", cancellationToken);
        (await Kubectl.RunAsync(["apply", "-k", Repository.PathOf("config", "rbac")], cancellationToken)).EnsureSuccess();
        return await GetServiceAccountAsync(Name, Name, cancellationToken);
    }

    /// <summary>
    /// Applies every CustomResourceDefinition of a folder (path inside the repository or absolute) once per test process and waits
    /// until they are served. Other test processes may do the same on the same server at the same time.
    /// </summary>
    public Task ApplyCrdsAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Repository.PathOf(folder);
        return _crds
            .GetOrAdd(path, p => new Lazy<Task>(() => CustomResourceDefinitions.ApplyAsync(Kubectl, p)))
            .Value.WaitAsync(cancellationToken);
    }

    private static InvalidOperationException NotStarted() =>
        new("The server has not started. Is it an assembly fixture of the test project?");
}
