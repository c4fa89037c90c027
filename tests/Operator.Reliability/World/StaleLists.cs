using System.Net;
using System.Net.Http.Headers;

namespace Operator.Reliability.World;

/// <summary>Lists as they were at an earlier moment: what a cache that is behind would show.</summary>
internal sealed class StaleLists
{
    private readonly Dictionary<string, StaleList> _lists = new(StringComparer.Ordinal);

    /// <summary>Whether a question is one for a list of resources or of the Secrets that we wrote.</summary>
    public static bool Concern(HttpRequestMessage request)
    {
        var uri = request.RequestUri!;
        return uri.AbsolutePath.EndsWith("/m2moauthclients", StringComparison.Ordinal)
            || (uri.AbsolutePath.EndsWith("/secrets", StringComparison.Ordinal) && uri.Query.Contains("labelSelector=", StringComparison.Ordinal));
    }

    /// <summary>What tells the lists apart.</summary>
    public static string KeyOf(HttpRequestMessage request) => request.RequestUri!.AbsolutePath;

    public void Add(HttpRequestMessage question, byte[] body, MediaTypeHeaderValue? type) => _lists[KeyOf(question)] = new StaleList(body, type);

    /// <summary>The old list that a list or watch is about; null: none.</summary>
    public StaleList? Find(HttpRequestMessage request) => Concern(request) ? _lists.GetValueOrDefault(KeyOf(request)) : null;
}

/// <summary>One of them.</summary>
internal sealed record StaleList(byte[] Body, MediaTypeHeaderValue? Type)
{
    public HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var content = new ByteArrayContent(Body);
        content.Headers.ContentType = Type;
        return new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = content };
    }
}
