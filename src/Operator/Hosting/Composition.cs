using k8s;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Operator.Accounts;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>Joins the parts: what is watched, what works on it, and what each change sets going.</summary>
internal sealed class Composition
{
    private const string ByAccount = "account";
    private const string ByNamespace = "namespace";

    private readonly OperatorSetup _setup;
    private readonly KubernetesApi _api;
    private readonly Informer<M2MOAuthClient> _clients;
    private readonly Informer<CartoAccount> _accounts;
    private readonly Informer<ClusterCartoAccount> _clusterAccounts;
    private readonly Informer<MetadataOf<V1Secret>> _secrets;
    private readonly Informer<MetadataOf<V1Namespace>> _namespaces;
    private IReadOnlyList<ProgressWatch> _progress = [];

    public Composition(OperatorSetup setup, KubernetesApi api)
    {
        _setup = setup;
        _api = api;
        _clients = Informer(Kinds.Clients);
        _accounts = Informer(Kinds.Accounts);
        _clusterAccounts = Informer(Kinds.ClusterAccounts);
        _secrets = Informer(BuiltIn.SecretMetadata, $"{WireNames.Labels.ManagedBy}={WireNames.Manager}");
        _namespaces = Informer(BuiltIn.NamespaceMetadata);
        _clients.Store.AddIndex(ByAccount, client => [AccountKey.Of(client).ToString()]);
        _clients.Store.AddIndex(ByNamespace, client => [client.Metadata.NamespaceProperty]);
    }

    /// <summary>All that is watched.</summary>
    public IReadOnlyList<IInformer> Informers => [_clients, _accounts, _clusterAccounts, _secrets, _namespaces];

    /// <summary>How the operator reaches Kubernetes.</summary>
    public static KubernetesApi Connect(OperatorSetup setup) => new(
        setup.Kubernetes,
        new KubernetesApiOptions { UserAgent = $"{WireNames.Manager}/{ProductVersion.Short}", FieldManager = WireNames.Manager },
        setup.Time,
        [.. setup.KubernetesHandlers]);

    /// <summary>What is stuck, for people; null when nothing is.</summary>
    public string? Stuck() => _progress.Select(watch => watch.Check()).FirstOrDefault(stuck => stuck is not null);

    /// <summary>Everything that runs.</summary>
    /// <param name="clusterId">Marks this cluster's clients in CARTO.</param>
    /// <param name="lifetime">Stops the host when a part ends although nobody asked it to.</param>
    public RuntimeHost Build(string clusterId, IHostApplicationLifetime lifetime)
    {
        _ = clusterId;
        _progress = [];
        var recorder = new EventRecorder(
            _api,
            new EventRecorderOptions
            {
                ReportingController = $"{WireNames.Group}/{WireNames.Manager}",
                ReportingInstance = Environment.MachineName,
            },
            _setup.Time,
            Logger<EventRecorder>());
        return new RuntimeHost(Informers, [], recorder, lifetime, _setup.LoggerFactory.CreateLogger<RuntimeHost>());
    }

    private Informer<T> Informer<T>(ResourceDefinition<T> kind, string? labels = null)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(_api.For(kind), new InformerOptions { LabelSelector = labels }, _setup.Time, Logger<Informer<T>>());

    private ILogger Logger<T>() => _setup.LoggerFactory.CreateLogger<T>();
}
