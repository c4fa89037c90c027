using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>
/// The executable in the place of a pod, which nobody would start here: with the arguments, variables, files and service account that its
/// Deployment in the cluster says. Only its ports are others, because there is but one machine.
/// </summary>
internal sealed class InstalledOperator : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();
    private OperatorProcess? _process;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<InstalledOperator> StartAsync(KubernetesServer server, string @namespace, string deployment)
    {
        var started = new InstalledOperator();
        try
        {
            await started.StartAsync(server, new Kubectl(server.KubeconfigPath, @namespace), @namespace, deployment);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where its metrics are.</summary>
    public Task<Uri> GetMetricsUrlAsync() => _process!.GetMetricsUrlAsync(Cancelled);

    /// <summary>Stops it as Kubernetes does. Returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await _process!.SignalAsync("TERM", Cancelled);
        return await _process.Exited.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task StartAsync(KubernetesServer server, Kubectl kubectl, string @namespace, string deployment)
    {
        var pod = (await GetAsync(kubectl, $"deployment/{deployment}")).Pod();
        var container = pod.Container();
        var access = await server.GetServiceAccountAsync(@namespace, (string)pod["serviceAccountName"]!, Cancelled);
        var kubeconfig = _folder.PathOf("kubeconfig");
        access.WriteKubeconfig(kubeconfig);

        // A ConfigMap that is mounted lies in a folder of this machine.
        var folders = new Dictionary<string, string>();
        foreach (var mount in container["volumeMounts"]?.AsArray() ?? [])
        {
            var name = (string)mount!["name"]!;
            var volume = Assert.Single(pod["volumes"]!.AsArray(), each => (string)each!["name"]! == name)!;
            folders.Add((string)mount["mountPath"]!, await MountAsync(kubectl, (string)volume["configMap"]!["name"]!));
        }

        // What a process in a pod finds out by itself: the cluster, and its namespace.
        var environment = new Dictionary<string, string>
        {
            ["CARTO_OPERATOR_KUBECONFIG"] = kubeconfig,
            ["CARTO_OPERATOR_LEASE_NAMESPACE"] = @namespace,
        };
        foreach (var variable in container["env"]?.AsArray() ?? [])
        {
            var value = (string?)variable!["value"] ?? FieldOf(variable["valueFrom"]!, @namespace);
            environment[(string)variable["name"]!] = folders.Aggregate(value, (text, folder) =>
                text.Replace(folder.Key, folder.Value, StringComparison.Ordinal)
            );
        }

        var arguments = container["args"]!.AsArray().Select(argument => (string)argument!).ToList();
        Replace(arguments, "--health-port=8081", "--health-port=127.0.0.1:0");
        Replace(arguments, "--metrics-port=8080", "--metrics-port=127.0.0.1:0");

        // The form that tells a person, and this process, where its health is.
        Replace(arguments, "--log-format=json", "--log-format=console");
        _process = OperatorProcess.Start(arguments, environment, _log.Add);
        await _process.WaitUntilReadyAsync(Cancelled);
    }

    private static void Replace(List<string> arguments, string argument, string by)
    {
        var index = arguments.IndexOf(argument);
        Assert.True(index > 0, $"{argument} is not among {string.Join(' ', arguments)}");
        arguments[index] = by;
    }

    private async Task<string> MountAsync(Kubectl kubectl, string configMap)
    {
        var folder = Directory.CreateDirectory(_folder.PathOf(configMap)).FullName;
        foreach (var (key, value) in (await GetAsync(kubectl, $"configmap/{configMap}"))["data"]!.AsObject())
        {
            await File.WriteAllTextAsync(Path.Combine(folder, key), (string)value!, Cancelled);
        }

        return folder;
    }

    private static string FieldOf(JsonNode source, string @namespace)
    {
        Assert.Equal("metadata.namespace", (string?)source["fieldRef"]?["fieldPath"]);
        return @namespace;
    }

    private static async Task<JsonObject> GetAsync(Kubectl kubectl, string what) =>
        JsonNode.Parse((await kubectl.RunAsync(["get", what, "-o", "json"], Cancelled)).EnsureSuccess().Output)!.AsObject();
}
