using k8s;

namespace Operator.TestKit.Tests;

public sealed class TestNamespaceTests(KubernetesServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ApplyAsync_GoodObject_IsInTheNamespace()
    {
        await using var ns = await TestNamespace.CreateAsync(server, Token);

        await ns.ApplyAsync(ConfigMap("a"), Token);

        var map = await server.Client.CoreV1.ReadNamespacedConfigMapAsync("a", ns.Name, cancellationToken: Token);
        Assert.Equal("v", map.Data["k"]);
    }

    [Fact]
    public async Task ApplyAsync_BadObject_ThrowsWhatKubectlSaid()
    {
        await using var ns = await TestNamespace.CreateAsync(server, Token);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ns.ApplyAsync(ConfigMap("NOT-A-NAME"), Token));

        Assert.Contains("RFC 1123", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_NamespaceWithContent_IsDeletedSoon()
    {
        var ns = await TestNamespace.CreateAsync(server, Token);
        await ns.ApplyAsync(ConfigMap("a"), Token);

        await ns.DisposeAsync();

        await Eventually.GetAsync(
            async token =>
                await server.Client.CoreV1.ListNamespaceAsync(fieldSelector: $"metadata.name={ns.Name}", cancellationToken: token),
            list => list.Items.Count == 0 || list.Items[0].Status.Phase == "Terminating",
            "the namespace is gone or on its way",
            Token
        );
    }

    private static string ConfigMap(string name) =>
        $"""
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: {name}
            data:
              k: v
            """;
}
