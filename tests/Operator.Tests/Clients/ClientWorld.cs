using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carto.Emulator;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Carto;
using Operator.Clients;
using Operator.Contracts;
using Operator.Drift;
using Operator.Runtime;
using Operator.Secrets;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.Tests.Clients;

/// <summary>
/// The reconciler of clients at work in one namespace of the real API server, against an emulator of its own. The account is put into the
/// directory by the test: how accounts come there is another reconciler's business.
/// </summary>
internal sealed class ClientWorld : IAsyncDisposable
{
    private const string Cluster = "0a1b2c";

    /// <summary>kubectl's parser does not take characters beyond the sixteen-bit plane as escapes.</summary>
    private static readonly JsonSerializerOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TestLog _log = new();
    private readonly LeakHunt _leaks;
    private readonly KubernetesServer _server;
    private readonly ILoggerFactory _loggers;
    private readonly KubernetesApi _api;
    private readonly ResourceClient<M2MOAuthClient> _clients;
    private readonly ResourceClient<V1Secret> _secrets;
    private Running? _running;

    private ClientWorld(KubernetesServer server, TestNamespace @namespace, CartoEmulator carto)
    {
        _server = server;
        Namespace = @namespace;
        Carto = carto;
        _leaks = new LeakHunt(() => carto.SecretsEverIssued).Watch(_log.Lines);
        User = carto.AddUser("ana");
        _loggers = _log.CreateFactory();
        _api = new KubernetesApi(server.CreateConfiguration(), Calls);
        _clients = _api.For(Kinds.Clients);
        _secrets = _api.For(BuiltIn.Secrets);
    }

    public TestNamespace Namespace { get; }

    public CartoEmulator Carto { get; }

    public EmulatorUser User { get; }

    /// <summary>What the reconciler calls. The test's own looks are among them: forget them first.</summary>
    public KubernetesCalls Calls { get; } = new();

    /// <summary>All that was logged.</summary>
    public string Log => _log.Lines.Tail(int.MaxValue);

    /// <summary>The accounts' objects by name, with the users that they act for. The first is called default.</summary>
    public Dictionary<string, (ClusterCartoAccount Object, EmulatorUser User)> Accounts { get; } = [];

    /// <summary>Pattern of the names of clients that accounts which are added let resources adopt.</summary>
    public string Adoptable { get; set; } = "*";

    /// <summary>The operator's switch for verification.</summary>
    public bool Verify { get; set; } = true;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The time that the plan goes by. Timers and limits of calls run on the real clock.</summary>
    public ShiftedTime Time { get; } = new();

    /// <summary>Everything is there, and nothing runs yet.</summary>
    public static async Task<ClientWorld> CreateAsync(KubernetesServer server, EmulatorVariants? variants = null)
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        var carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Variants = variants ?? new EmulatorVariants() }, Cancel);
        var world = new ClientWorld(server, await TestNamespace.CreateAsync(server, Cancel), carto);
        world.AddAccount("default", world.User);
        return world;
    }

    /// <summary>Adds an account. A reconciler that runs already does not know of it.</summary>
    public void AddAccount(string name, EmulatorUser user, string? uid = null) =>
        Accounts[name] = (
            new ClusterCartoAccount
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name,
                    Uid = uid ?? (name == "default" ? "account-uid" : $"{name}-uid"),
                    Generation = 1,
                },
                Spec = new AccountSpec
                {
                    ApiBaseUrl = Carto.BaseUrl.ToString(),
                    Adoption = new AdoptionSpec { Names = [Adoptable] },
                    Auth = new AuthSpec { TokenUrl = Carto.TokenUrl.ToString(), Audience = Carto.Audience },
                },
            },
            user
        );

    /// <summary>Accounts that are found out of reach when the reconciler is started, or by <see cref="PublishAsync"/>.</summary>
    public HashSet<string> OutOfReach { get; } = [];

    /// <summary>Has the accounts probed again.</summary>
    public Task PublishAsync() => _running!.PublishAsync();

    /// <summary>Starts the reconciler, with nothing remembered.</summary>
    public async Task StartAsync()
    {
        _running = new Running(this);
        await _running.PublishAsync();
        _running.Start();
    }

    /// <summary>Ends the reconciler as a crash would: what is under way is cut off, and all that it remembers is gone.</summary>
    public async Task KillAsync()
    {
        if (_running is { } running)
        {
            _running = null;
            await running.DisposeAsync();
        }
    }

    public async Task ApplyAsync(string spec = "{}", string name = "etl") =>
        await Namespace.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: {{name}}}
            spec: {{spec}}
            """,
            Cancel
        );

    /// <summary>Creates a resource as it is written. Returns what the server has against it; null when it accepts it.</summary>
    public async Task<string?> TryCreateAsync(string name, JsonObject spec)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = WireNames.ApiVersion,
            ["kind"] = M2MOAuthClient.KubeKind,
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = spec,
        };
        var result = await Namespace.Kubectl.RunAsync(["create", "--validate=false", "-f", "-"], body.ToJsonString(AsItIs), Cancel);
        return result.ExitCode == 0 ? null : result.Error;
    }

    public async Task<string> KubectlAsync(params string[] arguments) =>
        (await Namespace.Kubectl.RunAsync(arguments, Cancel)).EnsureSuccess().Output;

    public Task<M2MOAuthClient?> GetAsync(string name = "etl") => _clients.GetAsync(new ObjectKey(Namespace.Name, name), Cancel);

    public Task<V1Secret?> SecretAsync(string name = "etl") => _secrets.GetAsync(new ObjectKey(Namespace.Name, name), Cancel);

    /// <summary>The clients in CARTO, without the account's own.</summary>
    public IReadOnlyList<EmulatorClient> Live => Carto.Clients(User);

    /// <summary>Waits until a condition of the resource's present generation has a status and, where given, a reason.</summary>
    public async Task<M2MOAuthClient> WaitAsync(string type, string status, string? reason = null, string name = "etl") =>
        (
            await Eventually.GetAsync(
                _ => GetAsync(name),
                resource =>
                    resource?.Status?.ObservedGeneration == resource?.Metadata.Generation
                    && ConditionSet.Find(resource?.Status?.Conditions, type) is { } condition
                    && condition.Status == status
                    && (reason is null || condition.Reason == reason),
                $"{type}={status} {reason}",
                Cancel
            )
        )!;

    /// <summary>Waits until the resource is as its spec says.</summary>
    public async Task<M2MOAuthClient> WaitSyncedAsync(string name = "etl")
    {
        await WaitAsync(ConditionTypes.Synced, "True", name: name);
        return await WaitAsync(ConditionTypes.Ready, "True", name: name);
    }

    public Task WaitGoneAsync(string name = "etl") =>
        Eventually.GetAsync(_ => GetAsync(name), resource => resource is null, $"{name} is gone", Cancel);

    /// <summary>Waits until the reconciler has nothing to do and nothing planned for soon.</summary>
    public Task WaitIdleAsync() => Eventually.TrueAsync(() => _running!.IsIdle, "idle", Cancel);

    /// <summary>
    /// Has the operator believe that Kubernetes removed a resource in spite of its finalizer, as the race that it loses would.
    /// </summary>
    public void Lose(M2MOAuthClient resource) =>
        _running!.Lost.Note(new Change<M2MOAuthClient>(ChangeKind.Deleted, ObjectKey.Of(resource), resource, New: null));

    /// <summary>Somebody else edits the status; a merge patch in JSON.</summary>
    public Task PatchStatusAsync(string status, string name = "etl") =>
        KubectlAsync("patch", "m2m", name, "--subresource=status", "--type=merge", "-p", $$"""{"status":{{status}} }""");

    /// <summary>Somebody else, or a restore without it, takes the status away.</summary>
    public Task RemoveStatusAsync(string name = "etl") =>
        KubectlAsync("patch", "m2m", name, "--subresource=status", "--type=json", "-p", """[{"op":"remove","path":"/status"}]""");

    /// <summary>Has the resource reconciled now, whatever it waits for.</summary>
    public void Nudge(string name = "etl") => _running!.Nudge(new ObjectKey(Namespace.Name, name));

    /// <summary>
    /// Waits until the Secret holds credentials that work, of the client on record. Where another was replaced for that, it lets the
    /// overlap pass,
    /// for which that one goes on working.
    /// </summary>
    public async Task WaitHealedAsync(string name = "etl")
    {
        await Eventually.AssertAsync(
            async _ =>
            {
                var status = (await GetAsync(name))!.Status!;
                var secret = await SecretAsync(name);
                Assert.Null(status.Pending);
                Assert.Equal(status.Current?.ClientId, Value(secret, WireNames.SecretKeys.ClientId));
                Assert.Equal(
                    Live.Single(client => client.Id == status.Current!.ClientId).Secret,
                    Value(secret, WireNames.SecretKeys.ClientSecret)
                );
            },
            Cancel
        );
        if ((await GetAsync(name))!.Status!.Retiring is { } retiring)
        {
            Assert.Contains(Assert.Single(retiring).ClientId, Live.Select(client => client.Id));
            Time.Advance(TimeSpan.FromHours(25));
            Nudge(name);
        }
    }

    /// <summary>Checks the promise of the Secret, once nothing is left to confirm: its pair is that of the one client.</summary>
    public async Task<EmulatorClient> AssertOneWorkingClientAsync(string name = "etl")
    {
        var resource = await Eventually.GetAsync(
            _ => GetAsync(name),
            found => found?.Status is { Pending: null, Retiring: null },
            "no client is pending or retiring",
            TestContext.Current.CancellationToken
        );
        var client = Assert.Single(Live);
        var secret = await SecretAsync(name);
        Assert.Equal(client.Id, Value(secret, WireNames.SecretKeys.ClientId));
        Assert.Equal(client.Secret, Value(secret, WireNames.SecretKeys.ClientSecret));
        Assert.Equal(client.Id, resource!.Status!.Current!.ClientId);
        Assert.Equal(client.Id, resource.Status.ClientId);
        Assert.Equal(client.Name, resource.Status.DisplayName);
        return client;
    }

    public static string Value(V1Secret? secret, string key) => Encoding.UTF8.GetString(secret!.Data[key]);

    /// <summary>Ends it; fails when a secret can be read where it must not be.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _leaks.SearchAsync(_server, Namespace.Name, CancellationToken.None);
        await Namespace.DisposeAsync();
        await Carto.DisposeAsync();
        _api.Dispose();
        _leaks.Dispose();
        _leaks.AssertNothing();
    }

    /// <summary>The real clock, moved on by as much as a test says.</summary>
    public sealed class ShiftedTime : TimeProvider
    {
        private TimeSpan _shift;

        public void Advance(TimeSpan by) => _shift += by;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _shift;
    }

    /// <summary>One life of the reconciler.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly ClientWorld _world;
        private readonly CancellationTokenSource _stop = new();
        private readonly Informer<M2MOAuthClient> _resources;
        private readonly Informer<MetadataOf<V1Secret>> _metadata;
        private readonly AccountDirectory _accounts;
        private readonly EventRecorder _events;
        private readonly Controller<M2MOAuthClient> _controller;
        private Task _all = Task.CompletedTask;

        public Running(ClientWorld world)
        {
            _world = world;
            var time = world.Time;
            _resources = new Informer<M2MOAuthClient>(
                world._clients,
                new InformerOptions { Namespaces = [world.Namespace.Name] },
                time,
                Logger<Informer<M2MOAuthClient>>()
            )
            {
                Transform = CachedClient.Reduce,
            };
            _metadata = new Informer<MetadataOf<V1Secret>>(
                world._api.For(BuiltIn.SecretMetadata),
                new InformerOptions
                {
                    Namespaces = [world.Namespace.Name],
                    LabelSelector = $"{WireNames.Labels.ManagedBy}={WireNames.Manager}",
                },
                time,
                Logger<Informer<MetadataOf<V1Secret>>>()
            )
            {
                Transform = CredentialsSecrets.Reduce,
            };
            _accounts = new AccountDirectory(
                key => world.Accounts.TryGetValue(key.Name, out var account) ? account.Object : null,
                (_, _) => true,
                () => world.Accounts.Values.Select(account => account.Object)
            );
            _events = new EventRecorder(
                world._api,
                new EventRecorderOptions { ReportingController = "credentials.carto.com/carto-operator", ReportingInstance = "test" },
                time,
                Logger<EventRecorder>()
            );
            var changes = new StatusChanges(_resources, () => true);
            Lost = new LostResources(_resources, time);
            var reconciler = new ClientControllerParts
            {
                Api = world._api,
                Resources = _resources,
                SecretMetadata = _metadata,
                Accounts = _accounts,
                Claims = new ClientClaims(_resources.Store, seesAll: true),
                Changes = changes,
                Lost = Lost,
                Drift = new DriftFindings(),
                Events = _events,
                Options = new ClientOptions(Cluster, world.Verify),
                Time = time,
                Logger = Logger<ClientReconciler>(),
            }.CreateReconciler();
            _controller = new Controller<M2MOAuthClient>(
                "clients",
                reconciler,
                _resources,
                new ControllerOptions { GracePeriod = TimeSpan.Zero },
                time,
                Logger<ClientReconciler>()
            )
                .Owns(_metadata)
                .Watch(_metadata, new UnownedSecrets(_resources.Store).Concerned);
            changes.Wake = key => _controller.Enqueue(key, WorkPriority.Fresh);
            _accounts.Wake = key => _controller.Enqueue(key, WorkPriority.Fresh);
        }

        public LostResources Lost { get; }

        public bool IsIdle => _controller is { QueueLength: 0, Running: 0 };

        public void Nudge(ObjectKey key) => _controller.Enqueue(key, WorkPriority.Fresh);

        public async Task PublishAsync()
        {
            foreach (var (name, (account, user)) in _world.Accounts)
            {
                var key = AccountKey.Of(AccountKind.ClusterCartoAccount, _world.Namespace.Name, name);
                if (_world.OutOfReach.Contains(name))
                {
                    await _accounts.PublishAsync(key, account, Reasons.Unreachable, "it does not answer");
                    continue;
                }

                var carto = new CartoApiFactory(TimeProvider.System, _world._loggers).Create(
                    new CartoApiOptions
                    {
                        ApiBaseUrl = new Uri(account.Spec.ApiBaseUrl),
                        TokenUrl = new Uri(account.Spec.Auth.TokenUrl),
                        Audience = account.Spec.Auth.Audience,
                        Credentials = new CartoCredentials.ClientCredentials(user.ClientId, new Sensitive(user.ClientSecret)),
                        CaBundlePem = _world.Carto.CaPem,
                        RequestsPerSecond = 100,
                        CallTimeout = TimeSpan.FromSeconds(3),
                    }
                );
                var info = await carto.ConnectAsync(Cancel);
                var record = new AccountRecord
                {
                    Kind = AccountKind.ClusterCartoAccount,
                    Name = name,
                    Uid = account.Metadata.Uid,
                    UserId = info.UserId,
                    AccountId = info.AccountId,
                };
                var access = new AccountAccess(carto, info, record, user.ClientId, Cluster, _world.Time);
                await _accounts.PublishAsync(key, account, access);
                _accounts.Open(key, account);
            }
        }

        public void Start() =>
            _all = Task.WhenAll(
                _resources.RunAsync(_stop.Token),
                _metadata.RunAsync(_stop.Token),
                _events.RunAsync(_stop.Token),
                _controller.RunAsync(_stop.Token)
            );

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _controller.Dispose();
            _stop.Dispose();
        }

        private ILogger<T> Logger<T>() => _world._loggers.CreateLogger<T>();
    }
}
