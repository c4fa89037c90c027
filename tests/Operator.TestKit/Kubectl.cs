namespace Operator.TestKit;

/// <summary>A real kubectl, pointed at one cluster and, where given, one namespace.</summary>
/// <param name="kubeconfigPath">Whose rights and which cluster.</param>
/// <param name="namespace">Namespace of the commands; null: that of the kubeconfig.</param>
public sealed class Kubectl(string kubeconfigPath, string? @namespace = null)
{
    private static readonly string Script = Repository.PathOf("tests", "apiserver", "kubectl.sh");

    /// <summary>Runs kubectl to its end, whatever its exit code.</summary>
    public Task<CommandResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(arguments, input: null, cancellationToken);

    /// <summary>Runs kubectl with a text as its standard input, whatever its exit code.</summary>
    public Task<CommandResult> RunAsync(IEnumerable<string> arguments, string? input, CancellationToken cancellationToken)
    {
        IEnumerable<string> scope = @namespace is null ? [] : ["--namespace", @namespace];
        var environment = new Dictionary<string, string> { ["KUBECONFIG"] = kubeconfigPath };
        return Command.RunAsync(Script, [.. scope, .. arguments], input, environment, cancellationToken);
    }

    /// <summary>Applies YAML as <c>kubectl apply -f -</c> does; throws what kubectl said when it is refused.</summary>
    public async Task ApplyAsync(string yaml, CancellationToken cancellationToken) =>
        (await TryApplyAsync(yaml, cancellationToken)).EnsureSuccess();

    /// <summary>Applies YAML as <c>kubectl apply -f -</c> does, whatever its exit code.</summary>
    public Task<CommandResult> TryApplyAsync(string yaml, CancellationToken cancellationToken) =>
        RunAsync(["apply", "-f", "-"], yaml, cancellationToken);
}
