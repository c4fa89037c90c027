using System.Security.Cryptography;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Operator.TestKit;

/// <summary>A fresh namespace for one test; its deletion is asked for when the test is over, and not waited for.</summary>
public sealed class TestNamespace : IAsyncDisposable
{
    private readonly KubernetesServer _server;

    private TestNamespace(KubernetesServer server, string name)
    {
        _server = server;
        Name = name;
        Kubectl = new Kubectl(server.KubeconfigPath, name);
    }

    public string Name { get; }

    /// <summary>kubectl as the administrator, in this namespace.</summary>
    public Kubectl Kubectl { get; }

    public static async Task<TestNamespace> CreateAsync(KubernetesServer server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        var name = $"test-{RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        await server.Client.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = name } },
            cancellationToken: cancellationToken
        );
        return new TestNamespace(server, name);
    }

    /// <summary>Applies YAML to this namespace; throws what kubectl said when it is refused.</summary>
    public Task ApplyAsync(string yaml, CancellationToken cancellationToken) => Kubectl.ApplyAsync(yaml, cancellationToken);

    /// <summary>Creates a service account in this namespace; see <see cref="KubernetesServer.CreateServiceAccountAsync"/>.</summary>
    public Task<ServiceAccountAccess> CreateServiceAccountAsync(string name, CancellationToken cancellationToken) =>
        _server.CreateServiceAccountAsync(Name, name, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
            await _server.Client.CoreV1.DeleteNamespaceAsync(Name, cancellationToken: limit.Token);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or OperationCanceledException)
        {
            // Best effort: a namespace that stays costs the server little and harms no other test.
        }
    }
}
