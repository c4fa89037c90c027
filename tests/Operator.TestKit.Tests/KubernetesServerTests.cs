using System.Net;
using k8s;
using k8s.Autorest;

namespace Operator.TestKit.Tests;

public sealed class KubernetesServerTests(KubernetesServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_OfTheAdministrator_ReadsVersion()
    {
        var version = await server.Client.Version.GetCodeAsync(Token);

        Assert.Equal("1", version.Major);
    }

    [Fact]
    public async Task ServiceAccount_WithoutRoles_IsForbidden_AndWithARole_IsNot()
    {
        await using var ns = await TestNamespace.CreateAsync(server, Token);
        var account = await ns.CreateServiceAccountAsync("reader", Token);
        using var client = new Kubernetes(account.CreateConfiguration());

        var refused = await Assert.ThrowsAsync<HttpOperationException>(() =>
            client.CoreV1.ListNamespacedSecretAsync(ns.Name, cancellationToken: Token)
        );
        await ns.ApplyAsync(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: read-secrets}
            rules: [{apiGroups: [""], resources: [secrets], verbs: [list]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: read-secrets}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read-secrets}
            subjects: [{kind: ServiceAccount, name: reader}]
            """,
            Token
        );

        Assert.Equal(HttpStatusCode.Forbidden, refused.Response.StatusCode);
        await Eventually.AssertAsync(token => client.CoreV1.ListNamespacedSecretAsync(ns.Name, cancellationToken: token), Token);
    }

    [Fact]
    public async Task WriteKubeconfig_OfAServiceAccount_MakesKubectlActAsIt()
    {
        await using var ns = await TestNamespace.CreateAsync(server, Token);
        var account = await ns.CreateServiceAccountAsync("someone", Token);
        var path = Path.Combine(Path.GetTempPath(), $"{ns.Name}.kubeconfig");
        try
        {
            account.WriteKubeconfig(path);

            var who = await new Kubectl(path).RunAsync(["auth", "whoami"], Token);

            Assert.Contains($"system:serviceaccount:{ns.Name}:someone", who.EnsureSuccess().Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
