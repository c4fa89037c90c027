using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>The kustomizations of config in a cluster.</summary>
public sealed class KustomizeTests(KubernetesServer server) : ClusterTests(server)
{
    private static readonly string Default = Repository.PathOf("config", "default");
    private static readonly string OneNamespace = Repository.PathOf("config", "overlays", "one-namespace");

    [Fact]
    public async Task Default_TriedOut_IsAcceptedByTheServer()
    {
        // What is only tried out makes no namespace for what comes after it.
        await CreateNamespaceAsync(Home);

        var output = await RunAsync("apply", "-k", Default, "--dry-run=server");

        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.EndsWith("(server dry run)", line, StringComparison.Ordinal)
        );
        Assert.Contains("deployment.apps/carto-operator created (server dry run)", output, StringComparison.Ordinal);
        Assert.Empty(await NamesAsync("crds"));
    }

    [Fact]
    public async Task Default_Applied_BringsAnOperatorThatBecomesReady_AndTakesAllOfItAway()
    {
        await RunAsync("apply", "-k", Default);
        await using (await InstalledOperator.StartAsync(Server, Home, "carto-operator")) { }

        await RunAsync("delete", "-k", Default, "--ignore-not-found");

        Assert.Empty(await NamesAsync("crds"));
        Assert.DoesNotContain("clusterrole.rbac.authorization.k8s.io/carto-operator", await NamesAsync("clusterroles"));
    }

    [Fact]
    public async Task OneNamespace_Applied_BringsAnOperatorThatAnswersThere()
    {
        await CreateNamespaceAsync("my-team");
        await RunAsync("apply", "-k", Repository.PathOf("config", "crd"));
        await RunAsync("apply", "-k", OneNamespace);
        await using var running = await InstalledOperator.StartAsync(Server, "my-team", "carto-operator");
        await ApplyAsync(
            """
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: etl, namespace: my-team}
            spec: {accountRef: {kind: CartoAccount, name: none} }
            """
        );

        await RunAsync(
            "-n",
            "my-team",
            "wait",
            "--for=jsonpath={.status.conditions[?(@.type==\"Ready\")].reason}=AccountNotFound",
            "--timeout=30s",
            "m2m/etl"
        );
        await RunAsync("-n", "my-team", "delete", "m2m/etl", "--timeout=30s");
        await RunAsync("delete", "-k", OneNamespace);
    }
}
