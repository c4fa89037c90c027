using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Carto.Emulator;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Operator.Access;
using Operator.Contracts;
using Operator.Hosting;
using Operator.Runtime;
using Operator.Secrets;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.Reliability.World;

/// <summary>
/// A namespace of the real API server, a CARTO of its own, and the operator, which lives there once or several times. What people do in
/// it are the methods with Async at their end.
/// </summary>
internal sealed class MatrixWorld : IAsyncDisposable
{
    /// <summary>Marks our clients.</summary>
    public const string Cluster = "0a1b2c";

    /// <summary>Name of the account that all resources use unless they say otherwise.</summary>
    public const string Account = "carto";

    /// <summary>Name of the Secret with the account's credentials.</summary>
    public const string Login = "carto-login";

    /// <summary>Name of an account of another user.</summary>
    public const string OtherAccount = "carto-of-ben";

    /// <summary>So seldom that it does not come about in a run by itself.</summary>
    public const string NoDriftCheck = "24h";

    /// <summary>Name of the ConfigMap with the certificate of the account's CARTO.</summary>
    public const string Authority = "carto-authority";

    private const string Bystander = "bystander";

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly KubernetesServer _server;
    private readonly TestNamespace _namespace;
    private readonly ILoggerFactory _loggers;
    private readonly HashSet<string> _logins = new(StringComparer.Ordinal);
    private readonly List<EmulatorClient> _bystanders = [];
    private readonly Dictionary<string, string> _madeByHand = new(StringComparer.Ordinal);
    private readonly List<Task> _ended = [];
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _pairs = new(StringComparer.Ordinal);
    private readonly List<string> _workloads = [];
    private readonly HashSet<string> _loginSecrets = new(StringComparer.Ordinal) { Login };
    private EmulatorVariants? _honest;
    private string _login;
    private OperatorHost? _host;
    private StaleLists? _beforeAction;

    private MatrixWorld(
        KubernetesServer server,
        KubernetesApi api,
        TestNamespace @namespace,
        CartoEmulator carto,
        VirtualClock clock,
        Effects effects
    )
    {
        _server = server;
        _namespace = @namespace;
        Clock = clock;
        Carto = carto;
        Effects = effects;
        _loggers = Log.CreateFactory();
        Leaks = new LeakHunt(() => carto.SecretsEverIssued).Watch(Log.Lines);
        Clients = api.For(Kinds.Clients);
        Accounts = api.For(Kinds.Accounts);
        Secrets = api.For(BuiltIn.Secrets);
        ConfigMaps = api.For(BuiltIn.ConfigMaps);
        Events = api.For(BuiltIn.Events);
        User = carto.AddUser("ana");
        _login = User.ClientId;
        Users[Account] = User;
        Pairs = new PairWatch(this);
        Meddling = new Meddling(this);
        effects.After = FollowAsync;
    }

    public string Namespace => _namespace.Name;

    public KubernetesServer Server => _server;

    public CartoEmulator Carto { get; }

    /// <summary>Where it is, as the accounts say it.</summary>
    public string ApiBaseUrl => Carto.BaseUrl.ToString().TrimEnd('/');

    /// <summary>The user that the account acts as.</summary>
    public EmulatorUser User { get; }

    /// <summary>Whom each account acts for, by its name.</summary>
    public Dictionary<string, EmulatorUser> Users { get; } = new(StringComparer.Ordinal);

    public VirtualClock Clock { get; }

    public Effects Effects { get; }

    /// <summary>All that was logged, by all lives.</summary>
    public TestLog Log { get; } = new();

    /// <summary>What people can read, searched for secrets.</summary>
    public LeakHunt Leaks { get; }

    public ResourceClient<M2MOAuthClient> Clients { get; }

    public ResourceClient<CartoAccount> Accounts { get; }

    public ResourceClient<V1Secret> Secrets { get; }

    public ResourceClient<V1ConfigMap> ConfigMaps { get; }

    public ResourceClient<Eventsv1Event> Events { get; }

    /// <summary>Where the present life meets the outside; null before the first one.</summary>
    public Gate? Gate { get; private set; }

    /// <summary>What becomes of the pairs on the way.</summary>
    public PairWatch Pairs { get; }

    /// <summary>What people do to what is the operator's to write.</summary>
    public Meddling Meddling { get; }

    /// <summary>uids of resources that may leave clients in CARTO when they go, and how many.</summary>
    public Dictionary<string, int> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>How many operators were started.</summary>
    public int Lives { get; private set; }

    /// <summary>
    /// uids of resources that were gone at once although a finalizer may have been on its way to them, and the number of the life in which
    /// that was. Kubernetes can lose a finalizer that comes together with a deletion; only the operator of that life knows that there was
    /// one.
    /// </summary>
    public Dictionary<string, int> GoneAtOnce { get; } = new(StringComparer.Ordinal);

    /// <summary>Clients that a person took the mark off, and what they were called before.</summary>
    public Dictionary<string, string> Unmarked { get; } = new(StringComparer.Ordinal);

    /// <summary>The namespace was deleted: in the end all of it is to be gone.</summary>
    public bool NamespaceGoes { get; private set; }

    /// <summary>What a person does as soon as an effect has taken place, before the operator hears of it; null: nothing.</summary>
    public Func<string, Task>? Following { get; set; }

    /// <summary>Names of the Deployments that are restarted for the pair of the resource of the same name.</summary>
    public IReadOnlyList<string> Workloads => _workloads;

    /// <summary>Secrets that are none of the operator's business, by name, and their versions.</summary>
    public Dictionary<string, string> ForeignSecrets { get; } = new(StringComparer.Ordinal);

    /// <summary>Clients that are none of the operator's business, as they were made.</summary>
    public IReadOnlyList<EmulatorClient> Bystanders => _bystanders;

    /// <summary>One of them, which bears no mark.</summary>
    public EmulatorClient MadeByOthers => _bystanders[0];

    /// <summary>One of them, which bears the mark of another cluster.</summary>
    public EmulatorClient OfAnotherCluster => _bystanders[1];

    /// <summary>The client that the account logs in with.</summary>
    public EmulatorClient LoginClient => _bystanders.First(client => client.Id == _login);

    /// <summary>Names of the Secrets in which people put what the accounts log in with.</summary>
    public IReadOnlySet<string> LoginSecrets => _loginSecrets;

    /// <summary>How often accounts are compared with CARTO's list.</summary>
    private string DriftCheckInterval { get; init; } = NoDriftCheck;

    /// <summary>Everything is there but resources, and no operator lives yet.</summary>
    public static async Task<MatrixWorld> CreateAsync(
        KubernetesServer server,
        KubernetesApi api,
        EmulatorVariants variants,
        string driftCheckInterval,
        Effects effects,
        CancellationToken cancellationToken
    )
    {
        var clock = new VirtualClock();
        var @namespace = await TestNamespace.CreateAsync(server, cancellationToken);
        var carto = await CartoEmulator.StartAsync(
            new CartoEmulatorOptions { Variants = variants, TimeProvider = clock },
            cancellationToken
        );
        var world = new MatrixWorld(server, api, @namespace, carto, clock, effects) { DriftCheckInterval = driftCheckInterval };
        await world.FurnishAsync(cancellationToken);
        return world;
    }

    /// <summary>A life of the operator begins.</summary>
    public async Task StartAsync(StaleLists? stale, CancellationToken cancellationToken)
    {
        var gate = Gate = new Gate(Effects, _logins.Contains, stale, Leaks);
        Lives++;
        _host = new OperatorHost(
            new OperatorSetup
            {
                Options = new OperatorOptions
                {
                    Namespaces = [Namespace],
                    ClusterId = Cluster,
                    AllowedHosts = ["127.0.0.1"],
                    LeaderElect = false,
                    Metrics = null,
                    Health = new ListenAddress(IPAddress.Loopback, 0),
                    Concurrency = 4,
                },
                Kubernetes = _server.CreateConfiguration(),
                LoggerFactory = _loggers,
                KubernetesHandlers = [gate.ForKubernetes()],
                WrapCarto = gate.ForCarto,
                Time = Clock,
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
        Effects.Arm();
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

    /// <summary>Since when CARTO lies; null: it does not.</summary>
    public DateTimeOffset? LieSince { get; private set; }

    /// <summary>CARTO begins to lie.</summary>
    public void Begin(Lie lie)
    {
        _honest ??= Carto.Variants;
        LieSince ??= Clock.GetUtcNow();
        if (lie.Variants is { } change)
        {
            Carto.Variants = change(Carto.Variants);
        }

        foreach (var fault in lie.Faults)
        {
            Carto.Faults.Add(fault);
        }
    }

    /// <summary>It ceases, and is within reach.</summary>
    public void EndLies()
    {
        Carto.Variants = _honest ?? Carto.Variants;
        Carto.Faults.Clear();
        LieSince = null;
    }

    /// <summary>CARTO answers everything with 503, until <see cref="EndLies"/>.</summary>
    public void PutOutOfReach() => Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));

    /// <summary>Creates a resource.</summary>
    public async Task<M2MOAuthClient> CreateAsync(string name, M2MOAuthClientSpec spec, CancellationToken cancellationToken) =>
        await Clients.CreateAsync(
            new M2MOAuthClient
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace },
                Spec = spec with
                {
                    AccountRef = new AccountReference { Kind = AccountKind.CartoAccount, Name = Account },
                },
            },
            cancellationToken
        );

    /// <summary>
    /// Creates a resource that adopts a client, whose secret is, or will be, where <see cref="GiveSecretAsync"/> puts it.
    /// </summary>
    public Task AdoptAsync(string name, EmulatorClient client, DeletionPolicy policy, CancellationToken cancellationToken) =>
        CreateAsync(
            name,
            new M2MOAuthClientSpec
            {
                ClientId = client.Id,
                ClientSecretRef = new ClientSecretReference { Name = GivenFor(client) },
                DeletionPolicy = policy,
            },
            cancellationToken
        );

    /// <summary>Writes down the secret of a client that is to be adopted.</summary>
    public Task GiveSecretAsync(EmulatorClient client, CancellationToken cancellationToken) =>
        Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = GivenFor(client), NamespaceProperty = Namespace },
                StringData = new Dictionary<string, string> { [WireNames.SecretKeys.ClientSecret] = client.Secret },
            },
            cancellationToken
        );

    /// <summary>Renames a client in CARTO, and so takes its mark off.</summary>
    public void RenameByHand(string clientId)
    {
        Unmarked[clientId] = Carto.AllClients().Single(client => client.Id == clientId).Name;
        Carto.RenameClient(clientId, "renamed by hand");
    }

    /// <summary>Gives the clients that live the names back that they had. Returns whether any lacked its own.</summary>
    public bool NameAsBefore()
    {
        var found = false;
        foreach (
            var client in Carto
                .AllClients()
                .Where(client => client.IsLive && Marker.Read(client.Name) is null && Unmarked.ContainsKey(client.Id))
        )
        {
            found = true;
            Carto.RenameClient(client.Id, Unmarked[client.Id]);
        }

        return found;
    }

    /// <summary>Creates a client for a resource to adopt.</summary>
    public EmulatorClient CreateByHand()
    {
        var client = Carto.CreateClient(User, "made by hand");
        _madeByHand[client.Id] = client.Name;
        return client;
    }

    /// <summary>Whether a client was made by hand for a resource to adopt, and none has taken it over.</summary>
    public bool IsUnclaimed(EmulatorClient client) => _madeByHand.TryGetValue(client.Id, out var name) && name == client.Name;

    /// <summary>Adds a Deployment that uses the pair of the resource of the same name.</summary>
    public async Task AddWorkloadAsync(string name, CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, string> { ["app"] = name };
        await _server.Client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec { Containers = [new V1Container { Name = "main", Image = "example.com/etl" }] },
                    },
                },
            },
            Namespace,
            cancellationToken: cancellationToken
        );
        _workloads.Add(name);
        await NotePairAsync((await GetAsync(name, cancellationToken))!);
    }

    /// <summary>The IDs of the clients whose pairs a Secret is known to have held.</summary>
    public IReadOnlyCollection<string> PairsIn(string secret) => _pairs.TryGetValue(secret, out var ids) ? [.. ids.Keys] : [];

    /// <summary>Has the pair of a resource replaced.</summary>
    public Task RequestRotationAsync(string name, CancellationToken cancellationToken) =>
        EditAsync(name, """{"metadata":{"annotations":{"credentials.carto.com/rotate-requested-at":"now"}}}""", cancellationToken);

    /// <summary>Has the account's clients compared with CARTO's list.</summary>
    public Task RequestComparisonAsync(CancellationToken cancellationToken) =>
        EditAccountAsync(
            Account,
            """{"metadata":{"annotations":{"credentials.carto.com/reconcile-requested-at":"now"}}}""",
            cancellationToken
        );

    /// <summary>Adds an account of another user.</summary>
    public async Task AddOtherAccountAsync(CancellationToken cancellationToken)
    {
        const string OtherLogin = "login-of-ben";
        var ben = Carto.AddUser("ben");
        NoteLogin(ben);
        _loginSecrets.Add(OtherLogin);
        Users[OtherAccount] = ben;
        await Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = OtherLogin, NamespaceProperty = Namespace },
                StringData = new Dictionary<string, string>
                {
                    ["CARTO_CLIENT_ID"] = ben.ClientId,
                    ["CARTO_CLIENT_SECRET"] = ben.ClientSecret,
                },
            },
            cancellationToken
        );
        await AddAccountAsync(OtherAccount, OtherLogin, cancellationToken);
    }

    /// <summary>Waits until this life has connected all accounts, as they are now.</summary>
    public Task WaitForAccountsAsync(CancellationToken cancellationToken) =>
        Eventually.GetAsync(
            token => _server.ListAsync<CartoAccount>(Namespace, CartoAccount.Plural, token),
            accounts =>
                accounts.All(account =>
                    account.Metadata.DeletionTimestamp is not null
                    || (
                        account.Status?.ObservedGeneration == account.Metadata.Generation
                        && ConditionSet.Find(account.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" }
                    )
                ),
            "the accounts to be ready",
            cancellationToken
        );

    /// <summary>Waits until the account says why it is ready or not.</summary>
    public Task WaitForAccountAsync(string reason, CancellationToken cancellationToken) =>
        Eventually.GetAsync(
            token => Accounts.GetAsync(Key(Account), token),
            account => ConditionSet.Find(account?.Status?.Conditions, ConditionTypes.Ready)?.Reason == reason,
            $"the account to be {reason}",
            cancellationToken
        );

    /// <summary>Waits until a resource is as wanted.</summary>
    public Task<M2MOAuthClient?> WaitAsync(
        string name,
        Func<M2MOAuthClient?, bool> wanted,
        string what,
        CancellationToken cancellationToken
    ) => Eventually.GetAsync(token => GetAsync(name, token), wanted, what, cancellationToken);

    /// <summary>Edits a resource with a merge patch.</summary>
    public Task EditAsync(string name, string patch, CancellationToken cancellationToken) =>
        _server.Client.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            WireNames.Group,
            WireNames.Version,
            Namespace,
            M2MOAuthClient.Plural,
            name,
            cancellationToken: cancellationToken
        );

    /// <summary>Asks for the deletion of a resource.</summary>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        Clients.DeleteAsync(Key(name), uid: null, cancellationToken);

    /// <summary>Edits an account with a merge patch.</summary>
    public Task EditAccountAsync(string name, string patch, CancellationToken cancellationToken) =>
        Accounts.PatchAsync(Key(name), Encoding.UTF8.GetBytes(patch), subresource: null, cancellationToken);

    /// <summary>Asks for the deletion of an account.</summary>
    public Task DeleteAccountAsync(string name, CancellationToken cancellationToken) =>
        Accounts.DeleteAsync(Key(name), uid: null, cancellationToken);

    /// <summary>Asks for the deletion of the namespace, with all that is in it.</summary>
    public async Task DeleteNamespaceAsync(CancellationToken cancellationToken)
    {
        NamespaceGoes = true;
        await _server.Client.CoreV1.DeleteNamespaceAsync(Namespace, cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Lets Kubernetes do its part in the end of the namespace, which takes as long as it takes. Returns whether it waits for somebody's
    /// finalizers then.
    /// </summary>
    public async Task<bool> NamespaceIsHeldAsync(CancellationToken cancellationToken)
    {
        var (isThere, _) = await Eventually.GetAsync(
            async token =>
                (
                    await HasNamespaceAsync(token),
                    (V1ObjectMeta[])
                        [
                            .. (await Clients.ListAsync(Namespace, null, token)).Select(one => one.Metadata),
                            .. (await Accounts.ListAsync(Namespace, null, token)).Select(one => one.Metadata),
                            .. (await Secrets.ListAsync(Namespace, null, token)).Select(one => one.Metadata),
                            .. (await ConfigMaps.ListAsync(Namespace, null, token)).Select(one => one.Metadata),
                        ]
                ),
            now =>
                !now.Item1 || (now.Item2.Length > 0 && now.Item2.All(one => one is { DeletionTimestamp: not null, Finalizers.Count: > 0 })),
            "Kubernetes to delete what is in the namespace, and then the namespace",
            cancellationToken
        );
        return isThere;
    }

    /// <summary>Whether the namespace is there.</summary>
    private async Task<bool> HasNamespaceAsync(CancellationToken cancellationToken) =>
        (await _server.Client.CoreV1.ListNamespaceAsync(fieldSelector: $"metadata.name={Namespace}", cancellationToken: cancellationToken))
            .Items
            .Count > 0;

    /// <summary>Adds a Secret with other credentials of the account's user.</summary>
    public async Task AddLoginAsync(string name, CancellationToken cancellationToken)
    {
        var next = Carto.CreateClient(User, "the account's next login");
        _bystanders.Add(next);
        _logins.Add(next.Id);
        _loginSecrets.Add(name);
        await Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace },
                StringData = new Dictionary<string, string> { ["CARTO_CLIENT_ID"] = next.Id, ["CARTO_CLIENT_SECRET"] = next.Secret },
            },
            cancellationToken
        );
    }

    /// <summary>Edits a Secret with a merge patch.</summary>
    public Task EditSecretAsync(string name, string patch, CancellationToken cancellationToken) =>
        Secrets.PatchAsync(Key(name), Encoding.UTF8.GetBytes(patch), subresource: null, cancellationToken);

    /// <summary>Deletes a Secret.</summary>
    public Task DeleteSecretAsync(string name, CancellationToken cancellationToken) =>
        Secrets.DeleteAsync(Key(name), uid: null, cancellationToken);

    /// <summary>Gives the account other credentials of the same user, and ends those that it had.</summary>
    public async Task ChangeLoginAsync(CancellationToken cancellationToken)
    {
        var last = _login;
        var next = Carto.CreateClient(User, "the account's next login");
        _bystanders.Add(next);
        _logins.Add(next.Id);
        _login = next.Id;
        await EditSecretAsync(
            Login,
            $$$"""{"stringData":{"CARTO_CLIENT_ID":"{{{next.Id}}}","CARTO_CLIENT_SECRET":"{{{next.Secret}}}"}}""",
            cancellationToken
        );
        _bystanders.RemoveAll(client => client.Id == last);
        Carto.DeleteClient(last);
        Carto.EndAllAccessTokens();
    }

    /// <summary>ID of the client that a resource has on record.</summary>
    public async Task<string> CurrentAsync(string name, CancellationToken cancellationToken) =>
        (await GetAsync(name, cancellationToken))!.Status!.Current!.ClientId;

    /// <summary>A resource, see <see cref="Lists.Read"/>; null when there is none.</summary>
    public async Task<M2MOAuthClient?> GetAsync(string name, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).FirstOrDefault(resource => resource.Metadata.Name == name);

    /// <summary>All resources.</summary>
    public async Task<IReadOnlyList<M2MOAuthClient>> ListAsync(CancellationToken cancellationToken) =>
        await _server.ListAsync<M2MOAuthClient>(Namespace, M2MOAuthClient.Plural, cancellationToken);

    public ObjectKey Key(string name) => new(Namespace, name);

    /// <summary>All Secrets by name.</summary>
    public async Task<IReadOnlyDictionary<string, V1Secret>> ListSecretsAsync(CancellationToken cancellationToken) =>
        (await _server.Client.CoreV1.ListNamespacedSecretAsync(Namespace, cancellationToken: cancellationToken)).Items.ToDictionary(
            secret => secret.Metadata.Name,
            StringComparer.Ordinal
        );

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
        await KillAsync(limit.Token);
        await Task.WhenAll(_ended)
            .WaitAsync(StopLimit, TimeProvider.System, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LetGoAsync(limit.Token);
        await _namespace.DisposeAsync();
        await Carto.DisposeAsync();
        Leaks.Dispose();
        _loggers.Dispose();
    }

    /// <summary>Nobody will ever revoke what this world leaves: without their finalizers its resources go with the namespace.</summary>
    private async Task LetGoAsync(CancellationToken cancellationToken)
    {
        try
        {
            const string WithoutFinalizers = """{"metadata":{"finalizers":null}}""";
            var patch = Encoding.UTF8.GetBytes(WithoutFinalizers);
            foreach (var resource in await ListAsync(cancellationToken))
            {
                await EditAsync(resource.Metadata.Name, WithoutFinalizers, cancellationToken);
            }

            foreach (var account in await _server.ListAsync<CartoAccount>(Namespace, CartoAccount.Plural, cancellationToken))
            {
                await Accounts.PatchAsync(ObjectKey.Of(account), patch, subresource: null, cancellationToken);
            }

            foreach (var secret in await Secrets.ListAsync(Namespace, WireNames.Labels.InUse, cancellationToken))
            {
                await Secrets.PatchAsync(ObjectKey.Of(secret), patch, subresource: null, cancellationToken);
            }

            foreach (var map in await ConfigMaps.ListAsync(Namespace, WireNames.Labels.InUse, cancellationToken))
            {
                await ConfigMaps.PatchAsync(ObjectKey.Of(map), patch, subresource: null, cancellationToken);
            }
        }
        catch (Exception exception)
            when (exception is KubernetesApiException or HttpOperationException or HttpRequestException or OperationCanceledException)
        {
            // Best effort: what stays harms no other world.
        }
    }

    private async Task FurnishAsync(CancellationToken cancellationToken)
    {
        _bystanders.Add(Carto.CreateClient(User, "somebody else's"));
        _bystanders.Add(Carto.CreateClient(User, "another cluster's [k8s:ffffff:0123456789ab-1]"));
        _bystanders.Add(Carto.CreateClient(User, $"of no resource that is here [k8s:{Cluster}:0123456789ab-1]"));
        _bystanders.Add(Carto.CreateClient(Carto.AddUser("berta"), "another user's"));
        NoteLogin(User);

        var bystander = await Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta
                {
                    Name = Bystander,
                    NamespaceProperty = Namespace,
                    Labels = new Dictionary<string, string> { [WireNames.Labels.ManagedBy] = WireNames.Manager },
                },
                StringData = new Dictionary<string, string> { ["KEY"] = "value" },
            },
            cancellationToken
        );
        ForeignSecrets[Bystander] = bystander.Metadata.ResourceVersion;
        await Secrets.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = Login, NamespaceProperty = Namespace },
                StringData = new Dictionary<string, string>
                {
                    ["CARTO_CLIENT_ID"] = User.ClientId,
                    ["CARTO_CLIENT_SECRET"] = User.ClientSecret,
                },
            },
            cancellationToken
        );
        await ConfigMaps.CreateAsync(
            new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = Authority, NamespaceProperty = Namespace },
                Data = new Dictionary<string, string> { ["ca.crt"] = Carto.CaPem },
            },
            cancellationToken
        );
        await AddAccountAsync(Account, Login, cancellationToken);
    }

    /// <summary>Creates an account with credentials from a Secret.</summary>
    public Task AddAccountAsync(string name, string login, CancellationToken cancellationToken) =>
        Accounts.CreateAsync(
            new CartoAccount
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace },
                Spec = new AccountSpec
                {
                    ApiBaseUrl = ApiBaseUrl,
                    Auth = new AuthSpec
                    {
                        TokenUrl = Carto.TokenUrl.ToString(),
                        ClientCredentials = new ClientCredentialsSource { SecretRef = new ObjectReference { Name = login } },
                    },
                    CaBundle = new CaBundleSource { ConfigMapRef = new KeyReference { Name = Authority } },
                    RequestsPerSecond = 100,
                    DriftCheckInterval = DriftCheckInterval,
                },
            },
            cancellationToken
        );

    /// <summary>An effect has taken place: it is looked at, and then people may act.</summary>
    private async Task FollowAsync(string effect)
    {
        await Pairs.AfterEffectAsync(effect);
        if (_workloads.Count > 0 && effect.Contains(" secrets", StringComparison.Ordinal))
        {
            foreach (var resource in await ListAsync(CancellationToken.None))
            {
                await NotePairAsync(resource);
            }
        }

        await (Following?.Invoke(effect) ?? Task.CompletedTask);
    }

    private async Task NotePairAsync(M2MOAuthClient resource)
    {
        var name = CredentialsSecrets.NameOf(resource);
        if (
            await Secrets.GetAsync(Key(name), CancellationToken.None) is { Metadata.Annotations: { } annotations }
            && annotations.TryGetValue(WireNames.Annotations.ClientId, out var id)
        )
        {
            _pairs.GetOrAdd(name, _ => new ConcurrentDictionary<string, bool>(StringComparer.Ordinal))[id] = true;
        }
    }

    private void NoteLogin(EmulatorUser user)
    {
        _logins.Add(user.ClientId);
        _bystanders.Add(Carto.AllClients().Single(client => client.Id == user.ClientId));
    }

    private static string GivenFor(EmulatorClient client) => $"by-hand-{client.Id.ToLowerInvariant()}";
}
