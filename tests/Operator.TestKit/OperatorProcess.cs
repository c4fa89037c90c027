using System.Net;
using System.Text.RegularExpressions;

namespace Operator.TestKit;

/// <summary>
/// The operator's executable as a child of this process. It lies beside the program that starts it, which therefore has a reference to
/// the project <c>src/Operator</c>; the environment variable OPERATOR_EXECUTABLE names another one, such as what is published.
/// </summary>
public sealed partial class OperatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource<Uri> _health = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Uri> _metrics = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChildProcess _process;

    private OperatorProcess(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, Action<string> onLine) =>
        _process = ChildProcess.Start(Executable, arguments, environment, line =>
        {
            onLine(line);
            if (HealthLine().Match(line) is { Success: true } found)
            {
                _health.TrySetResult(new Uri(found.Groups["url"].Value));
            }

            if (MetricsLine().Match(line) is { Success: true } metrics)
            {
                _metrics.TrySetResult(new Uri(metrics.Groups["url"].Value));
            }
        });

    /// <summary>Its process ID.</summary>
    public int Id => _process.Id;

    /// <summary>The exit code, once it has ended and all that it said was read.</summary>
    public Task<int> Exited => _process.Exited;

    /// <summary>Path of the executable.</summary>
    public static string Executable { get; } =
        Environment.GetEnvironmentVariable("OPERATOR_EXECUTABLE") is { Length: > 0 } named
            ? Path.GetFullPath(named)
            : Path.Combine(AppContext.BaseDirectory, "operator");

    /// <summary>Starts <c>operator run</c> with its log as lines of text and free ports for health and metrics.</summary>
    /// <param name="kubeconfig">Which cluster, and as whom.</param>
    /// <param name="arguments">Further options.</param>
    /// <param name="onLine">Called with each line that it writes.</param>
    /// <param name="environment">Environment variables beside those of this process.</param>
    public static OperatorProcess Start(
        string kubeconfig,
        IEnumerable<string> arguments,
        Action<string> onLine,
        IReadOnlyDictionary<string, string>? environment = null
    ) =>
        Start(
            ["run", "--kubeconfig", kubeconfig, "--health-port", "127.0.0.1:0", "--metrics-port", "127.0.0.1:0", .. arguments],
            new Dictionary<string, string>(environment ?? new Dictionary<string, string>())
            {
                ["CARTO_OPERATOR_LOG_FORMAT"] = environment?.GetValueOrDefault("CARTO_OPERATOR_LOG_FORMAT") ?? "console",
            },
            onLine
        );

    /// <summary>Starts the executable with just these arguments. Its health is known only when its log is lines of text.</summary>
    /// <param name="arguments">What stands behind the name of the program.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="onLine">Called with each line that it writes.</param>
    public static OperatorProcess Start(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        Action<string> onLine
    ) => new(arguments, environment, onLine);

    /// <summary>Runs the executable to its end with just these arguments.</summary>
    public static Task<CommandResult> RunAsync(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    ) => Command.RunAsync(Executable, arguments, input: null, environment, cancellationToken);

    /// <summary>Where its health is served, as soon as it says so.</summary>
    public async Task<Uri> GetHealthUrlAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_health.Task, Exited).WaitAsync(cancellationToken);
        return _health.Task.IsCompletedSuccessfully
            ? await _health.Task
            : throw new InvalidOperationException($"The operator ended with exit code {await Exited}.");
    }

    /// <summary>Asks for its health: status and text of <c>/livez</c> or <c>/readyz</c>.</summary>
    public async Task<(HttpStatusCode Status, string Text)> GetHealthAsync(string path, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(await GetHealthUrlAsync(cancellationToken), path), cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>All its metrics, as Prometheus would get them.</summary>
    public async Task<string> GetMetricsAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(await GetMetricsUrlAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Where its metrics are served, as soon as it says so.</summary>
    public Task<Uri> GetMetricsUrlAsync(CancellationToken cancellationToken) =>
        _metrics.Task.WaitAsync(ReadyLimit, TimeProvider.System, cancellationToken);

    /// <summary>Waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await GetHealthUrlAsync(cancellationToken);
        await Eventually.GetAsync(
            token => GetHealthAsync("readyz", token),
            health => health.Status == HttpStatusCode.OK,
            "the operator is ready",
            cancellationToken,
            ReadyLimit
        );
    }

    /// <summary>Sends it a signal, such as <c>TERM</c>.</summary>
    public Task SignalAsync(string name, CancellationToken cancellationToken) => _process.SignalAsync(name, cancellationToken);

    /// <summary>Stops it as Kubernetes does: it is asked to end, and has some time for that.</summary>
    public async Task StopAsync()
    {
        if (!Exited.IsCompleted)
        {
            using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
            await SignalAsync("TERM", limit.Token);
            await ((Task)Exited).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Kills it as nothing but a crash does, and returns when it is gone.</summary>
    public Task KillAsync() => _process.KillAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex("Metrics are at (?<url>http://[^ \"]+)")]
    private static partial Regex MetricsLine();

    [GeneratedRegex("health is at (?<url>http://[^ \"]+)")]
    private static partial Regex HealthLine();
}
