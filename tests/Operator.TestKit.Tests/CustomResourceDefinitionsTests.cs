namespace Operator.TestKit.Tests;

public sealed class CustomResourceDefinitionsTests(KubernetesServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ApplyCrdsAsync_SeveralAtOnce_AllFindTheKindServed()
    {
        await using var ns = await TestNamespace.CreateAsync(server, Token);
        using var folder = new TemporaryFolder();
        try
        {
            await File.WriteAllTextAsync(folder.PathOf("kustomization.yaml"), "resources: [widgets.yaml]", Token);
            await File.WriteAllTextAsync(folder.PathOf("widgets.yaml"), Widgets, Token);

            // Past the fixture's own memory, as other test processes would.
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CustomResourceDefinitions.ApplyAsync(server.Kubectl, folder.Path)));
            await server.ApplyCrdsAsync(folder.Path, Token);

            await ns.ApplyAsync("apiVersion: testkit.carto.com/v1\nkind: Widget\nmetadata:\n  name: a", Token);
        }
        finally
        {
            await server.Kubectl.RunAsync(["delete", "--ignore-not-found", "crd", "widgets.testkit.carto.com"], Token);
        }
    }

    [Fact]
    public async Task ApplyCrdsAsync_FolderWithoutAny_ReportsIt()
    {
        using var folder = new TemporaryFolder();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => server.ApplyCrdsAsync(folder.Path, Token));

        Assert.Contains(folder.Path, failure.Message, StringComparison.Ordinal);
    }

    private const string Widgets = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: widgets.testkit.carto.com
        spec:
          group: testkit.carto.com
          names: {kind: Widget, plural: widgets}
          scope: Namespaced
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
        """;
}
