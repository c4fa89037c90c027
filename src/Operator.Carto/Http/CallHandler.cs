using System.Net;

namespace Operator.Carto.Http;

/// <summary>
/// Common handling of every request of an account: the gate, time and size limits, and classification of network failures. The timeout
/// starts on sending, not on queueing.
/// </summary>
internal sealed class CallHandler(
    CartoStage stage,
    CartoApiOptions options,
    AccountGate gate,
    BundleTrust trust,
    TimeProvider time,
    HttpMessageHandler inner
) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var activity = CartoTraces.Request(stage, request);
        var host = request.RequestUri!.Host;
        if (trust.Fault is { } fault)
        {
            throw new CartoException(new CartoError(CartoErrorKind.Untrusted, stage, fault));
        }

        await gate.EnterAsync(stage, cancellationToken);
        if (request.Headers.UserAgent.Count == 0)
        {
            // A request may pass here twice.
            request.Headers.UserAgent.Add(UserAgent.Value);
        }

        var limits = new CallLimits(stage, host, options.CallTimeout, options.MaxResponseBytes, trust, time);
        HttpResponseMessage? response = null;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limits.Deadline);
            response = await base.SendAsync(request, linked.Token);
            if (response.Content.Headers.ContentLength > options.MaxResponseBytes)
            {
                throw limits.TooLarge();
            }

            activity?.SetTag("http.response.status_code", (int)response.StatusCode);
            Tell(response);
            var body = await response.Content.ReadAsStreamAsync(linked.Token);
            response.Content = Guarded(response.Content, new GuardedStream(body, limits));
            return response;
        }
        catch (Exception exception)
        {
            response?.Dispose();
            var known = limits.Explain(exception, cancellationToken);
            limits.Dispose();
            if (known is null)
            {
                throw;
            }

            throw known;
        }
    }

    private void Tell(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            // This caller waits as long as all others.
            RetryAfter.Set(response, gate.SlowDown(stage, RetryAfter.OfLimit(response, time)));
        }
        else if ((int)response.StatusCode < 500)
        {
            gate.Accepted(stage);
        }
    }

    private static StreamContent Guarded(HttpContent original, GuardedStream body)
    {
        var content = new StreamContent(body);
        foreach (var (name, values) in original.Headers.NonValidated)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        return content;
    }
}
