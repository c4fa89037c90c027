using k8s;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Drift;
using Operator.Protection;
using Operator.Runtime;
using Operator.Secrets;
using Operator.Telemetry;

namespace Operator.Hosting;

/// <summary>Wires up informers, controllers, and what each change triggers.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private const string ByNamespace = "namespace";

    /// <summary>
    /// All resources of an account wait for it, and many repairs (a certificate, a login in CARTO) only become visible on retry.
    /// </summary>
    private static readonly ControllerOptions AccountPace = new()
    {
        StalledInterval = TimeSpan.FromMinutes(10),
        Queue = new WorkQueueOptions { MaxBackoff = TimeSpan.FromMinutes(1) },
    };

    private readonly OperatorSetup _setup;
    private readonly KubernetesApi _api;
    private readonly LeaderElection? _election;
    private readonly Informer<M2MOAuthClient> _clients;
    private readonly Informer<CartoAccount> _accounts;
    private readonly Informer<ClusterCartoAccount> _clusterAccounts;
    private readonly Informer<MetadataOf<V1Secret>> _secrets;
    private readonly Informer<MetadataOf<V1Secret>> _keptSecrets;
    private readonly Informer<MetadataOf<V1ConfigMap>> _keptConfigMaps;
    private readonly Informer<MetadataOf<V1Namespace>> _namespaces;
    private readonly EventRecorder _events;
    private readonly AccountDirectory _directory;
    private readonly AccountConnections _connections;
    private readonly SourceWatches _sources;
    private readonly AccountUse _use;
    private readonly UnownedSecrets _unowned;
    private readonly StatusChanges _changes;
    private readonly SourceUse _sourceUse;
    private readonly SourceMarks<V1Secret> _secretMarks;
    private readonly SourceMarks<V1ConfigMap> _configMapMarks;
    private readonly DriftFindings _drift = new();
    private readonly DriftMemories _driftMemories = new();
    private readonly StateGauges _gauges;
    private readonly ResourceGauges? _resourceGauges;
    private IReadOnlyList<IController> _running = [];

    public Composition(OperatorSetup setup, KubernetesApi api, LeaderElection? election)
    {
        _setup = setup;
        _api = api;
        _election = election;

        _clients = Informer(Kinds.Clients, labels: null, ReduceClient);
        _accounts = Informer(Kinds.Accounts);
        _clusterAccounts = Informer(Kinds.ClusterAccounts);
        _secrets = Informer(BuiltIn.SecretMetadata, $"{WireNames.Labels.ManagedBy}={WireNames.Manager}", ReduceSecret);
        _keptSecrets = Informer(BuiltIn.SecretMetadata, SourceMarks<V1Secret>.Selector);
        _keptConfigMaps = Informer(BuiltIn.ConfigMapMetadata, SourceMarks<V1ConfigMap>.Selector);
        _namespaces = Informer(BuiltIn.NamespaceMetadata);
        _clients.Store.AddIndex(ByNamespace, client => [client.Metadata.NamespaceProperty]);
        _unowned = new UnownedSecrets(_clients.Store);
        _changes = new StatusChanges(_clients, () => election is null || election.Leadership.IsHeld);

        var identity = new EventRecorderOptions
        {
            ReportingController = $"{WireNames.Group}/{WireNames.Manager}",
            ReportingInstance = Environment.MachineName,
        };
        _events = new EventRecorder(api, identity, setup.Time, Logger<EventRecorder>());
        _directory = new AccountDirectory(
            Find,
            new NamespaceAllowance(_namespaces.Store).Allows,
            () => _accounts.Store.Items.Concat<IAccountResource>(_clusterAccounts.Store.Items),
            IsClusterWide
        );
        _connections = new AccountConnections(new CartoApiFactory(setup.Time, setup.LoggerFactory, WrapCarto), setup.Time);
        _sources = new SourceWatches(
            api.For(BuiltIn.SecretMetadata),
            api.For(BuiltIn.ConfigMapMetadata),
            key => _directory.Recheck(key),
            setup.Time,
            Logger<SourceWatches>()
        );
        _use = new AccountUse(_clients, api.For(Kinds.Clients));
        _sourceUse = new SourceUse(_accounts.Store, _clusterAccounts.Store, api, IsClusterWide);
        _secretMarks = new SourceMarks<V1Secret>(SourceKind.Secret, api.For(BuiltIn.SecretMetadata), _keptSecrets);
        _configMapMarks = new SourceMarks<V1ConfigMap>(SourceKind.ConfigMap, api.For(BuiltIn.ConfigMapMetadata), _keptConfigMaps);
        _gauges = new StateGauges(
            () => _clients.Store.Items,
            () => _accounts.Store.Items.Concat<IAccountResource>(_clusterAccounts.Store.Items),
            () => Volatile.Read(ref _running),
            () => election is null || election.Leadership.IsHeld,
            setup.Options.Namespaces,
            setup.Time
        );
        _resourceGauges = setup.Options.MetricsPerResource ? new ResourceGauges(() => _clients.Store.Items, setup.Time) : null;
    }

    /// <summary>All informers.</summary>
    public IReadOnlyList<IInformer> Informers =>
        [
            _clients,
            _accounts,
            _secrets,
            _keptSecrets,
            _keptConfigMaps,
            .. IsClusterWide ? new IInformer[] { _clusterAccounts, _namespaces } : [],
        ];

    /// <summary>Whether the operator is idle.</summary>
    public bool IsAtRest =>
        Informers.All(informer => informer.Followings.All(following => following.Answered.IsCompletedSuccessfully))
        && Volatile.Read(ref _running).All(controller => controller is { QueueLength: 0, Running: 0 });

    private bool IsClusterWide => _setup.Options.Namespaces.Count == 0;

    /// <summary>Connects to Kubernetes.</summary>
    /// <param name="setup">The setup.</param>
    /// <param name="leadership">Required for writes; null to always allow them.</param>
    public static KubernetesApi Connect(OperatorSetup setup, Leadership? leadership) =>
        new(
            setup.Kubernetes,
            Identification(setup),
            setup.Time,
            leadership is null ? [.. setup.KubernetesHandlers] : [.. setup.KubernetesHandlers, new LeaderOnlyHandler(leadership, IsWrite)]
        );

    /// <summary>A separate connection for the lease, so that no other work delays renewals, with time for a retry.</summary>
    public static KubernetesApi ConnectForLease(OperatorSetup setup) =>
        new(
            setup.Kubernetes,
            Identification(setup) with
            {
                Timeout = setup.Options.LeaseRenewDeadline / 2,
            },
            setup.Time,
            [.. setup.KubernetesHandlers]
        );

    /// <summary>Builds everything that runs.</summary>
    /// <param name="cluster">Marks this cluster's clients in CARTO, see <see cref="Mark.Cluster"/>.</param>
    /// <param name="lifetime">Stops the host when a part ends unexpectedly.</param>
    public RunningParts Build(string cluster, IHostApplicationLifetime lifetime)
    {
        var settings = new AccountSettings(new SourceReader(_api.For(BuiltIn.Secrets), _api.For(BuiltIn.ConfigMaps)));
        var connector = new AccountConnector(
            new HostPolicy(_setup.Options.AllowedHosts),
            settings,
            _connections,
            _directory,
            cluster,
            _setup.Time
        );

        var accounts = Controller("cartoaccount", AccountReconciler(_accounts, connector), _accounts, AccountPace)
            .Watch(_clients, change => AccountsToGuard(change, AccountKind.CartoAccount))
            .WaitFor(_keptSecrets)
            .WaitFor(_keptConfigMaps);
        var clusterAccounts = Controller(
                "clustercartoaccount",
                AccountReconciler(_clusterAccounts, connector),
                _clusterAccounts,
                AccountPace
            )
            .Watch(_clients, change => AccountsToGuard(change, AccountKind.ClusterCartoAccount))
            .WaitFor(_keptSecrets)
            .WaitFor(_keptConfigMaps);
        var keptSecrets = Releaser("secret", SourceKind.Secret, _secretMarks, _keptSecrets);
        var keptConfigMaps = Releaser("configmap", SourceKind.ConfigMap, _configMapMarks, _keptConfigMaps);

        // Resources mostly wait for their account: a slow one must leave workers for others.
        var byAccount = new ControllerOptions
        {
            GroupOf = key => _clients.Store.TryGet(key, out var client) ? AccountKey.Acting(client) : null,
        };
        var clients = Controller("m2moauthclient", ClientReconciler(cluster), _clients, byAccount)
            .Owns(_secrets)
            .Watch(_secrets, _unowned.Concerned)
            .Watch(_accounts, ClientsOfChangedAccount);
        if (IsClusterWide)
        {
            clients.Watch(_clusterAccounts, ClientsOfChangedAccount).Watch(_namespaces, ClientsOfRelabelledNamespace);
        }

        var drift = Controller("cartoaccount-drift", DriftReconciler(_accounts), _accounts).WaitFor(_clients);
        var clusterDrift = Controller("clustercartoaccount-drift", DriftReconciler(_clusterAccounts), _clusterAccounts).WaitFor(_clients);

        _drift.Wake = client => clients.Enqueue(client, WorkPriority.Background);
        _changes.Wake = client => clients.Enqueue(client, WorkPriority.Fresh);
        _directory.Connected = account =>
        {
            if (account.Kind == AccountKind.CartoAccount)
            {
                drift.Enqueue(account.ObjectKey, WorkPriority.Background);
            }
            else
            {
                clusterDrift.Enqueue(account.ObjectKey, WorkPriority.Background);
            }
        };
        // All resources waiting for an account are woken together, so fresh changes go first.
        _directory.Wake = client => clients.Enqueue(client, WorkPriority.Background);
        _directory.Recheck = account =>
        {
            if (account.Kind == AccountKind.CartoAccount)
            {
                accounts.Enqueue(account.ObjectKey, WorkPriority.Fresh);
            }
            else
            {
                clusterAccounts.Enqueue(account.ObjectKey, WorkPriority.Fresh);
            }
        };

        IController[] controllers =
        [
            clients,
            accounts,
            drift,
            keptSecrets,
            keptConfigMaps,
            .. IsClusterWide ? new IController[] { clusterAccounts, clusterDrift } : [],
        ];
        Volatile.Write(ref _running, controllers);
        var host = new RuntimeHost(Informers, controllers, _events, _election, lifetime, Logger<RuntimeHost>());
        return new RunningParts(
            host,
            [clients, accounts, clusterAccounts, drift, clusterDrift, keptSecrets, keptConfigMaps],
            [
                Watch(clients),
                Watch(accounts),
                Watch(clusterAccounts),
                Watch(drift),
                Watch(clusterDrift),
                Watch(keptSecrets),
                Watch(keptConfigMaps),
            ]
        );
    }

    /// <summary>Closes connections and watches other than informers, once nothing runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _gauges.Dispose();
        _resourceGauges?.Dispose();
        await _sources.DisposeAsync();
        await _connections.DisposeAsync();
    }

    private static KubernetesApiOptions Identification(OperatorSetup setup) =>
        new()
        {
            UserAgent = $"{WireNames.Manager}/{ProductVersion.Short}",
            FieldManager = WireNames.Manager,
            Headers = setup.KubernetesHeaders,
        };

    private static bool IsWrite(HttpRequestMessage request) => request.Method != HttpMethod.Get;

    // All requests: token requests and reads count against CARTO's limits too.
    private HttpMessageHandler WrapCarto(HttpMessageHandler network)
    {
        var guarded = _election is null ? network : new LeaderOnlyHandler(_election.Leadership, _ => true) { InnerHandler = network };
        return _setup.WrapCarto?.Invoke(guarded) ?? guarded;
    }

    private ClientReconciler ClientReconciler(string cluster) =>
        new ClientControllerParts
        {
            Api = _api,
            Resources = _clients,
            SecretMetadata = _secrets,
            Accounts = _directory,
            Claims = new ClientClaims(_clients.Store, IsClusterWide),
            Changes = _changes,
            Lost = new LostResources(_clients, _setup.Time),
            Drift = _drift,
            Events = _events,
            Options = new ClientOptions(cluster, _setup.Options.Verify),
            Time = _setup.Time,
            Logger = Logger<ClientReconciler>(),
        }.CreateReconciler();

    private AccountReconciler<T> AccountReconciler<T>(Informer<T> informer, AccountConnector connector)
        where T : class, IAccountResource
    {
        var status = new StatusWriter<T, AccountStatus>(
            _api.For(informer.Definition),
            informer,
            account => account.Status,
            ContractsJsonContext.Default.AccountStatus
        );
        var finalizers = new Finalizers<T>(_api.For(informer.Definition), informer);
        var guard = new AccountGuard<T>(_use, finalizers, _secretMarks, _configMapMarks, _directory);
        var reporter = new AccountReporter<T>(informer.Store, status, _events, CountClients, _driftMemories, _setup.Time);
        return new AccountReconciler<T>(informer.Store, _sources, connector, _directory, guard, reporter);
    }

    private Controller<MetadataOf<TKind>> Releaser<TKind>(
        string name,
        SourceKind kind,
        SourceMarks<TKind> marks,
        Informer<MetadataOf<TKind>> kept
    )
        where TKind : class, IKubernetesObject<V1ObjectMeta>
    {
        var releaser = Controller(name, new SourceReleaser<TKind>(kind, marks, _sourceUse), kept)
            .Watch(_accounts, change => SourceUse.ConcernedBy(kind, change));
        return IsClusterWide ? releaser.Watch(_clusterAccounts, change => SourceUse.ConcernedBy(kind, change)) : releaser;
    }

    private DriftReconciler<T> DriftReconciler<T>(Informer<T> informer)
        where T : class, IAccountResource =>
        new(
            informer.Store,
            _directory,
            new ClientRecords(() => [.. _clients.Store.Items], _use.In, key => _clients.Store.TryGet(key, out var client) ? client : null),
            _drift,
            _driftMemories,
            _setup.Time,
            Logger<DriftReconciler<T>>()
        );

    private Controller<T> Controller<T>(string name, IReconciler<T> reconciler, Informer<T> informer, ControllerOptions? pace = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var options = (pace ?? new ControllerOptions()) with
        {
            MaxConcurrentReconciles = _setup.Options.Concurrency,
            GracePeriod = _setup.GracePeriod,
        };
        return new Controller<T>(name, reconciler, informer, options, _setup.Time, Logger<Controller<T>>());
    }

    private Informer<T> Informer<T>(ResourceDefinition<T> kind, string? labels = null, Action<T>? reduce = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var options = new InformerOptions { Namespaces = _setup.Options.Namespaces, LabelSelector = labels };
        return new Informer<T>(_api.For(kind), options, _setup.Time, Logger<Informer<T>>()) { Transform = reduce };
    }

    // Twice the reconcile timeout: by then at least one running reconcile has been cancelled, unless all hang.
    private ProgressWatch Watch<T>(Controller<T> controller)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(
            controller.Name,
            () => controller.QueueLength,
            () => controller.Finished,
            2 * new ControllerOptions().ReconcileTimeout,
            _setup.Time
        );

    private IAccountResource? Find(AccountKey key) =>
        key.Kind == AccountKind.CartoAccount
            ? _accounts.Store.TryGet(key.ObjectKey, out var account)
                ? account
                : null
            : _clusterAccounts.Store.TryGet(key.ObjectKey, out var clusterAccount)
                ? clusterAccount
                : null;

    private int CountClients(AccountKey account) => _use.In(account).Count(client => client.Record()?.Current is not null);

    // Status changes are ignored: the directory publishes results.
    private IEnumerable<ObjectKey> ClientsOfChangedAccount<T>(Change<T> change)
        where T : class, IAccountResource =>
        change is { Old.Metadata: { } old, New.Metadata: { } now } && old.Uid == now.Uid && old.Generation == now.Generation
            ? []
            : _use.Around(AccountKey.Of(change.Key)).Select(ObjectKey.Of);

    /// <summary>
    /// The accounts that a change of a resource brings into or out of use. One that does not work is retried on its own schedule.
    /// </summary>
    private IEnumerable<ObjectKey> AccountsToGuard(Change<M2MOAuthClient> change, AccountKind kind) =>
        ((M2MOAuthClient?[])[change.Old, change.New])
            .OfType<M2MOAuthClient>()
            .SelectMany(resource => AccountKey.AllOf(resource))
            .Where(key => key.Kind == kind)
            .Distinct()
            .Where(MustGuard)
            .Select(key => key.ObjectKey);

    private bool MustGuard(AccountKey key)
    {
        if (Find(key) is not { } account)
        {
            return false;
        }

        var isKept = AccountGuard.IsOn(account);
        return isKept != _use.IsUsed(key, account)
            && (isKept || (account.Metadata.DeletionTimestamp is null && _directory.Find(key) is not null));
    }

    private IEnumerable<ObjectKey> ClientsOfRelabelledNamespace(Change<MetadataOf<V1Namespace>> change) =>
        (change.Old?.Metadata.Labels).IsSameAs(change.New?.Metadata.Labels)
            ? []
            : _clients.Store.ByIndex(ByNamespace, change.Key.Name).Select(ObjectKey.Of);

    private void ReduceClient(M2MOAuthClient client)
    {
        SharedText.Take(client, _secrets.Store);
        CachedClient.Reduce(client);
    }

    private void ReduceSecret(MetadataOf<V1Secret> secret)
    {
        CredentialsSecrets.Reduce(secret);
        SharedText.Take(secret, _clients.Store);
    }

    private ILogger<T> Logger<T>() => _setup.LoggerFactory.CreateLogger<T>();
}
