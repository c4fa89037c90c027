using System.Collections.Concurrent;
using System.Globalization;
using Carto.Emulator;
using k8s.Autorest;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Kills;

/// <summary>
/// A namespace of the real API server and a slow CARTO with faults, two accounts of two users, and what is none of the operator's
/// business. The operator is its executable, as its own service account with what config/rbac gives it.
/// </summary>
internal sealed class KillsWorld : IAsyncDisposable
{
    /// <summary>Marks our clients.</summary>
    public const string Cluster = "0a1b2c";

    private const string Bystander = "bystander";
    private const string Authority = "carto-authority";

    private readonly TestNamespace _namespace;
    private readonly TemporaryFolder _folder = new();
    private readonly bool _alone;
    private string? _bystanderVersion;

    private KillsWorld(KubernetesApi api, TestNamespace @namespace, CartoEmulator carto, bool alone)
    {
        _namespace = @namespace;
        _alone = alone;
        Carto = carto;
        Clients = api.For(Kinds.Clients);
        Secrets = api.For(BuiltIn.Secrets);
        Users = new Dictionary<string, EmulatorUser>(StringComparer.Ordinal)
        {
            ["ana"] = carto.AddUser("ana"),
            ["ben"] = carto.AddUser("ben"),
        };
        Bystanders =
        [
            carto.CreateClient(Users["ana"], "somebody else's"),
            carto.CreateClient(Users["ana"], "another cluster's [k8s:ffffff:0123456789ab-1]"),
            carto.CreateClient(Users["ben"], $"of no resource that is here [k8s:{Cluster}:0123456789ab-1]"),
        ];
    }

    public string Namespace => _namespace.Name;

    public CartoEmulator Carto { get; }

    /// <summary>The users by the names of their accounts.</summary>
    public IReadOnlyDictionary<string, EmulatorUser> Users { get; }

    public ResourceClient<M2MOAuthClient> Clients { get; }

    public ResourceClient<V1Secret> Secrets { get; }

    /// <summary>Clients that are none of the operator's business, as they were made.</summary>
    public IReadOnlyList<EmulatorClient> Bystanders { get; }

    /// <summary>Everything that the operator wrote, in all its lives.</summary>
    public LogBuffer Log { get; } = new(capacity: 10_000_000);

    /// <summary>What was seen to be wrong on the way.</summary>
    public ConcurrentQueue<string> SeenOnTheWay { get; } = new();

    private string Kubeconfig => _folder.PathOf("kubeconfig");

    /// <summary>Everything is there but resources and the operator.</summary>
    public static async Task<KillsWorld> CreateAsync(
        KubernetesServer server,
        KubernetesApi api,
        bool alone,
        CancellationToken cancellationToken
    )
    {
        var access = await server.InstallOperatorAsync(cancellationToken);
        var @namespace = await TestNamespace.CreateAsync(server, cancellationToken);
        var carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions(), cancellationToken);
        var world = new KillsWorld(api, @namespace, carto, alone);
        access.WriteKubeconfig(world.Kubeconfig);
        await world.FurnishAsync(cancellationToken);
        return world;
    }

    /// <summary>
    /// A life of the operator begins. There is never a second one, so it need not wait for the lease of the one that was killed.
    /// </summary>
    public OperatorProcess Start() =>
        OperatorProcess.Start(
            Kubeconfig,
            [
                "--allowed-hosts",
                "127.0.0.1",
                "--cluster-id",
                Cluster,
                "--log-level",
                "debug",
                "--concurrency",
                "12",
                "--leader-elect",
                "false",
                .. _alone ? Array.Empty<string>() : ["--namespace", Namespace],
            ],
            Log.Add
        );

    /// <summary>From here on CARTO takes its time, and some calls fail: without effect, or with one that nobody hears of.</summary>
    public void Trouble()
    {
        Carto.Faults.Add(Fault.Latency(Operation.Any, TimeSpan.FromMilliseconds(10), count: null));
        foreach (var operation in new[] { Operation.Create, Operation.Update, Operation.Delete })
        {
            Carto.Faults.Add(Fault.Latency(operation, TimeSpan.FromMilliseconds(40), count: null) with { AfterEffect = true });
        }

        Carto.Faults.Add(Fault.CutAfter(Operation.Any, count: null) with { Share = 0.02 });
        Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null) with { Share = 0.02 });
        Carto.Faults.Add(Fault.TooManyRequests(Operation.Any, TimeSpan.FromSeconds(1), count: null) with { Share = 0.002 });
    }

    public ObjectKey Key(string name) => new(Namespace, name);

    /// <summary>All resources.</summary>
    public Task<IReadOnlyList<M2MOAuthClient>> ListAsync(CancellationToken cancellationToken) =>
        Clients.ListAsync(Namespace, labelSelector: null, cancellationToken);

    /// <summary>Whether the foreign Secret is as it was.</summary>
    public async Task<bool> IsBystanderUntouchedAsync(CancellationToken cancellationToken) =>
        (await Secrets.GetAsync(Key(Bystander), cancellationToken))?.Metadata.ResourceVersion == _bystanderVersion;

    public async ValueTask DisposeAsync()
    {
        await LetGoAsync();
        await _namespace.DisposeAsync();
        await Carto.DisposeAsync();
        _folder.Dispose();
    }

    private async Task FurnishAsync(CancellationToken cancellationToken)
    {
        await _namespace.ApplyAsync(
            string.Join(
                "\n---\n",
                Users
                    .Select(user => Account(user.Key, user.Value))
                    .Append(
                        $$"""
                        apiVersion: v1
                        kind: ConfigMap
                        metadata: {name: {{Authority}} }
                        data:
                          ca.crt: |
                        {{string.Join('\n', Carto.CaPem.TrimEnd().Split('\n').Select(line => "    " + line))}}
                        ---
                        apiVersion: v1
                        kind: Secret
                        metadata: {name: {{Bystander}}, labels: {app.kubernetes.io/managed-by: carto-operator} }
                        stringData: {KEY: value}
                        """
                    )
            ),
            cancellationToken
        );
        _bystanderVersion = (await Secrets.GetAsync(Key(Bystander), cancellationToken))!.Metadata.ResourceVersion;
    }

    private string Account(string name, EmulatorUser user) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: login-of-{{name}} }
            stringData: {CARTO_CLIENT_ID: "{{user.ClientId}}", CARTO_CLIENT_SECRET: "{{user.ClientSecret}}"}
            ---
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: {{name}} }
            spec:
              apiBaseUrl: {{Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials: {secretRef: {name: login-of-{{name}} } }
              caBundle: {configMapRef: {name: {{Authority}} } }
              requestsPerSecond: 100
            """
        );

    /// <summary>Nobody will ever revoke what this world leaves: without their finalizers its resources go with the namespace.</summary>
    private async Task LetGoAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        try
        {
            foreach (var resource in await ListAsync(limit.Token))
            {
                await Clients.PatchAsync(
                    ObjectKey.Of(resource),
                    """{"metadata":{"finalizers":null}}"""u8.ToArray(),
                    subresource: null,
                    limit.Token
                );
            }
        }
        catch (Exception exception)
            when (exception is KubernetesApiException or HttpOperationException or HttpRequestException or OperationCanceledException)
        {
            // Best effort: what stays harms no other world.
        }
    }
}
