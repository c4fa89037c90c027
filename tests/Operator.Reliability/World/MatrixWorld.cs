using System.Text;
using Carto.Emulator;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.Reliability.World;

/// <summary>
/// A namespace of the real API server, a CARTO of its own, and the operator, which lives there once or several times. What people do in
/// it is in <see cref="KubernetesEdits"/>, <see cref="ClientsByHand"/> and <see cref="AccountLogins"/>.
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

    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(5);

    private readonly KubernetesServer _server;
    private readonly TestNamespace _namespace;

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
        Leaks = new LeakHunt(() => carto.SecretsEverIssued).Watch(Log.Lines);
        Clients = api.For(Kinds.Clients);
        Accounts = api.For(Kinds.Accounts);
        Secrets = api.For(BuiltIn.Secrets);
        ConfigMaps = api.For(BuiltIn.ConfigMaps);
        Events = api.For(BuiltIn.Events);
        User = carto.AddUser("ana");
        Users[Account] = User;
        Lives = new OperatorLives(this);
        Lies = new Lies(this);
        Logins = new AccountLogins(this);
        ByHand = new ClientsByHand(this);
        Workloads = new RestartedWorkloads(this);
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

    /// <summary>The operator that lives here.</summary>
    public OperatorLives Lives { get; }

    /// <summary>What CARTO lies about.</summary>
    public Lies Lies { get; }

    /// <summary>What the accounts log in with.</summary>
    public AccountLogins Logins { get; }

    /// <summary>Clients that people touched in CARTO.</summary>
    public ClientsByHand ByHand { get; }

    /// <summary>Deployments that use the pair of the resource of the same name.</summary>
    public RestartedWorkloads Workloads { get; }

    /// <summary>What becomes of the pairs on the way.</summary>
    public PairWatch Pairs { get; }

    /// <summary>What people do to what is the operator's to write.</summary>
    public Meddling Meddling { get; }

    /// <summary>uids of resources that may leave clients in CARTO when they go, and how many.</summary>
    public Dictionary<string, int> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// uids of resources that were gone at once although a finalizer may have been on its way to them, and the number of the life in which
    /// that was. Kubernetes can lose a finalizer that comes together with a deletion; only the operator of that life knows that there was
    /// one.
    /// </summary>
    public Dictionary<string, int> GoneAtOnce { get; } = new(StringComparer.Ordinal);

    /// <summary>The namespace was deleted: in the end all of it is to be gone.</summary>
    public bool NamespaceGoes { get; private set; }

    /// <summary>What a person does as soon as an effect has taken place, before the operator hears of it; null: nothing.</summary>
    public Func<string, Task>? Following { get; set; }

    /// <summary>Secrets that are none of the operator's business, by name, and their versions.</summary>
    public Dictionary<string, string> ForeignSecrets { get; } = new(StringComparer.Ordinal);

    /// <summary>Clients that are none of the operator's business, as they were made.</summary>
    public List<EmulatorClient> Bystanders { get; } = [];

    /// <summary>One of them, which bears no mark.</summary>
    public EmulatorClient MadeByOthers => Bystanders[0];

    /// <summary>One of them, which bears the mark of another cluster.</summary>
    public EmulatorClient OfAnotherCluster => Bystanders[1];

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

    public async ValueTask DisposeAsync()
    {
        await Lives.DisposeAsync();
        using var limit = new CancellationTokenSource(CleanUpLimit, TimeProvider.System);
        await LetGoAsync(limit.Token);
        await _namespace.DisposeAsync();
        await Carto.DisposeAsync();
        Leaks.Dispose();
    }

    /// <summary>Nobody will ever revoke what this world leaves: without their finalizers its resources go with the namespace.</summary>
    private async Task LetGoAsync(CancellationToken cancellationToken)
    {
        try
        {
            const string WithoutFinalizers = """{"metadata":{"finalizers":null}}""";
            var patch = Encoding.UTF8.GetBytes(WithoutFinalizers);
            foreach (var resource in await this.ListAsync(cancellationToken))
            {
                await this.EditAsync(resource.Metadata.Name, WithoutFinalizers, cancellationToken);
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
        Bystanders.Add(Carto.CreateClient(User, "somebody else's"));
        Bystanders.Add(Carto.CreateClient(User, "another cluster's [k8s:ffffff:0123456789ab-1]"));
        Bystanders.Add(Carto.CreateClient(User, $"of no resource that is here [k8s:{Cluster}:0123456789ab-1]"));
        Bystanders.Add(Carto.CreateClient(Carto.AddUser("berta"), "another user's"));
        Logins.Note(User);

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

    /// <summary>An effect has taken place: it is checked, and then people may act.</summary>
    private async Task FollowAsync(string effect)
    {
        await Pairs.AfterEffectAsync(effect);
        if (Workloads.Names.Count > 0 && effect.Contains(" secrets", StringComparison.Ordinal))
        {
            foreach (var resource in await this.ListAsync(CancellationToken.None))
            {
                await Workloads.NoteAsync(resource);
            }
        }

        await (Following?.Invoke(effect) ?? Task.CompletedTask);
    }
}
