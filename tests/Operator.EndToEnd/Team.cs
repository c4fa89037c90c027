using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carto.Emulator;
using Operator.TestKit;
using Operator.TestKit.Leaks;

namespace Operator.EndToEnd;

/// <summary>
/// A team that uses the operator: a namespace, a CARTO user in an emulator of its own, and kubectl. What it made is deleted at the end
/// through the operator, and a deletion that does not come to its end fails the test.
/// </summary>
internal sealed class Team : IAsyncDisposable
{
    private const string Login = "carto-login";
    private const string Authority = "carto-authority";

    private readonly TestNamespace _namespace;
    private readonly TestLog _log;
    private readonly IDisposable _shown;
    private readonly KubernetesServer _server;
    private readonly LeakHunt _leaks;

    private Team(KubernetesServer server, TestNamespace @namespace, CartoEmulator carto, TestLog log, IDisposable shown)
    {
        _server = server;
        _namespace = @namespace;
        Carto = carto;
        User = carto.AddUser("ana");
        _log = log;
        _shown = shown;
        _leaks = new LeakHunt(() => carto.SecretsEverIssued).Watch(log.Lines);
    }

    /// <summary>The name of the account that <see cref="CreateAsync"/> makes.</summary>
    public const string Account = "our-carto";

    /// <summary>Its CARTO.</summary>
    public CartoEmulator Carto { get; }

    /// <summary>The user that it acts as.</summary>
    public EmulatorUser User { get; }

    public string Namespace => _namespace.Name;

    public Kubectl Kubectl => _namespace.Kubectl;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A team with an account that works, or with all of it but the account.</summary>
    public static async Task<Team> CreateAsync(RunningOperator @operator, bool withAccount = true)
    {
        var log = new TestLog();
        var @namespace = await TestNamespace.CreateAsync(@operator.Server, Cancelled);
        var carto = await CartoEmulator.StartAsync(new CartoEmulatorOptions { Variants = EmulatorVariants.Likely }, Cancelled);
        var team = new Team(@operator.Server, @namespace, carto, log, @operator.Show(log, @namespace.Name));
        await team.ApplyLoginAsync(team.User.ClientSecret);
        await team.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: {{Authority}} }
            data:
              ca.crt: |
            {{Indent(carto.CaPem, 4)}}
            """
        );
        if (withAccount)
        {
            await team.ApplyAccountAsync();
        }

        return team;
    }

    /// <summary>Applies the account, with another base URL where one is given.</summary>
    public Task ApplyAccountAsync(string? apiBaseUrl = null) =>
        ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: CartoAccount
            metadata: {name: {{Account}} }
            spec:
              apiBaseUrl: {{apiBaseUrl ?? Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials:
                  secretRef: {name: {{Login}} }
              caBundle:
                configMapRef: {name: {{Authority}} }
              requestsPerSecond: 100
            """
        );

    /// <summary>Applies a cluster account of the name of the namespace, for the namespaces that it is told to allow.</summary>
    public Task ApplyClusterAccountAsync(string allowedNamespaces) =>
        ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: ClusterCartoAccount
            metadata: {name: {{Namespace}} }
            spec:
              apiBaseUrl: {{Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials:
                  secretRef: {name: {{Login}}, namespace: {{Namespace}} }
              caBundle:
                configMapRef: {name: {{Authority}}, namespace: {{Namespace}} }
              allowedNamespaces: {{allowedNamespaces}}
            """
        );

    /// <summary>Applies the Secret that the account logs in with.</summary>
    public Task ApplyLoginAsync(string clientSecret) =>
        ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: {{Login}} }
            stringData: {CARTO_CLIENT_ID: "{{User.ClientId}}", CARTO_CLIENT_SECRET: "{{clientSecret}}"}
            """
        );

    /// <summary>Applies a resource in the team's account.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="spec">Further fields of its spec, in YAML without indentation.</param>
    /// <param name="inClusterAccount">In the cluster account instead.</param>
    public Task ApplyClientAsync(string name, string spec = "", bool inClusterAccount = false) =>
        ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: {{name}} }
            spec:
              accountRef: {kind: {{(inClusterAccount ? "ClusterCartoAccount" : "CartoAccount")}}, name: {{(
                inClusterAccount ? Namespace : Account
            )}} }
            {{Indent(spec, 2)}}
            """
        );

    public Task ApplyAsync(string yaml) => Kubectl.ApplyAsync(yaml, Cancelled);

    /// <summary>Runs kubectl and returns what it prints; fails when it does.</summary>
    public async Task<string> RunAsync(params string[] arguments) => (await Kubectl.RunAsync(arguments, Cancelled)).EnsureSuccess().Output;

    /// <summary>Waits as a person does: <c>kubectl wait --for=condition=Ready</c>.</summary>
    public async Task WaitReadyAsync(string name)
    {
        var result = await Kubectl.RunAsync(["wait", "--for=condition=Ready", "--timeout=30s", $"m2m/{name}"], Cancelled);
        if (result.ExitCode != 0)
        {
            var seen = await Kubectl.RunAsync(["describe", $"m2m/{name}", $"cartoaccount/{Account}"], Cancelled);
            throw new InvalidOperationException($"{result}\n{seen}");
        }
    }

    /// <summary>Waits until an object's condition Ready has a reason, about its present generation. Returns its message.</summary>
    public async Task<string> BecomesAsync(string what, string reason)
    {
        var seen = await Eventually.GetAsync(
            _ => GetAsync(what),
            found =>
                Condition(found, "Ready")?["reason"]?.GetValue<string>() == reason
                && found["status"]!["observedGeneration"]?.GetValue<long>() == found["metadata"]!["generation"]!.GetValue<long>(),
            $"{what} to be {reason}",
            Cancelled
        );
        return Condition(seen, "Ready")!["message"]!.GetValue<string>();
    }

    /// <summary>Waits until an object satisfies a condition. Returns it.</summary>
    public Task<JsonNode> BecomesAsync(string what, Func<JsonNode, bool> wanted, string description) =>
        Eventually.GetAsync(_ => GetAsync(what), wanted, description, Cancelled);

    /// <summary>An object as the API server has it.</summary>
    public async Task<JsonNode> GetAsync(string what) => JsonNode.Parse(await RunAsync("get", what, "-o", "json"))!;

    /// <summary>A condition of an object; null without it.</summary>
    public static JsonNode? Condition(JsonNode of, string type) =>
        of["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => condition!["type"]!.GetValue<string>() == type);

    /// <summary>The data of a Secret.</summary>
    public async Task<Dictionary<string, string>> SecretAsync(string name) =>
        (await GetAsync($"secret/{name}"))["data"]!
            .AsObject()
            .ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetString(Convert.FromBase64String(pair.Value!.GetValue<string>())));

    /// <summary>Reasons of the events about a resource, in no order.</summary>
    public async Task<string[]> EventsAsync(string name)
    {
        var events = JsonNode.Parse(await RunAsync("get", "events", "-o", "json", "--field-selector", $"involvedObject.name={name}"))!;
        return [.. events["items"]!.AsArray().Select(one => one!["reason"]!.GetValue<string>())];
    }

    /// <summary>Whether a token can be had with the pair of a Secret, where and how the Secret says.</summary>
    public async Task<bool> ObtainsTokenAsync(IReadOnlyDictionary<string, string> secret)
    {
        using var http = NewHttp();
        using var answer = await http.PostAsJsonAsync(
            secret["CARTO_TOKEN_URL"],
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = secret["CARTO_CLIENT_ID"],
                ["client_secret"] = secret["CARTO_CLIENT_SECRET"],
                ["audience"] = secret["CARTO_AUDIENCE"],
            },
            Cancelled
        );
        return answer.IsSuccessStatusCode
            && (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("access_token").GetString() is { Length: > 0 };
    }

    /// <summary>The one live client of the user; fails when there is none or more.</summary>
    public EmulatorClient TheClient() => Assert.Single(Carto.Clients(User));

    public async ValueTask DisposeAsync()
    {
        try
        {
            Carto.Faults.Clear();
            await _leaks.SearchAsync(_server, Namespace, CancellationToken.None);
            await DeleteAllAsync();
            await _leaks.SearchAsync(_server, Namespace, CancellationToken.None);
            _leaks.AssertNothing();
            AssertNothingRefused();
        }
        finally
        {
            await _namespace.DisposeAsync();
            await Carto.DisposeAsync();
            _shown.Dispose();
            _leaks.Dispose();
            _log.Dispose();
        }
    }

    // Through the operator: a namespace with finalizers in it would never go.
    private async Task DeleteAllAsync()
    {
        using var limit = new CancellationTokenSource(Eventually.DefaultLimit, TimeProvider.System);
        (await Kubectl.RunAsync(["delete", "m2m", "--all", "--timeout=25s"], limit.Token)).EnsureSuccess();
        (await Kubectl.RunAsync(["delete", "cartoaccounts", "--all", "--timeout=25s"], limit.Token)).EnsureSuccess();
        (
            await Kubectl.RunAsync(["delete", "clustercartoaccount", Namespace, "--ignore-not-found", "--timeout=25s"], limit.Token)
        ).EnsureSuccess();
        Assert.Empty(Carto.Clients(User));
    }

    /// <summary>The rights of config/rbac were enough.</summary>
    private void AssertNothingRefused() =>
        Assert.DoesNotContain(_log.Lines.Since(0), line => line.Contains("forbidden: User", StringComparison.Ordinal));

    private HttpClient NewHttp()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(Carto.CaPem));
        return new HttpClient(
            new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }
        );
    }

    private static string Indent(string text, int by) =>
        string.Join('\n', text.TrimEnd().Split('\n').Select(line => new string(' ', by) + line));
}
