using System.Net;
using Carto.Emulator;
using Operator.Contracts;
using Operator.Hosting;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Hosting;

/// <summary>The whole operator for two namespaces, with the right to only one of them at first.</summary>
public sealed class NamespacesTests(KubernetesServer server) : IAsyncLifetime
{
    private readonly TestLog _log = new();
    private TestNamespace _good = null!;
    private TestNamespace _bad = null!;
    private CartoEmulator _carto = null!;
    private EmulatorUser _user = null!;
    private ServiceAccountAccess _account = null!;
    private KubernetesApi _api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        _good = await TestNamespace.CreateAsync(server, Cancel);
        _bad = await TestNamespace.CreateAsync(server, Cancel);
        _carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions(), Cancel);
        _user = _carto.AddUser("ana");
        _account = await _good.CreateServiceAccountAsync("operator", Cancel);
        _api = new KubernetesApi(server.CreateConfiguration());
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _carto.DisposeAsync();
        await _good.DisposeAsync();
        await _bad.DisposeAsync();
    }

    [Fact]
    public async Task Start_OneNamespaceIsForbidden_TheOtherIsServedAndThatOneWhenItMayBe()
    {
        await PermitAsync(_good);
        await ApplyTeamAsync(_good);
        await ApplyTeamAsync(_bad);
        await using var host = new OperatorHost(
            new OperatorSetup
            {
                Options = new OperatorOptions
                {
                    Health = new ListenAddress(IPAddress.Loopback, 0),
                    Namespaces = [_bad.Name, _good.Name],
                    ClusterId = "0a1b2c",
                    AllowedHosts = ["127.0.0.1"],
                    LeaderElect = false,
                    Metrics = null,
                },
                Kubernetes = _account.CreateConfiguration(),
                LoggerFactory = _log.CreateFactory(),
                GracePeriod = TimeSpan.Zero,
            }
        );
        await host.StartAsync(Cancel);

        await ReadyAsync(_good);
        var (code, text) = await ReadinessAsync(host);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Contains($"ok, but not everywhere: namespace {_bad.Name}: ", text, StringComparison.Ordinal);
        Assert.Contains(_log.Lines.Since(0), line =>
            line.Contains($"Nothing can be done in the namespace {_bad.Name}", StringComparison.Ordinal)
        );

        await PermitAsync(_bad);
        await ReadyAsync(_bad);
        await Eventually.GetAsync(
            async _ => (await ReadinessAsync(host)).Text,
            answer => answer == "ok\n",
            "the namespace to be forgiven",
            Cancel
        );
        await host.AbandonAsync();
    }

    private Task<M2MOAuthClient?> ReadyAsync(TestNamespace @namespace) =>
        Eventually.GetAsync(
            token => _api.For(Kinds.Clients).GetAsync(new ObjectKey(@namespace.Name, "etl"), token),
            found => ConditionSet.Find(found?.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" },
            $"the resource in {@namespace.Name} to be ready",
            Cancel
        );

    private static async Task<(HttpStatusCode Code, string Text)> ReadinessAsync(OperatorHost host)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.HealthUrl, "readyz"), Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>The rights that an installation for certain namespaces has in each of them.</summary>
    private async Task PermitAsync(TestNamespace @namespace)
    {
        var rules = await File.ReadAllTextAsync(Repository.PathOf("charts", "carto-operator", "files", "rbac", "watched.yaml"), Cancel);
        await @namespace.ApplyAsync(
            $"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: operator}}\nrules:\n{rules}",
            Cancel
        );
        await @namespace.ApplyAsync(
            $$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: operator}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: operator}
            subjects: [{kind: ServiceAccount, name: operator, namespace: {{_good.Name}}}]
            """,
            Cancel
        );
    }

    private Task ApplyTeamAsync(TestNamespace @namespace) =>
        @namespace.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: login}
            stringData: {CARTO_CLIENT_ID: "{{_user.ClientId}}", CARTO_CLIENT_SECRET: "{{_user.ClientSecret}}"}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: ca}
            data:
              ca.crt: |
            {{string.Join('\n', _carto.CaPem.TrimEnd().Split('\n').Select(line => "    " + line))}}
            ---
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: our}
            spec:
              apiBaseUrl: {{_carto.BaseUrl.ToString().TrimEnd('/')}}
              auth: {tokenUrl: {{_carto.TokenUrl}}, clientCredentials: {secretRef: {name: login} } }
              caBundle: {configMapRef: {name: ca} }
              requestsPerSecond: 100
            ---
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: etl}
            spec: {accountRef: {kind: CartoAccount, name: our} }
            """,
            Cancel
        );
}
