using System.Net;
using System.Net.Http.Headers;
using System.Web;

namespace Operator.Reliability.World;

/// <summary>Lists as they were at an earlier moment: what a cache that is behind would show.</summary>
internal sealed class StaleLists
{
    private readonly Dictionary<string, StaleList> _lists = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether a question is one for a list of resources, of accounts, or of the Secrets and ConfigMaps that we labelled.
    /// </summary>
    public static bool Concern(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        return path.EndsWith("/m2moauthclients", StringComparison.Ordinal)
            || path.EndsWith("/cartoaccounts", StringComparison.Ordinal)
            || (
                (path.EndsWith("/secrets", StringComparison.Ordinal) || path.EndsWith("/configmaps", StringComparison.Ordinal))
                && SelectorOf(request) is not null
            );
    }

    /// <summary>What tells the lists apart.</summary>
    public static string KeyOf(HttpRequestMessage request) => $"{request.RequestUri!.AbsolutePath} {SelectorOf(request)}";

    private static string? SelectorOf(HttpRequestMessage request) =>
        HttpUtility.ParseQueryString(request.RequestUri!.Query)["labelSelector"];

    public void Add(HttpRequestMessage question, byte[] body, MediaTypeHeaderValue? type) =>
        _lists[KeyOf(question)] = new StaleList(body, type);

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
