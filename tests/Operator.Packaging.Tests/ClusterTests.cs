using System.Text.Json.Nodes;
using Carto.Emulator;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>
/// Tests that install into the cluster: one after the other, each of which finds the cluster empty and leaves it so.
/// </summary>
[Collection(nameof(ClusterTests))]
public abstract class ClusterTests(KubernetesServer server) : IAsyncLifetime
{
    /// <summary>Where the operator is installed.</summary>
    protected const string Home = "carto-operator";

    private static readonly string[] Definitions =
    [
        "m2moauthclients.credentials.carto.com",
        "cartoaccounts.credentials.carto.com",
        "clustercartoaccounts.credentials.carto.com",
    ];

    private readonly List<string> _namespaces = [];
    private CartoEmulator? _carto;

    protected KubernetesServer Server { get; } = server;

    /// <summary>The CARTO of the test.</summary>
    private protected CartoEmulator Carto => _carto!;

    /// <summary>The user that the operator acts as.</summary>
    private protected EmulatorUser User { get; private set; } = null!;

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions(), Cancelled);
        User = _carto.AddUser("ana");
    }

    public async ValueTask DisposeAsync()
    {
        // Objects that an operator should have let go hold up their definition: that is to fail and not to hang.
        await RunAsync("delete", "crd", "--timeout=60s", "--ignore-not-found", Definitions[0], Definitions[1], Definitions[2]);
        await RunAsync("delete", "clusterrole,clusterrolebinding", "--ignore-not-found", "-l", "app.kubernetes.io/name=carto-operator");
        foreach (var name in _namespaces)
        {
            await RunAsync("delete", "namespace", "--ignore-not-found", name);
        }

        await Carto.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A namespace that is gone after the test.</summary>
    protected async Task CreateNamespaceAsync(string name)
    {
        _namespaces.Add(name);
        await ApplyAsync($"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}");
    }

    /// <summary>The authority of CARTO as a ConfigMap.</summary>
    protected async Task CreateAuthorityAsync(string @namespace)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Carto.CaPem, Cancelled);
        await RunAsync("-n", @namespace, "create", "configmap", "company-ca", $"--from-file=ca.crt={file}");
        File.Delete(file);
    }

    /// <summary>Asks for a client and waits until its pair works.</summary>
    protected async Task<JsonNode> CreateClientAsync(string @namespace, string accountRef)
    {
        await ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: etl, namespace: {{@namespace}} }
            spec: {accountRef: {{accountRef}} }
            """
        );
        await RunAsync("-n", @namespace, "wait", "--for=condition=Ready", "--timeout=30s", "m2m/etl");
        Assert.Single(Carto.Clients(User));
        return await GetAsync("-n", @namespace, "secret/etl");
    }

    /// <summary>Deletes it and waits until CARTO has it no more.</summary>
    protected async Task DeleteClientAsync(string @namespace)
    {
        await RunAsync("-n", @namespace, "delete", "--timeout=30s", "m2m/etl");
        Assert.Empty(Carto.Clients(User));
        await Eventually.GetAsync(
            _ => NamesAsync("--all-namespaces", "-l", "credentials.carto.com/in-use", "secrets,configmaps"),
            kept => kept.Length == 0,
            "the operator to let go of what the client needed",
            Cancelled
        );
    }

    protected Task ApplyAsync(string yaml) => Server.Kubectl.ApplyAsync(yaml, Cancelled);

    /// <summary>Runs kubectl and returns what it prints; fails when it does.</summary>
    protected async Task<string> RunAsync(params string[] arguments) =>
        (await Server.Kubectl.RunAsync(arguments, Cancelled)).EnsureSuccess().Output;

    /// <summary>An object, or a list, as the API server has it.</summary>
    protected async Task<JsonNode> GetAsync(params string[] arguments) =>
        JsonNode.Parse(await RunAsync(["get", "-o", "json", .. arguments]))!;

    /// <summary>Kind and name of what there is of some kinds, sorted.</summary>
    protected async Task<string[]> NamesAsync(params string[] arguments) =>
        [
            .. (await RunAsync(["get", "-o", "name", .. arguments]))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Order(StringComparer.Ordinal),
        ];
}

[CollectionDefinition(nameof(ClusterTests), DisableParallelization = true)]
public sealed class OneAfterTheOther;
