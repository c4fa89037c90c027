namespace Operator.Tests.Drift;

/// <summary>Lets an operator that watches a whole cluster see one namespace of it, and only the cluster account of that name.</summary>
internal sealed class OnlyNamespace(string name) : DelegatingHandler
{
    private static readonly string[] Namespaced = ["m2moauthclients", "cartoaccounts", "secrets", "configmaps"];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!;
        var (root, plural) = (url.AbsolutePath[..(url.AbsolutePath.LastIndexOf('/') + 1)], url.Segments[^1]);
        if (request.Method == HttpMethod.Get && url.Query.Length > 0 && !root.Contains("/namespaces/", StringComparison.Ordinal))
        {
            request.RequestUri = Namespaced.Contains(plural)
                ? new Uri(url, $"{root}namespaces/{name}/{plural}{url.Query}")
                : new Uri(url, $"{url.PathAndQuery}&fieldSelector=metadata.name%3D{name}");
        }

        return base.SendAsync(request, cancellationToken);
    }
}
