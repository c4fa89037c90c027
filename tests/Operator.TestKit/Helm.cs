namespace Operator.TestKit;

/// <summary>A real Helm, pointed at one cluster or at none.</summary>
/// <param name="kubeconfigPath">Whose rights and which cluster; null for what needs none, such as <c>helm template</c>.</param>
public sealed class Helm(string? kubeconfigPath = null)
{
    private static readonly string Script = Repository.PathOf(".ci", "helm");
    private static readonly Lazy<Task> Fetched = new(FetchAsync);

    /// <summary>Runs Helm to its end, whatever its exit code.</summary>
    public async Task<CommandResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await Fetched.Value.WaitAsync(cancellationToken);
        var environment = new Dictionary<string, string> { ["KUBECONFIG"] = kubeconfigPath ?? "/nonexistent" };
        return await Command.RunAsync(Script, arguments, input: null, environment, cancellationToken);
    }

    private static async Task FetchAsync()
    {
        var environment = new Dictionary<string, string>();
        (
            await Command.RunAsync(Repository.PathOf(".ci", "need"), ["helm"], input: null, environment, CancellationToken.None)
        ).EnsureSuccess();
    }
}
