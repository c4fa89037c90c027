using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Benchmarks.World;

/// <summary>
/// What a run plays on: an API server where nobody else is, the emulator in a process of its own, accounts and namespaces. The operator is
/// started
/// and stopped by the scenarios.
/// </summary>
internal sealed class BenchWorld : IAsyncDisposable
{
    /// <summary>Where resources are made one at a time.</summary>
    public const string SingleNamespace = "bench-single-000";

    private const string OperatorNamespace = "carto-operator";

    private readonly TemporaryFolder _folder = new();
    private readonly KubernetesServer _server = new();
    private EmulatorProcess? _carto;
    private KubernetesApi? _api;
    private Audience? _audience;

    private BenchWorld(BenchOptions options) => Options = options;

    public BenchOptions Options { get; }

    public EmulatorProcess Carto => _carto ?? throw NotStarted();

    /// <summary>Kubernetes as its administrator.</summary>
    public KubernetesApi Api => _api ?? throw NotStarted();

    /// <summary>Sees what becomes of the resources.</summary>
    public Audience Audience => _audience ?? throw NotStarted();

    public IReadOnlyList<CartoUser> Users { get; private set; } = [];

    /// <summary>Kubeconfig of the operator's service account.</summary>
    public string OperatorKubeconfig => PathOf("operator.kubeconfig");

    /// <summary>Kubeconfig of the administrator.</summary>
    public string AdminKubeconfig => _server.KubeconfigPath;

    /// <summary>Path of a file that is gone after the run.</summary>
    public string PathOf(string name) => _folder.PathOf(name);

    /// <summary>The account that the resources of a namespace are in.</summary>
    public string AccountOf(string @namespace) =>
        AccountName(int.Parse(@namespace[(@namespace.LastIndexOf('-') + 1)..], null) % Options.Accounts);

    /// <summary>Key of a resource by its number.</summary>
    public ObjectKey KeyOf(int number) => new($"bench-{number % Options.Namespaces:000}", $"client-{number:000000}");

    public static async Task<BenchWorld> StartAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var world = new BenchWorld(options);
        try
        {
            await world.StartAsync(cancellationToken);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_audience is not null)
        {
            await _audience.DisposeAsync();
        }

        _api?.Dispose();
        if (_carto is not null)
        {
            await _carto.DisposeAsync();
        }

        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _server.InitializeAsync();
        await _server.ApplyCrdsAsync("config/crd", cancellationToken);
        (await _server.InstallOperatorAsync(cancellationToken)).WriteKubeconfig(OperatorKubeconfig);

        _carto = await EmulatorProcess.StartAsync(
            _folder.Path,
            [.. Enumerable.Range(0, Options.Accounts).Select(AccountName)],
            cancellationToken
        );
        Users = await Carto.GetUsersAsync(cancellationToken);
        _api = new KubernetesApi(_server.CreateConfiguration());
        await CreateNamespacesAsync(cancellationToken);
        await CreateAccountsAsync(cancellationToken);
        _audience = await Audience.StartAsync(Api, cancellationToken);
    }

    /// <summary>
    /// Waits until no credentials Secret is left: the cluster collects those of deleted resources in its own time, and until then one that
    /// is
    /// made again under the same name finds that of its predecessor.
    /// </summary>
    public async Task WaitForSecretsToGoAsync(CancellationToken cancellationToken)
    {
        while (
            (
                await _server.Client.CoreV1.ListSecretForAllNamespacesAsync(
                    labelSelector: $"{WireNames.Labels.ManagedBy}={WireNames.Manager}",
                    limit: 1,
                    cancellationToken: cancellationToken
                )
            )
                .Items
                .Count > 0
        )
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
        }
    }

    private async Task CreateNamespacesAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Enumerable.Range(0, Options.Namespaces).Select(number => KeyOf(number).Namespace).Append(SingleNamespace))
        {
            await _server.Client.CoreV1.CreateNamespaceAsync(
                new V1Namespace { Metadata = new V1ObjectMeta { Name = name } },
                cancellationToken: cancellationToken
            );
        }
    }

    private async Task CreateAccountsAsync(CancellationToken cancellationToken)
    {
        const string Authority = "carto-authority";
        const string AuthorityKey = "ca.crt";
        await _server.Client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = Authority },
                Data = new Dictionary<string, string> { [AuthorityKey] = Carto.Authority },
            },
            OperatorNamespace,
            cancellationToken: cancellationToken
        );
        var accounts = Api.For(Kinds.ClusterAccounts);
        foreach (var user in Users)
        {
            await _server.Client.CoreV1.CreateNamespacedSecretAsync(
                new V1Secret
                {
                    Metadata = new V1ObjectMeta { Name = user.Name },
                    StringData = new Dictionary<string, string>
                    {
                        [WireNames.SecretKeys.ClientId] = user.ClientId,
                        [WireNames.SecretKeys.ClientSecret] = user.ClientSecret,
                    },
                },
                OperatorNamespace,
                cancellationToken: cancellationToken
            );
            await accounts.CreateAsync(
                new ClusterCartoAccount
                {
                    Metadata = new V1ObjectMeta { Name = user.Name },
                    Spec = new AccountSpec
                    {
                        ApiBaseUrl = Carto.BaseUrl.ToString().TrimEnd('/'),
                        Auth = new AuthSpec
                        {
                            TokenUrl = Carto.TokenUrl.ToString(),
                            ClientCredentials = new ClientCredentialsSource
                            {
                                SecretRef = new ObjectReference { Name = user.Name, Namespace = OperatorNamespace },
                            },
                        },
                        CaBundle = new CaBundleSource
                        {
                            ConfigMapRef = new KeyReference { Name = Authority, Namespace = OperatorNamespace },
                        },
                        RequestsPerSecond = 100,
                    },
                },
                cancellationToken
            );
        }
    }

    private static string AccountName(int number) => $"account-{number:00}";

    private static InvalidOperationException NotStarted() => new("The world has not started.");
}
