using System.Net;
using System.Net.Http.Headers;
using System.Text;
using k8s;

namespace Operator.Benchmarks.Floors;

/// <summary>Calls over the HTTP client that KubernetesClient makes, and nothing else.</summary>
internal sealed class KubernetesCalls : IDisposable
{
    private readonly Kubernetes _kubernetes;
    private readonly AuthenticationHeaderValue? _token;

    public KubernetesCalls(string kubeconfig)
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        _kubernetes = new Kubernetes(configuration);
        _token = configuration.AccessToken is { Length: > 0 } token ? new AuthenticationHeaderValue("Bearer", token) : null;
    }

    public Task GetAsync(string path, HttpStatusCode expected, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, null, expected, cancellationToken);

    public Task<byte[]> PostAsync(string path, string body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, body, "application/json", HttpStatusCode.Created, cancellationToken);

    public Task PutAsync(string path, string body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, path, body, "application/json", HttpStatusCode.OK, cancellationToken);

    public Task PatchAsync(string path, string body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, path, body, "application/merge-patch+json", HttpStatusCode.OK, cancellationToken);

    public void Dispose() => _kubernetes.Dispose();

    private async Task<byte[]> SendAsync(
        HttpMethod method,
        string path,
        string? body,
        string? type,
        HttpStatusCode expected,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(_kubernetes.BaseUri, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.Authorization = _token;
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type!);
        }

        using var response = await _kubernetes.HttpClient.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.StatusCode == expected
            ? answer
            : throw new InvalidOperationException(
                $"{method} {path} was answered with {(int)response.StatusCode}: {Encoding.UTF8.GetString(answer)}"
            );
    }
}
