using System.IO.Pipelines;
using System.Net;
using System.Text;
using k8s;

namespace Operator.Runtime.Tests;

/// <summary>
/// Answers that a test wrote down, byte for byte, for what a real server cannot be brought to say. It knows nothing of Kubernetes:
/// behaviour of the server is tested against the server.
/// </summary>
internal sealed class ScriptedApi : DelegatingHandler
{
    private readonly Queue<Func<HttpResponseMessage>> _lists = new();
    private readonly Queue<Func<HttpResponseMessage>> _watches = new();
    private readonly List<string> _requests = [];
    private readonly Lock _gate = new();

    /// <summary>Paths and queries of all requests so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    public KubernetesApi Connect(TimeProvider time) =>
        new(new KubernetesClientConfiguration { Host = "http://scripted.invalid" }, new KubernetesApiOptions(), time, this);

    /// <summary>The next list is answered like this; the last one is used over and over.</summary>
    public ScriptedApi List(string body)
    {
        _lists.Enqueue(() => Answer(new StringContent(body)));
        return this;
    }

    /// <summary>The next list is a complete one of these items.</summary>
    public ScriptedApi List(int version, params string[] items) =>
        List($$"""{"kind":"WidgetList","metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', items)}}]}""");

    /// <summary>The next watch says what the test writes. Without any, watches are silent.</summary>
    public PipeWriter Watch()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        _watches.Enqueue(() => Answer(new StreamContent(pipe.Reader.AsStream())));
        return pipe.Writer;
    }

    public static string Widget(string name, int version, string spec = "{}", string metadata = "") =>
        $$"""{"metadata":{"namespace":"ns","name":"{{name}}","uid":"uid-{{name}}","resourceVersion":"{{version}}","generation":1{{metadata}}}"""
        + $$$""","spec":{{{spec}}}}""";

    public static string Event(string type, string item) => $$"""{"type":"{{type}}","object":{{item}}}""" + "\n";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _requests.Add(request.RequestUri!.PathAndQuery);
            if (!request.RequestUri.Query.Contains("watch=true", StringComparison.Ordinal))
            {
                return (_lists.Count > 1 ? _lists.Dequeue() : _lists.Peek())();
            }

            return _watches.TryDequeue(out var watch) ? watch() : Answer(new StreamContent(new Pipe().Reader.AsStream()));
        }
    }

    private static HttpResponseMessage Answer(HttpContent content) => new(HttpStatusCode.OK) { Content = content };
}

internal static class PipeWriterExtensions
{
    public static async Task SayAsync(this PipeWriter writer, string text) => await writer.WriteAsync(Encoding.UTF8.GetBytes(text));
}
