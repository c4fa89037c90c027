using System.Text;
using Carto.Emulator;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;
using Operator.Drift;
using Operator.Protection;
using Operator.Runtime;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.Tests.Accounts;

/// <summary>
/// The accounts' half of an operator on a real API server, with an emulator for CARTO: a namespace, a user, a Secret with the user's
/// credentials, and room for one account of each kind. After each test, no secret may be found in what people can read.
/// </summary>
public abstract class AccountTests(KubernetesServer server) : IAsyncLifetime
{
    private protected const string SecretName = "carto";
    private protected const string BundleName = "carto-ca";

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly List<CartoEmulator> _emulators = [];
    private TestNamespace? _namespace;
    private LeakHunt? _leaks;
    private ILoggerFactory _loggers = null!;
    private AccountConnections _connections = null!;
    private AccountReconciler<CartoAccount> _reconciler = null!;
    private Controller<CartoAccount> _accounts = null!;
    private Controller<ClusterCartoAccount> _clusterAccounts = null!;
    private KubernetesApi _operatorApi = null!;
    private AccountUse _use = null!;
    private SourceMarks<V1Secret> _secretMarks = null!;
    private SourceMarks<V1ConfigMap> _configMapMarks = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected KubernetesServer Server => server;

    protected TestLog Log { get; } = new();

    protected string Namespace => _namespace!.Name;

    protected Kubectl Kubectl => _namespace!.Kubectl;

    /// <summary>The test's own way to the API server.</summary>
    protected KubernetesApi Api { get; private set; } = null!;

    /// <summary>How often the operator wrote to the API server.</summary>
    protected RequestCounter Writes { get; } = new(request => request.Method != HttpMethod.Get);

    /// <summary>How often the operator called CARTO.</summary>
    protected RequestCounter CartoCalls { get; } = new(_ => true);

    /// <summary>How often it asked CARTO for a token.</summary>
    protected RequestCounter TokenCalls { get; } = new(request => request.RequestUri!.AbsolutePath == "/oauth/token");

    /// <summary>How many looks at the account have ended.</summary>
    protected long Probes => _accounts.Finished;

    protected CartoEmulator Emulator { get; private set; } = null!;

    protected EmulatorUser Ana { get; private set; } = null!;

    private protected AccountDirectory Directory { get; private set; } = null!;

    private protected SourceWatches Watches { get; private set; } = null!;

    private protected AccountConnector Connector { get; private set; } = null!;

    /// <summary>What the operator counts as clients of an account.</summary>
    protected int ManagedClients { get; set; } = 3;

    /// <summary>Clock of the decision when to connect.</summary>
    protected TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>As whom the operator reads Secrets; null: as the administrator.</summary>
    protected KubernetesApi? ReaderApi { get; set; }

    protected IReadOnlyList<string> AllowedHosts { get; set; } = ["127.0.0.1"];

    private protected AccountKey Key => new(AccountKind.CartoAccount, Namespace, "default");

    private protected AccountKey ClusterKey => new(AccountKind.ClusterCartoAccount, null, Namespace);

    public async ValueTask InitializeAsync()
    {
        _loggers = Log.CreateFactory();
        _leaks = new LeakHunt(() => _emulators.SelectMany(emulator => emulator.SecretsEverIssued)).Watch(Log.Lines);
        await server.ApplyCrdsAsync("config/crd", Cancel);
        _namespace = await TestNamespace.CreateAsync(server, Cancel);
        Api = new KubernetesApi(server.CreateConfiguration());
        await StartEmulatorAsync(new CartoEmulatorOptions());
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        await AssertNothingLeakedAsync();
        if (Watches is not null)
        {
            await Api.For(Kinds.ClusterAccounts).DeleteAsync(ClusterKey.ObjectKey, uid: null, CancellationToken.None);
            await Watches.DisposeAsync();
            await _connections.DisposeAsync();
            _accounts.Dispose();
            _clusterAccounts.Dispose();
            _operatorApi.Dispose();
        }

        await Emulator.DisposeAsync();
        Api.Dispose();
        await _namespace!.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Puts an emulator in the place of the one there is, and its certificate into the Secret.</summary>
    protected async Task StartEmulatorAsync(
        CartoEmulatorOptions options,
        UserRole role = UserRole.Editor,
        AccountPlan plan = AccountPlan.EnterpriseLarge
    )
    {
        await (Emulator?.DisposeAsync() ?? ValueTask.CompletedTask);
        Emulator = await CartoEmulator.StartAsync(options, Cancel);
        _emulators.Add(Emulator);
        Ana = Emulator.AddUser("ana", role: role, plan: plan);
        await WriteSecretAsync(BundleName, ("ca.crt", Emulator.CaPem));
    }

    /// <summary>Starts informers, reconcilers, controllers and the recorder, put together as in the executable.</summary>
    protected void StartOperator()
    {
        _operatorApi = new KubernetesApi(server.CreateConfiguration(), Writes.CreateHandler());
        var accounts = Informer(Kinds.Accounts, new InformerOptions { Namespaces = [Namespace] });
        var clusterAccounts = Informer(Kinds.ClusterAccounts, new InformerOptions { FieldSelector = $"metadata.name={Namespace}" });
        Directory = new AccountDirectory(
            key => key.Kind == AccountKind.CartoAccount ? Find(accounts, key) : Find(clusterAccounts, key),
            (_, _) => true,
            () => accounts.Store.Items.Concat<IAccountResource>(clusterAccounts.Store.Items)
        );
        Watches = new SourceWatches(
            _operatorApi.For(BuiltIn.SecretMetadata),
            _operatorApi.For(BuiltIn.ConfigMapMetadata),
            key => Directory.Recheck(key),
            TimeProvider.System,
            _loggers.CreateLogger<SourceWatches>()
        );
        _connections = new AccountConnections(
            new CartoApiFactory(TimeProvider.System, _loggers, network => TokenCalls.Wrap(CartoCalls.Wrap(network))),
            Clock
        );
        var readerApi = ReaderApi ?? _operatorApi;
        var settings = new AccountSettings(new SourceReader(readerApi.For(BuiltIn.Secrets), readerApi.For(BuiltIn.ConfigMaps)));
        Connector = new AccountConnector(new HostPolicy(AllowedHosts), settings, _connections, Directory, "0a1b2c", Clock);
        var recorder = new EventRecorder(
            _operatorApi,
            new EventRecorderOptions { ReportingController = "example.com/test", ReportingInstance = "test-0" },
            TimeProvider.System,
            _loggers.CreateLogger<EventRecorder>()
        );
        var clients = Informer(Kinds.Clients, new InformerOptions { Namespaces = [Namespace] });
        var keptSecrets = Informer(
            BuiltIn.SecretMetadata,
            new InformerOptions { Namespaces = [Namespace], LabelSelector = SourceMarks<V1Secret>.Selector }
        );
        var keptConfigMaps = Informer(
            BuiltIn.ConfigMapMetadata,
            new InformerOptions { Namespaces = [Namespace], LabelSelector = SourceMarks<V1ConfigMap>.Selector }
        );
        _use = new AccountUse(clients, _operatorApi.For(Kinds.Clients));
        _secretMarks = new SourceMarks<V1Secret>(SourceKind.Secret, _operatorApi.For(BuiltIn.SecretMetadata), keptSecrets);
        _configMapMarks = new SourceMarks<V1ConfigMap>(SourceKind.ConfigMap, _operatorApi.For(BuiltIn.ConfigMapMetadata), keptConfigMaps);
        _reconciler = Reconciler(accounts, Connector, recorder);
        _accounts = Controller("accounts", _reconciler, accounts);
        _clusterAccounts = Controller("clusteraccounts", Reconciler(clusterAccounts, Connector, recorder), clusterAccounts);
        Directory.Recheck = key =>
        {
            if (key.Kind == AccountKind.CartoAccount)
            {
                _accounts.Enqueue(key.ObjectKey, WorkPriority.Fresh);
            }
            else
            {
                _clusterAccounts.Enqueue(key.ObjectKey, WorkPriority.Fresh);
            }
        };
        Func<CancellationToken, Task>[] parts =
        [
            clients.RunAsync,
            keptSecrets.RunAsync,
            keptConfigMaps.RunAsync,
            accounts.RunAsync,
            clusterAccounts.RunAsync,
            recorder.RunAsync,
            _accounts.RunAsync,
            _clusterAccounts.RunAsync,
        ];
        _running.AddRange(parts.Select(run => run(_stop.Token)));
    }

    /// <summary>One more look at the account, beside the controller's.</summary>
    protected Task<ReconcileResult> ReconcileAgainAsync() => _reconciler.ReconcileAsync(Key.ObjectKey, Cancel);

    /// <summary>An account of the emulator's user that works.</summary>
    private protected CartoAccount Account(Func<AccountSpec, AccountSpec>? change = null) =>
        new()
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = Key.Name },
            Spec = (change ?? (spec => spec))(Spec(@namespace: null)),
        };

    /// <summary>The same as a cluster account.</summary>
    private protected ClusterCartoAccount ClusterAccount(Func<AccountSpec, AccountSpec>? change = null) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = ClusterKey.Name },
            Spec = (change ?? (spec => spec))(Spec(Namespace)),
        };

    private protected Task<CartoAccount> CreateAsync(CartoAccount account) => Api.For(Kinds.Accounts).CreateAsync(account, Cancel);

    private protected Task<ClusterCartoAccount> CreateAsync(ClusterCartoAccount account) =>
        Api.For(Kinds.ClusterAccounts).CreateAsync(account, Cancel);

    private protected async Task<CartoAccount> ChangeAsync(Func<AccountSpec, AccountSpec> change)
    {
        var account = await ReadAsync();
        return await Api.For(Kinds.Accounts).ReplaceAsync(account with { Spec = change(account.Spec) }, Cancel);
    }

    /// <summary>Sets an annotation of the account.</summary>
    protected async Task AnnotateAsync(string name, string value)
    {
        var account = await ReadAsync();
        account.Metadata.Annotations = new Dictionary<string, string> { [name] = value };
        await Api.For(Kinds.Accounts).ReplaceAsync(account, Cancel);
    }

    private protected async Task<CartoAccount> ReadAsync() => (await Api.For(Kinds.Accounts).GetAsync(Key.ObjectKey, Cancel))!;

    /// <summary>Creates a Secret, or replaces its data.</summary>
    protected async Task WriteSecretAsync(string name, params (string Key, string Value)[] data) =>
        await WriteSecretAsync(name, data.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value)));

    protected async Task WriteSecretAsync(string name, IDictionary<string, byte[]> data)
    {
        var secrets = Api.For(BuiltIn.Secrets);
        var key = new ObjectKey(Namespace, name);
        if (await secrets.GetAsync(key, Cancel) is { } secret)
        {
            secret.Data = data;
            await secrets.ReplaceAsync(secret, Cancel);
        }
        else
        {
            await secrets.CreateAsync(
                new V1Secret
                {
                    Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = name },
                    Data = data,
                },
                Cancel
            );
        }
    }

    protected Task DeleteSecretAsync(string name) =>
        Api.For(BuiltIn.Secrets).DeleteAsync(new ObjectKey(Namespace, name), uid: null, Cancel);

    /// <summary>The Secret with the credentials of the user's own M2M client.</summary>
    protected Task WriteCredentialsAsync(string suffix = "", EmulatorUser? user = null) =>
        WriteSecretAsync(
            SecretName,
            ("CARTO_CLIENT_ID", (user ?? Ana).ClientId + suffix),
            ("CARTO_CLIENT_SECRET", (user ?? Ana).ClientSecret + suffix)
        );

    /// <summary>Waits until the account says why it is ready or not, about its present generation. Returns its status.</summary>
    private protected Task<AccountStatus> BecomesAsync(string reason) => BecomesAsync(Kinds.Accounts, Key, reason);

    private protected Task<AccountStatus> ClusterBecomesAsync(string reason) => BecomesAsync(Kinds.ClusterAccounts, ClusterKey, reason);

    private protected static V1Condition Ready(AccountStatus status) => status.Conditions!.Single(condition => condition.Type == "Ready");

    /// <summary>Asserts what kstatus and people read from the conditions.</summary>
    private protected static void AssertSays(AccountStatus status, string type, params string[] words)
    {
        var ready = Ready(status);
        Assert.Equal(type == "Ready" ? ["Ready"] : ["Ready", type], status.Conditions!.Select(condition => condition.Type));
        Assert.Equal(type == "Ready" ? "True" : "False", ready.Status);
        Assert.All(status.Conditions!, condition =>
        {
            Assert.Equal(
                (ready.Reason, ready.Message, status.ObservedGeneration),
                (condition.Reason, condition.Message, condition.ObservedGeneration)
            );
            Assert.Equal(condition.Type == "Ready" && type != "Ready" ? "False" : "True", condition.Status);
        });
        Assert.All(words, word => Assert.Contains(word, ready.Message, StringComparison.Ordinal));
    }

    /// <summary>The account as a resource of the namespace sees it.</summary>
    private protected AccountLease Acquire() =>
        Directory.Acquire(
            Key,
            new M2MOAuthClient
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = "etl" },
                Spec = new M2MOAuthClientSpec
                {
                    AccountRef = new Contracts.AccountReference { Kind = AccountKind.CartoAccount, Name = Key.Name },
                },
            }
        );

    /// <summary>The events about the account, oldest first, once there are so many.</summary>
    protected async Task<IReadOnlyList<(string Type, string Reason)>> EventsAsync(int count)
    {
        var events = await Eventually.GetAsync(
            async token => (await server.Client.EventsV1.ListNamespacedEventAsync(Namespace, cancellationToken: token)).Items,
            all => all.Count >= count,
            $"{count} events",
            Cancel
        );
        return [.. events.OrderBy(one => one.EventTime).Select(one => (one.Type, one.Reason))];
    }

    private AccountSpec Spec(string? @namespace) =>
        new()
        {
            ApiBaseUrl = Emulator.BaseUrl.ToString().TrimEnd('/'),
            Auth = new AuthSpec
            {
                TokenUrl = Emulator.TokenUrl.ToString(),
                ClientCredentials = new ClientCredentialsSource
                {
                    SecretRef = new ObjectReference { Name = SecretName, Namespace = @namespace },
                },
            },
            CaBundle = new CaBundleSource
            {
                SecretRef = new KeyReference { Name = BundleName, Namespace = @namespace },
            },
            RequestsPerSecond = 100,
        };

    private async Task<AccountStatus> BecomesAsync<T>(ResourceDefinition<T> kind, AccountKey key, string reason)
        where T : class, IAccountResource
    {
        var account = await Eventually.GetAsync(
            token => Api.For(kind).GetAsync(key.ObjectKey, token),
            seen =>
                seen?.Status?.Conditions is [{ Type: "Ready" } ready, ..]
                && ready.Reason == reason
                && seen.Status.ObservedGeneration == seen.Metadata.Generation,
            $"{key} to be {reason}",
            Cancel
        );
        return account!.Status!;
    }

    private AccountReconciler<T> Reconciler<T>(Informer<T> informer, AccountConnector connector, EventRecorder recorder)
        where T : class, IAccountResource =>
        new(
            informer.Store,
            Watches,
            connector,
            Directory,
            new AccountGuard<T>(
                _use,
                new Finalizers<T>(_operatorApi.For(informer.Definition), informer),
                _secretMarks,
                _configMapMarks,
                Directory
            ),
            new AccountReporter<T>(
                informer.Store,
                new StatusWriter<T, AccountStatus>(
                    _operatorApi.For(informer.Definition),
                    informer,
                    account => account.Status,
                    ContractsJsonContext.Default.AccountStatus
                ),
                recorder,
                _ => ManagedClients,
                new DriftMemories(),
                TimeProvider.System
            )
        );

    private Controller<T> Controller<T>(string name, AccountReconciler<T> reconciler, Informer<T> informer)
        where T : class, IAccountResource
    {
        var queue = new WorkQueueOptions { MinBackoff = TimeSpan.FromMilliseconds(50), MaxBackoff = TimeSpan.FromMilliseconds(500) };
        return new Controller<T>(
            name,
            reconciler,
            informer,
            new ControllerOptions { Queue = queue },
            TimeProvider.System,
            _loggers.CreateLogger(name)
        );
    }

    private Informer<T> Informer<T>(ResourceDefinition<T> kind, InformerOptions options)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(_operatorApi.For(kind), options, TimeProvider.System, _loggers.CreateLogger("informer"));

    private static T? Find<T>(Informer<T> informer, AccountKey key)
        where T : class, IAccountResource => informer.Store.TryGet(key.ObjectKey, out var account) ? account : null;

    private async Task AssertNothingLeakedAsync()
    {
        await _leaks!.SearchAsync(server, Namespace, CancellationToken.None);
        _leaks.AssertNothing();
        _leaks.Dispose();
    }
}
