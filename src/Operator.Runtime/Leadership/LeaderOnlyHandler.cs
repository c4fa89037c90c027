using System.Net;

namespace Operator.Runtime;

/// <summary>
/// Only sends requests while this process leads, and cancels them when that ends. It checks twice: before a request waits for a connection,
/// and when its body is written, which may be much later.
/// </summary>
/// <param name="leadership">Whether this process leads.</param>
/// <param name="changes">Which requests are restricted to the leader.</param>
public sealed class LeaderOnlyHandler(Leadership leadership, Func<HttpRequestMessage, bool> changes) : DelegatingHandler
{
    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!changes(request))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        leadership.Require();
        if (request.Content is { } content and not GuardedContent)
        {
            // A request may pass here twice.
            request.Content = new GuardedContent(content, leadership);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leadership.Over);
        try
        {
            return await base.SendAsync(request, either.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or HttpRequestException or IOException
                && leadership.Over.IsCancellationRequested
                && !cancellationToken.IsCancellationRequested
            )
        {
            throw new NotLeadingException("The operator ceased to lead while it waited for an answer.", exception);
        }
    }

    private sealed class GuardedContent : HttpContent
    {
        private readonly HttpContent _content;
        private readonly Leadership _leadership;

        public GuardedContent(HttpContent content, Leadership leadership)
        {
            _content = content;
            _leadership = leadership;
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _leadership.Require();
            return _content.CopyToAsync(stream, context, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? -1;
            return length >= 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
