using Operator.Runtime;

namespace Operator.Hosting;

/// <summary>How much of its configured scope the operator observes.</summary>
internal static class Coverage
{
    private const string Advice = "bind the Role of config/rbac there, or take it out of --namespace";

    /// <summary>
    /// Healthy once everything has been listed. One of several namespaces that the server refuses does not block the others, but is
    /// mentioned.
    /// </summary>
    public static Health Of(IReadOnlyList<IInformer> informers)
    {
        string[] behind = [.. informers.Where(IsBehind).Select(Describe).Distinct()];
        if (behind.Length > 0)
        {
            return new Health(false, $"waiting for the first list of: {string.Join(", ", behind)}");
        }

        var byNamespace = informers
            .SelectMany(informer => informer.Followings)
            .Where(following => following.Namespace is not null)
            .GroupBy(following => following.Namespace!)
            .ToList();
        var refused = byNamespace
            .Select(namespaced => (Name: namespaced.Key, namespaced.FirstOrDefault(following => following.Refusal is not null)?.Refusal))
            .Where(namespaced => namespaced.Refusal is not null)
            .ToList();
        if (refused.Count == 0)
        {
            return Health.Good;
        }

        var told = string.Join("; ", refused.Select(namespaced => $"namespace {namespaced.Name}: {namespaced.Refusal}"));
        return byNamespace.Exists(IsServed)
            ? new Health(true, $"ok, but not everywhere: {told} ({Advice})")
            : new Health(false, $"no namespace can be served: {told} ({Advice})");
    }

    /// <summary>Whether a namespace has fully synced, so that its objects are reconciled.</summary>
    public static bool IsServed(IEnumerable<IFollowing> followings) =>
        followings.All(following => following.Synced.IsCompletedSuccessfully);

    // With only one, there is nothing else to serve.
    private static bool IsBehind(IInformer informer) =>
        informer.Followings.Count > 1
            ? informer.Followings.Any(following => !following.Answered.IsCompletedSuccessfully)
            : !informer.HasSynced;

    private static string Describe(IInformer informer) =>
        informer.Followings is [{ Refusal: { } refusal }] ? $"{informer.Name} ({refusal})" : informer.Name;
}
