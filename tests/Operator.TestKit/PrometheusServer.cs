using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.TestKit;

/// <summary>A real Prometheus on this machine. It ends with this process, however that goes.</summary>
public sealed partial class PrometheusServer : IAsyncDisposable
{
    // Its standard input ends when this process does; Prometheus itself listens to none.
    private const string KilledWithParent = "\"$@\" 2>&1 & cat >/dev/null; kill -9 $!; wait";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly LogBuffer _log = new(capacity: 200);
    private Process? _process;
    private Task? _logged;

    private PrometheusServer() { }

    /// <summary>Starts one that reads metrics and evaluates rules each second.</summary>
    /// <param name="target">Whose metrics, with the labels that they get.</param>
    /// <param name="labels">Labels that the cluster would give to all that is read there.</param>
    /// <param name="rules">A file of rules.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<PrometheusServer> StartAsync(
        Uri target,
        IReadOnlyDictionary<string, string> labels,
        JsonObject rules,
        CancellationToken cancellationToken
    )
    {
        var server = new PrometheusServer();
        try
        {
            await server.RunAsync(target, labels, rules, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>What an expression comes to now: one element with <c>metric</c> and <c>value</c> for each series.</summary>
    public Task<JsonArray> QueryAsync(string expression, CancellationToken cancellationToken) =>
        GetAsync($"api/v1/query?query={Uri.EscapeDataString(expression)}", data => data["result"]!.AsArray(), cancellationToken);

    /// <summary>All series that it has read, with their labels.</summary>
    public Task<JsonArray> SeriesAsync(string selector, CancellationToken cancellationToken) =>
        GetAsync($"api/v1/series?match[]={Uri.EscapeDataString(selector)}", data => data.AsArray(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(CancellationToken.None);
            await _logged!;
            _process.Dispose();
        }

        _http.Dispose();
        _folder.Dispose();
    }

    private async Task RunAsync(
        Uri target,
        IReadOnlyDictionary<string, string> labels,
        JsonObject rules,
        CancellationToken cancellationToken
    )
    {
        await Prometheus.EnsureAsync(cancellationToken);
        var configuration = new JsonObject
        {
            ["global"] = new JsonObject { ["scrape_interval"] = "1s", ["evaluation_interval"] = "1s" },
            ["rule_files"] = new JsonArray("rules.yaml"),
            ["scrape_configs"] = new JsonArray(
                new JsonObject
                {
                    ["job_name"] = "test",
                    ["metrics_path"] = target.AbsolutePath,
                    ["static_configs"] = new JsonArray(
                        new JsonObject
                        {
                            ["targets"] = new JsonArray(target.Authority),
                            ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
                        }
                    ),
                }
            ),
        };

        // JSON is YAML.
        await File.WriteAllTextAsync(PathOf("rules.yaml"), rules.ToJsonString(), cancellationToken);
        await File.WriteAllTextAsync(PathOf("prometheus.yaml"), configuration.ToJsonString(), cancellationToken);
        _process = Process.Start(
            new ProcessStartInfo(
                "sh",
                [
                    "-c",
                    KilledWithParent,
                    "sh",
                    Prometheus.Script,
                    "prometheus",
                    $"--config.file={PathOf("prometheus.yaml")}",
                    $"--storage.tsdb.path={PathOf("data")}",
                    "--web.listen-address=127.0.0.1:0",
                ]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _logged = ReadAsync(_process.StandardOutput, address);
        _http.BaseAddress = await address.Task.WaitAsync(cancellationToken);
        await Eventually.AssertAsync(async token => (await _http.GetAsync("-/ready", token)).EnsureSuccessStatusCode(), cancellationToken);
    }

    private async Task ReadAsync(StreamReader from, TaskCompletionSource<Uri> address)
    {
        while (await from.ReadLineAsync(CancellationToken.None) is { } line)
        {
            _log.Add(line);
            if (Listening().Match(line) is { Success: true } found)
            {
                address.TrySetResult(new Uri($"http://{found.Groups["address"].Value}"));
            }
        }

        address.TrySetException(new InvalidOperationException($"Prometheus did not start:\n{_log.Tail(50)}"));
    }

    private async Task<JsonArray> GetAsync(string path, Func<JsonNode, JsonArray> read, CancellationToken cancellationToken)
    {
        using var answer = await _http.GetAsync(path, cancellationToken);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
        return answer.IsSuccessStatusCode ? read(body["data"]!) : throw new InvalidOperationException($"{path}: {body.ToJsonString()}");
    }

    private string PathOf(string name) => _folder.PathOf(name);

    [GeneratedRegex("msg=\"Listening on\" address=(?<address>[^ ]+)")]
    private static partial Regex Listening();
}
