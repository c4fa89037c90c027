using System.Collections.Concurrent;

namespace Operator.Tests.Clients;

/// <summary>Sees every call to the API server, and lets a test come in between.</summary>
internal sealed class KubernetesCalls : DelegatingHandler
{
    private readonly ConcurrentQueue<string> _seen = new();

    /// <summary>Asked before each call that is neither list nor watch; null: the call is made.</summary>
    public Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>>? Intercept { get; set; }

    /// <summary>
    /// The calls on single objects since the last <see cref="Forget"/>, as verb and kind: <c>POST secrets</c>, <c>PATCH
    /// m2moauthclients/status</c>.
    /// </summary>
    public IReadOnlyList<string> Seen => [.. _seen];

    /// <summary>Those that write, without events.</summary>
    public IReadOnlyList<string> Writes =>
        [.. Seen.Where(call => !call.StartsWith("GET", StringComparison.Ordinal) && call != "POST events")];

    public void Forget() => _seen.Clear();

    /// <summary>What a request is about, as in <see cref="Seen"/>.</summary>
    public static string Describe(HttpRequestMessage request)
    {
        // /api/v1/namespaces/N/secrets/NAME or /apis/GROUP/V/namespaces/N/PLURAL/NAME/status
        var parts = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        var at = Array.IndexOf(parts, "namespaces") + 2;
        var subresource = parts.Length > at + 2 ? "/" + parts[at + 2] : "";
        return at < 2 || at >= parts.Length ? $"{request.Method} {parts[^1]}" : $"{request.Method} {parts[at]}{subresource}";
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var single = request.Method != HttpMethod.Get || request.RequestUri!.Query.Length == 0;
        if (!single)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        _seen.Enqueue(Describe(request));
        return Intercept is { } intercept
            ? await intercept(request, () => base.SendAsync(request, cancellationToken))
            : await base.SendAsync(request, cancellationToken);
    }
}
