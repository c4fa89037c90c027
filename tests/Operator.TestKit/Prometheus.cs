namespace Operator.TestKit;

/// <summary>Prometheus's own programs.</summary>
public static class Prometheus
{
    private static readonly Lazy<Task> Fetched = new(FetchAsync);

    /// <summary>Path of the script that runs <c>prometheus</c> and <c>promtool</c>.</summary>
    internal static string Script { get; } = Repository.PathOf(".ci", "prometheus");

    /// <summary>Runs promtool to its end, whatever its exit code.</summary>
    public static async Task<CommandResult> PromtoolAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await EnsureAsync(cancellationToken);
        return await Command.RunAsync(Script, ["promtool", .. arguments], input: null, new Dictionary<string, string>(), cancellationToken);
    }

    /// <summary>Makes sure that it is there.</summary>
    internal static Task EnsureAsync(CancellationToken cancellationToken) => Fetched.Value.WaitAsync(cancellationToken);

    private static async Task FetchAsync()
    {
        var environment = new Dictionary<string, string>();
        (
            await Command.RunAsync(Repository.PathOf(".ci", "need"), ["prometheus"], input: null, environment, CancellationToken.None)
        ).EnsureSuccess();
    }
}
