using System.Net;
using System.Text;
using Carto.Emulator;
using k8s.Models;
using Operator.Contracts;
using Operator.Hosting;
using Operator.Runtime;
using Operator.TestKit;
using Operator.TestKit.Leaks;
using Operator.Tests.Clients;

namespace Operator.Tests.Drift;

/// <summary>
/// The whole operator in one namespace of the real API server: a CARTO of its own, and a team with an account. What the operator's clock
/// says can be moved on.
/// </summary>
internal sealed class DriftWorld : IAsyncDisposable
{
    public const string Login = "carto-login";
    public const string Bundle = "carto-ca";
    public const string Cluster = "0a1b2c";

    private readonly KubernetesServer _server;
    private readonly TestLog _log = new();
    private readonly LeakHunt _leaks;
    private readonly KubernetesApi _api;
    private OperatorHost? _host;

    private DriftWorld(KubernetesServer server, TestNamespace @namespace, CartoEmulator carto)
    {
        _server = server;
        Namespace = @namespace;
        Carto = carto;
        _leaks = new LeakHunt(() => carto.SecretsEverIssued).Watch(_log.Lines);
        User = carto.AddUser("ana");
        _api = new KubernetesApi(server.CreateConfiguration());
    }

    public TestNamespace Namespace { get; }

    public CartoEmulator Carto { get; }

    public EmulatorUser User { get; }

    public ClientWorld.ShiftedTime Time { get; } = new();

    /// <summary>What the operator calls, since it was last started.</summary>
    public KubernetesCalls Calls { get; private set; } = new();

    public IReadOnlyList<EmulatorClient> Live => Carto.Clients(User);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A running operator, and an account that works.</summary>
    public static async Task<DriftWorld> CreateAsync(KubernetesServer server, EmulatorVariants? variants = null)
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        var carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Variants = variants ?? new EmulatorVariants() }, Cancel);
        var world = new DriftWorld(server, await TestNamespace.CreateAsync(server, Cancel), carto);
        await world.ApplyLoginAsync(world.User.ClientId, world.User.ClientSecret);
        await world.ApplyAsync($"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {Bundle}}}\ndata:\n  ca.crt: |\n{Indent(carto.CaPem)}");
        await world.ApplyAccountAsync("our");
        await world.StartAsync();
        return world;
    }

    public async Task StartAsync()
    {
        Calls = new KubernetesCalls();
        _host = new OperatorHost(
            new OperatorSetup
            {
                Options = new OperatorOptions
                {
                    Health = new ListenAddress(IPAddress.Loopback, 0),
                    ClusterId = Cluster,
                    AllowedHosts = ["127.0.0.1"],
                    LeaderElect = false,
                    Metrics = null,
                },
                Kubernetes = _server.CreateConfiguration(),
                LoggerFactory = _log.CreateFactory(),
                KubernetesHandlers = [new OnlyNamespace(Namespace.Name), Calls],
                Time = Time,
                GracePeriod = TimeSpan.Zero,
            }
        );
        await _host.StartAsync(Cancel);
    }

    /// <summary>Ends the operator as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            await host.AbandonAsync();
            await host.DisposeAsync();
        }
    }

    /// <summary>Waits until the operator has nothing to do.</summary>
    public Task QuietAsync() => Eventually.TrueAsync(() => _host!.IsAtRest, "nothing to do", Cancel);

    public Task ApplyAsync(string yaml) => Namespace.ApplyAsync(yaml, Cancel);

    public Task ApplyLoginAsync(string id, string secret, string name = Login) =>
        ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: {{name}} }
            stringData: {CARTO_CLIENT_ID: "{{id}}", CARTO_CLIENT_SECRET: "{{secret}}"}
            """
        );

    public Task ApplyAccountAsync(string name, string login = Login) =>
        ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: {{name}} }
            spec:
              apiBaseUrl: {{Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials: {secretRef: {name: {{login}} } }
              caBundle: {configMapRef: {name: {{Bundle}} } }
              requestsPerSecond: 100
            """
        );

    /// <summary>An account of another user.</summary>
    public async Task AddAccountAsync(string name, EmulatorUser user)
    {
        await ApplyLoginAsync(user.ClientId, user.ClientSecret, $"{name}-login");
        await ApplyAccountAsync(name, $"{name}-login");
    }

    /// <summary>Applies resources, in one go.</summary>
    public Task ApplyClientsAsync(string account, params string[] names) =>
        ApplyAsync(
            string.Join(
                "\n---\n",
                names.Select(name =>
                    $$"""
                        apiVersion: credentials.carto.com/v1alpha1
                        kind: M2MOAuthClient
                        metadata: {name: {{name}} }
                        spec: {accountRef: {kind: CartoAccount, name: {{account}} } }
                        """
                )
            )
        );

    /// <summary>So many resources, c0 and on, that are as they should be.</summary>
    public async Task<string[]> SettleAsync(int count)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(index => $"c{index}")];
        await ApplyClientsAsync("our", names);
        foreach (var name in names)
        {
            await SyncedAsync(name);
        }

        // CARTO may list a client a moment after it was created; from here on it should.
        Time.Advance(TimeSpan.FromMinutes(1));
        return names;
    }

    public async Task<string> KubectlAsync(params string[] arguments) =>
        (await Namespace.Kubectl.RunAsync(arguments, Cancel)).EnsureSuccess().Output;

    public Task AnnotateAsync(string annotation, string value, string what = "cartoaccount/our") =>
        KubectlAsync("annotate", "--overwrite", what, $"credentials.carto.com/{annotation}={value}");

    /// <summary>Has the account's clients compared, and waits until that was done.</summary>
    public async Task CompareAsync(string request, string account = "our")
    {
        await AnnotateAsync("reconcile-requested-at", request, $"cartoaccount/{account}");
        await AccountAsync(found => found?.Status?.LastHandledReconcileAt == request, "the comparison", account);
    }

    public Task<M2MOAuthClient?> GetAsync(string name) => _api.For(Kinds.Clients).GetAsync(new ObjectKey(Namespace.Name, name), Cancel);

    public Task<V1Secret?> SecretAsync(string name) => _api.For(BuiltIn.Secrets).GetAsync(new ObjectKey(Namespace.Name, name), Cancel);

    public Task<CartoAccount?> AccountAsync(Func<CartoAccount?, bool> wanted, string what, string name = "our") =>
        Eventually.GetAsync(token => _api.For(Kinds.Accounts).GetAsync(new ObjectKey(Namespace.Name, name), token), wanted, what, Cancel);

    /// <summary>Waits until a condition of the account has a reason.</summary>
    public async Task<V1Condition> AccountSaysAsync(string type, string reason, string name = "our")
    {
        var account = await AccountAsync(
            account => ConditionSet.Find(account?.Status?.Conditions, type)?.Reason == reason,
            $"{type} {reason}",
            name
        );
        return ConditionSet.Find(account!.Status!.Conditions, type)!;
    }

    public Task<M2MOAuthClient?> BecomesAsync(string name, Func<M2MOAuthClient?, bool> wanted, string what) =>
        Eventually.GetAsync(_ => GetAsync(name), wanted, what, Cancel);

    public Task<M2MOAuthClient?> SaysAsync(string name, string type, string status, string? reason = null) =>
        BecomesAsync(
            name,
            resource =>
                ConditionSet.Find(resource?.Status?.Conditions, type) is { } condition
                && condition.Status == status
                && (reason is null || condition.Reason == reason),
            $"{name} {type}={status} {reason}"
        );

    public async Task<M2MOAuthClient> SyncedAsync(string name) =>
        (
            await BecomesAsync(
                name,
                resource =>
                    new[] { ConditionTypes.Ready, ConditionTypes.Synced }.All(type =>
                        ConditionSet.Find(resource?.Status?.Conditions, type) is { Status: "True" }
                    ),
                $"{name} is as it should be"
            )
        )!;

    public Task GoneAsync(string name) => BecomesAsync(name, resource => resource is null, $"{name} is gone");

    /// <summary>Waits until a resource has another client than before, whose pair is in its Secret and on record.</summary>
    public Task<M2MOAuthClient?> ReplacedAsync(string name, string before) =>
        BecomesAsync(
            name,
            resource => resource?.Status is { Current: { } current, Pending: null, Retiring: null } && current.ClientId != before,
            $"{name} has another client"
        );

    /// <summary>Has a resource rotated. Returns its new client.</summary>
    public async Task<string> RotateAsync(string name, string request)
    {
        var before = (await GetAsync(name))!.Status!.Current!.ClientId;
        await AnnotateAsync("rotate-requested-at", request, $"m2m/{name}");
        await BecomesAsync(
            name,
            resource => resource!.Status is { Pending: null, Current: { } current } && current.ClientId != before,
            "another client"
        );
        return (await SyncedAsync(name)).Status!.Current!.ClientId;
    }

    /// <summary>Writes a status as another writer would.</summary>
    public Task<string> PatchStatusAsync(string name, string status) =>
        KubectlAsync("patch", "m2m", name, "--subresource=status", "--type=merge", "-p", $$"""{"status":{{status}} }""");

    /// <summary>Asserts that the Secret of a resource holds the pair of a live client, the one on record.</summary>
    public async Task AssertWorksAsync(string name)
    {
        var resource = await SyncedAsync(name);
        var client = Assert.Single(Live, client => client.Id == resource.Status!.Current!.ClientId);
        var secret = (await SecretAsync(name))!;
        Assert.Equal(
            (client.Id, client.Secret),
            (Text(secret, WireNames.SecretKeys.ClientId), Text(secret, WireNames.SecretKeys.ClientSecret))
        );
    }

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

    private static string Text(V1Secret secret, string key) => Encoding.UTF8.GetString(secret.Data[key]);

    private static string Indent(string text) => string.Join('\n', text.TrimEnd().Split('\n').Select(line => "    " + line));
}
