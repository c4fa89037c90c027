using System.Net;

namespace Operator.Carto.Http;

/// <summary>
/// What every request of an account has in common, whatever it is for: its turn at the gate, a limit of time and size, and names for
/// what goes wrong on the network. A timeout counts from the sending, not from joining the line.
/// </summary>
internal sealed class CallHandler(
    CartoStage stage,
    CartoAccountOptions options,
    AccountGate gate,
    BundleTrust trust,
    TimeProvider time,
    HttpMessageHandler inner) : DelegatingHandler(inner)
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
            // Whoever waits for this answer waits as long as everybody else.
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
