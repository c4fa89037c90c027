using System.Net;
using System.Text;

namespace Operator.Carto.Tests.Stubs;

/// <summary>Answers HTTP requests in a test's own words, and keeps what was asked.</summary>
internal sealed class StubHandler(Func<StubRequest, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<StubRequest> _requests = [];

    public IReadOnlyList<StubRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    public static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var asked = new StubRequest(request.Method, request.RequestUri!, body, request.Headers.ToString(), cancellationToken);
        lock (_lock)
        {
            _requests.Add(asked);
        }

        return await answer(asked).WaitAsync(cancellationToken);
    }
}

/// <summary>A request as the server sees it.</summary>
internal sealed record StubRequest(HttpMethod Method, Uri Url, string Body, string Headers, CancellationToken Aborted);
