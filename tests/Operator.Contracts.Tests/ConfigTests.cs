using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>The folders that people give to kubectl.</summary>
public sealed class ConfigTests(KubernetesServer server)
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("crd", "kind: CustomResourceDefinition", 3)]
    [InlineData("rbac", "kind: ClusterRole\n", 2)]
    [InlineData("samples", "kind: M2MOAuthClient", 9)]
    public async Task Kustomize_Folder_HasAllOfIt(string folder, string kind, int count)
    {
        var built = (await server.Kubectl.RunAsync(["kustomize", Repository.PathOf("config", folder)], CancellationToken)).EnsureSuccess();

        Assert.Equal(count, built.Output.Split(kind).Length - 1);
    }

    [Fact]
    public async Task Apply_Roles_AreAcceptedByTheServer()
    {
        var applied = await server.Kubectl.RunAsync(
            [
                "apply",
                "--dry-run=server",
                "--validate=strict",
                "-f",
                Repository.PathOf("config", "rbac", "cluster_role.yaml"),
                "-f",
                Repository.PathOf("config", "rbac", "cluster_role_binding.yaml"),
            ],
            CancellationToken
        );

        Assert.True(applied.ExitCode == 0, applied.ToString());
    }
}
