using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.TestKit;

namespace Operator.Benchmarks.World;

/// <summary>A user of the emulator, and where its MCP server is.</summary>
internal sealed record CartoUser(string Name, string UserId, string ClientId, string ClientSecret, Uri McpUrl);

/// <summary>The emulator as a process of its own, so that what it costs is not counted as anybody else's.</summary>
internal sealed partial class EmulatorProcess : IAsyncDisposable
{
    private const string Preset = "likely";

    // The preset's own, as a person sees it, would hide what is measured.
    private const string NoWait = "00:00:00";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly ChildProcess _process;
    private readonly HttpClient _admin;

    private EmulatorProcess(ChildProcess process, Match ready, string authority)
    {
        _process = process;
        BaseUrl = new Uri(ready.Groups["url"].Value);
        TokenUrl = new Uri(ready.Groups["token"].Value);
        Authority = authority;
        _admin = CreateHttp();
        _admin.BaseAddress = BaseUrl;
    }

    /// <summary>Its process ID.</summary>
    public int Id => _process.Id;

    public Uri BaseUrl { get; }

    public Uri TokenUrl { get; }

    /// <summary>Its certificate authority, in PEM.</summary>
    public string Authority { get; }

    /// <summary>Starts it with users of these names.</summary>
    public static async Task<EmulatorProcess> StartAsync(string folder, IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        var authority = Path.Combine(folder, "carto-ca.pem");
        var ready = new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new LogBuffer(capacity: 100);
        var process = ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "Carto.Emulator"),
            [
                "--port",
                "0",
                "--ca-out",
                authority,
                "--preset",
                Preset,
                "--variants",
                $$"""{"connectLatency":"{{NoWait}}"}""",
                .. users.SelectMany(user => (string[])["--user", user]),
            ],
            NoEnvironment,
            line =>
            {
                log.Add(line);
                if (ReadyLine().Match(line) is { Success: true } found)
                {
                    ready.TrySetResult(found);
                }
            }
        );
        try
        {
            await Task.WhenAny(ready.Task, process.Exited).WaitAsync(StartLimit, TimeProvider.System, cancellationToken);
            return ready.Task.IsCompletedSuccessfully
                ? new EmulatorProcess(process, await ready.Task, await File.ReadAllTextAsync(authority, cancellationToken))
                : throw new InvalidOperationException($"The emulator did not start:\n{log.Tail(100)}");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that trusts it.</summary>
    public HttpClient CreateHttp() => CreateHttp(Authority);

    /// <summary>A client that trusts an authority, and nobody else.</summary>
    public static HttpClient CreateHttp(string authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(authority);
        return new HttpClient(
            new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }
        );
    }

    /// <summary>Its users.</summary>
    public async Task<IReadOnlyList<CartoUser>> GetUsersAsync(CancellationToken cancellationToken)
    {
        var users = await _admin.GetFromJsonAsync<JsonArray>("admin/users", cancellationToken);
        return
        [
            .. users!.Select(user => new CartoUser(
                (string)user!["name"]!,
                (string)user["userId"]!,
                (string)user["clientId"]!,
                (string)user["clientSecret"]!,
                new Uri(BaseUrl, $"mcp/{user["accountId"]}")
            )),
        ];
    }

    /// <summary>
    /// The calls since the last <see cref="ForgetCallsAsync"/>: by operation, and by outcome where that is not <c>ok</c>.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, long>> GetCallsAsync(CancellationToken cancellationToken)
    {
        var counts = await _admin.GetFromJsonAsync<JsonObject>("admin/calls/counts", cancellationToken);
        return counts!
            .SelectMany(operation =>
                operation.Value!.AsObject().Select(outcome => (operation.Key, Outcome: outcome.Key, Count: (long)outcome.Value!))
            )
            .ToDictionary(count => count.Outcome == "ok" ? count.Key : $"{count.Key} ({count.Outcome})", count => count.Count);
    }

    public async Task ForgetCallsAsync(CancellationToken cancellationToken) =>
        (await _admin.DeleteAsync(new Uri("admin/calls", UriKind.Relative), cancellationToken)).Dispose();

    /// <summary>Lets all calls fail until <see cref="RecoverAsync"/>.</summary>
    public Task BreakDownAsync(CancellationToken cancellationToken) =>
        AddFaultAsync(new JsonObject { ["kind"] = "Status", ["status"] = 503 }, cancellationToken);

    /// <summary>Lets each answer wait until <see cref="RecoverAsync"/>.</summary>
    public Task SlowDownAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        AddFaultAsync(new JsonObject { ["kind"] = "Latency", ["delay"] = delay.ToString("c") }, cancellationToken);

    /// <summary>Answers nothing that is asked on behalf of a user until <see cref="RecoverAsync"/>.</summary>
    public Task FallSilentAsync(CartoUser user, CancellationToken cancellationToken) =>
        AddFaultAsync(new JsonObject { ["kind"] = "Hang", ["userId"] = user.UserId }, cancellationToken);

    /// <summary>Takes so many requests a second from each user, and refuses all others, until <see cref="RecoverAsync"/>.</summary>
    public Task LimitAsync(int requestsPerSecond, CancellationToken cancellationToken) =>
        ChangeAsync(new JsonObject { ["requestsPerSecond"] = requestsPerSecond }, cancellationToken);

    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        (await _admin.DeleteAsync(new Uri("admin/faults", UriKind.Relative), cancellationToken)).EnsureSuccessStatusCode().Dispose();
        await ChangeAsync(new JsonObject { ["preset"] = Preset, ["connectLatency"] = NoWait }, cancellationToken);
    }

    private async Task ChangeAsync(JsonObject variants, CancellationToken cancellationToken)
    {
        using var body = JsonContent.Create(variants);
        using var answer = await _admin.PatchAsync(new Uri("admin/variants", UriKind.Relative), body, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Deletes a client behind everybody's back.</summary>
    public async Task DeleteClientAsync(string id, CancellationToken cancellationToken) =>
        (await _admin.DeleteAsync(new Uri($"admin/clients/{id}", UriKind.Relative), cancellationToken)).EnsureSuccessStatusCode().Dispose();

    /// <summary>How many clients there are, beside those of the users themselves.</summary>
    public async Task<int> CountClientsAsync(CancellationToken cancellationToken)
    {
        var clients = await _admin.GetFromJsonAsync<JsonArray>("admin/clients", cancellationToken);
        return clients!.Count(client => ((string)client!["name"]!).Contains("[k8s:", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _process.DisposeAsync();
    }

    private async Task AddFaultAsync(JsonObject fault, CancellationToken cancellationToken)
    {
        (fault["operation"], fault["count"]) = ("Any", null);
        using var answer = await _admin.PostAsJsonAsync("admin/faults", fault, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    [GeneratedRegex(@"^ready (?<url>[^ ]+) token-url=(?<token>[^ ]+) admin=")]
    private static partial Regex ReadyLine();
}
