namespace Operator.Runtime.Tests;

/// <summary>Writes down what was sent.</summary>
internal sealed class RecordingHandler : DelegatingHandler
{
    private readonly List<(string Method, string Path, string Body)> _sent = [];
    private readonly Lock _gate = new();

    /// <summary>Method, path and body of each request so far, watches and lists aside.</summary>
    public IReadOnlyList<(string Method, string Path, string Body)> Sent
    {
        get
        {
            lock (_gate)
            {
                return [.. _sent];
            }
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Get)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            lock (_gate)
            {
                _sent.Add((request.Method.Method, request.RequestUri!.AbsolutePath, body));
            }
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
