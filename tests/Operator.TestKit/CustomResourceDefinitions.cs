namespace Operator.TestKit;

/// <summary>Brings custom resource definitions from a folder to a server.</summary>
internal static class CustomResourceDefinitions
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Applies and waits until all are established. Server-side, so that several processes can do it at once: equal content is
    /// no change, and what is left of a race (two creates, an update in between) goes away when it is retried.
    /// </summary>
    public static async Task ApplyAsync(Kubectl kubectl, string folder)
    {
        // Not the whole folder: it may hold a kustomization.yaml, which is no object.
        var files = Directory
            .EnumerateFiles(folder, "*.yaml")
            .Where(file => Path.GetFileName(file) is not "kustomization.yaml")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => new[] { "-f", file })
            .ToArray();
        if (files.Length == 0)
        {
            throw new InvalidOperationException($"No custom resource definition in {folder}.");
        }

        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await Eventually.AssertAsync(
            async token => (await kubectl.RunAsync(["apply", "--server-side", "--force-conflicts", .. files], token)).EnsureSuccess(),
            limit.Token
        );
        (await kubectl.RunAsync(["wait", "--for=condition=Established", "--timeout=60s", .. files], limit.Token)).EnsureSuccess();
    }
}
