namespace Operator.TestKit.Tests;

public sealed class CustomResourceDefinitionsTests(KubernetesServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ApplyCrdsAsync_SeveralAtOnce_AllFindTheKindServed()
    {
        await using var ns = await TestNamespace.CreateAsync(server, Token);
        var folder = Directory.CreateTempSubdirectory("crds-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "kustomization.yaml"), "resources: [widgets.yaml]", Token);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "widgets.yaml"), Widgets, Token);

            // Past the fixture's own memory, as other test processes would.
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CustomResourceDefinitions.ApplyAsync(server.Kubectl, folder.FullName)));
            await server.ApplyCrdsAsync(folder.FullName, Token);

            await ns.ApplyAsync("apiVersion: testkit.carto.com/v1\nkind: Widget\nmetadata:\n  name: a", Token);
        }
        finally
        {
            await server.Kubectl.RunAsync(["delete", "--ignore-not-found", "crd", "widgets.testkit.carto.com"], Token);
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task ApplyCrdsAsync_FolderWithoutAny_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory("crds-");
        try
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => server.ApplyCrdsAsync(folder.FullName, Token));

            Assert.Contains(folder.FullName, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete();
        }
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
