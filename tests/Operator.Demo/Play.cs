using System.Globalization;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carto.Emulator;
using Operator.TestKit;

namespace Operator.Demo;

/// <summary>What the demo shows, step by step. Each step fails when what it shows is not so.</summary>
internal sealed class Play(Stage stage, Narrator story)
{
    /// <summary>The account of the samples, used wherever a resource names none.</summary>
    public const string Account = "default";

    private const string Login = "carto-login";
    private const string Resource = "etl-service";

    private EmulatorUser _user = null!;
    private IReadOnlyDictionary<string, string> _pair = null!;

    /// <summary>From nothing to a Secret whose pair works.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        await InstallAsync(cancellationToken);
        await ConnectAsync(cancellationToken);

        story.Begin("A client: ten lines of YAML become a client in CARTO and a Secret");
        await RunAsync("apply -f config/samples/minimal.yaml", cancellationToken);
        await RunAsync($"wait --for=condition=Ready m2m/{Resource} --timeout=60s", cancellationToken);
        await RunAsync("get m2m", cancellationToken);
        story.Say("");
        await RunAsync($"describe secret {Resource}", cancellationToken);
        var client = await TheClientAsync(cancellationToken);
        _pair = await SecretAsync(cancellationToken);
        Require(_pair["CARTO_CLIENT_ID"] == client, "the Secret names another client than CARTO has");

        story.Begin("A token, obtained with what the Secret holds");
        var token = await ObtainTokenAsync(cancellationToken)
            ?? throw new InvalidOperationException("CARTO refused the pair of the Secret.");
        story.Say(
            $"subject  {token.Subject}\nissuer   {token.Issuer}\nexpires  {token.ExpiresAt.ToString("u", CultureInfo.InvariantCulture)}"
        );
        Require(token.Subject.Contains(client, StringComparison.Ordinal), "the token is another client's");

        story.Begin("Another one, with keys, labels and files as its application wants them");
        await RunAsync("apply -f config/samples/secret-shape.yaml", cancellationToken);
        await RunAsync("wait --for=condition=Ready m2m/map-tiles --timeout=60s", cancellationToken);
        await RunAsync("describe secret map-tiles-carto", cancellationToken);
        await RunAsync("get m2m -o wide", cancellationToken);
        await RunAsync("get events", cancellationToken);
    }

    /// <summary>Another name, the same client.</summary>
    public async Task RenameAsync(CancellationToken cancellationToken)
    {
        story.Begin("Rename: the client gets another name and keeps its ID and secret");
        await RunAsync($"patch m2m {Resource} --type=merge -p '{Spec("displayName", "ETL (production)")}'", cancellationToken);
        await Eventually.TrueAsync(
            () =>
                Clients()
                    .Any(client =>
                        client.Id == _pair["CARTO_CLIENT_ID"] && client.Name.StartsWith("ETL (production) [", StringComparison.Ordinal)
                    ),
            "the new name in CARTO",
            cancellationToken
        );
        await RunAsync($"wait --for=condition=Synced m2m/{Resource} --timeout=60s", cancellationToken);
        await ShowClientsAsync(cancellationToken);
        var pair = await SecretAsync(cancellationToken);
        Require(pair.Count == _pair.Count && pair.All(key => _pair[key.Key] == key.Value), "the Secret has changed");
        Require(await ObtainTokenAsync(cancellationToken) is not null, "CARTO refuses the pair of the Secret");
        story.Say("The pair in the Secret is the same, and still works.");
    }

    /// <summary>A new pair, and for a while the old one beside it.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        story.Begin("Rotate: a new client takes over, and the old one works until everybody has switched");
        var before = _pair["CARTO_CLIENT_ID"];
        await RunAsync($"annotate m2m {Resource} credentials.carto.com/rotate-requested-at=now", cancellationToken);
        _pair = await Eventually.GetAsync(
            SecretAsync,
            pair => pair["CARTO_CLIENT_ID"] != before,
            "another pair in the Secret",
            cancellationToken
        );
        await RunAsync($"get m2m {Resource}", cancellationToken);
        await ShowClientsAsync(cancellationToken);
        Require(Clients().Any(client => client.Id == before), "the old client was revoked before its time");
        Require(await ObtainTokenAsync(cancellationToken) is not null, "CARTO refuses the new pair");
        story.Say("The new pair works.");
    }

    /// <summary>The resource goes, and so does everything of it.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        story.Begin("Delete: the client is revoked and the Secret goes");
        await RunAsync("delete m2m --all --timeout=60s", cancellationToken);
        await ShowClientsAsync(cancellationToken);
        Require(Clients().Count == 0, "clients are left in CARTO");
        Require(await ObtainTokenAsync(cancellationToken) is null, "CARTO still issues tokens for the pair");
        story.Say("CARTO refuses the pair.");
        await Eventually.GetAsync(
            token => stage.Kubectl.RunAsync(["get", "secret", Resource, "--ignore-not-found"], token),
            result => result.ExitCode == 0 && result.Output.Length == 0,
            "the Secret to go",
            cancellationToken
        );
        await RunAsync("get m2m,secrets", cancellationToken);
    }

    /// <summary>Everything stays up: what a person can do now.</summary>
    public void TellHowToGoOn() =>
        story.Say(
            $"""

            ── All of it stays up until Ctrl-C. In another terminal:
            export KUBECONFIG={stage.KubeconfigPath}
            alias kubectl={Repository.PathOf("tests", "apiserver", "kubectl.sh")}

            kubectl get m2m
            kubectl describe m2m {Resource}
            kubectl patch m2m {Resource} --type=merge -p '{Spec("displayName", "ETL (production)")}'
            kubectl annotate m2m {Resource} credentials.carto.com/rotate-requested-at=now
            kubectl delete m2m {Resource}
            kubectl explain m2m.spec

            CARTO's clients:     {stage.CartoPage} in a browser shows them as they change
            CARTO's view:        curl -sS --cacert {stage.AuthorityPath} {AdminUrl}/clients?user={_user.Name}
            CARTO misbehaves:    see docs/emulator.md; its admin endpoint is {AdminUrl}
            the operator's log:  tail -f {stage.LogPath}
            """
        );

    private Uri AdminUrl => new(stage.Carto.BaseUrl, "admin");

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        story.Begin("Kubernetes and CARTO");
        story.Say("The first start builds an API server, which takes some minutes. CARTO is an emulator: see docs/emulator.md.");
        await stage.StartClusterAsync(cancellationToken);
        story.Say($"Kubernetes  {stage.Server.BaseAddress}");
        _user = await stage.StartCartoAsync(cancellationToken);
        story.Say($"CARTO       {stage.Carto.BaseUrl} with the user {_user.Name}");
        await RequirePageAsync(cancellationToken);
        story.Say($"            {stage.CartoPage} in a browser shows its clients as they change");
    }

    private async Task InstallAsync(CancellationToken cancellationToken)
    {
        story.Begin("The operator: custom resources, rights, process");
        await RunAsync("apply --server-side -k config/crd", cancellationToken);
        await RunAsync(
            "wait --for=condition=Established crd/m2moauthclients.credentials.carto.com crd/cartoaccounts.credentials.carto.com "
                + "crd/clustercartoaccounts.credentials.carto.com",
            cancellationToken
        );
        await RunAsync($"create namespace {Stage.OperatorNamespace}", cancellationToken);
        await RunAsync("apply -k config/rbac", cancellationToken);
        story.Show("operator run --kubeconfig ...");
        await stage.StartOperatorAsync(cancellationToken);
        story.Say("ready");
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        story.Begin("An account: how the operator reaches CARTO, for every namespace");
        await RunAsync($"create namespace {Stage.Namespace}", cancellationToken);
        var login =
            $"-n {Stage.OperatorNamespace} create secret generic {Login} --from-literal=CARTO_CLIENT_ID={_user.ClientId} "
            + "--from-literal=CARTO_CLIENT_SECRET=";
        story.Show($"kubectl {login}****");
        story.Say(
            (await stage.Kubectl.RunAsync((login + _user.ClientSecret).Split(' '), cancellationToken)).EnsureSuccess().Output.TrimEnd()
        );
        await RunAsync(
            $"-n {Stage.OperatorNamespace} create configmap carto-ca --from-file=ca.crt={stage.AuthorityPath}",
            cancellationToken
        );
        var account = $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: ClusterCartoAccount
            metadata:
              name: {{Account}}
            spec:
              apiBaseUrl: {{stage.Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{stage.Carto.TokenUrl}}
                clientCredentials:
                  secretRef: {name: {{Login}}, namespace: {{Stage.OperatorNamespace}} }
              caBundle:
                configMapRef: {name: carto-ca, namespace: {{Stage.OperatorNamespace}} }
            """;
        story.Show("kubectl apply -f - <<EOF");
        story.Say($"{account}\nEOF");
        story.Say((await stage.Kubectl.TryApplyAsync(account, cancellationToken)).EnsureSuccess().Output.TrimEnd());
        await RunAsync($"wait --for=condition=Ready clustercartoaccount/{Account} --timeout=60s", cancellationToken);
        await RunAsync("get clustercartoaccounts -o wide", cancellationToken);
    }

    private Task<string> RunAsync(string command, CancellationToken cancellationToken) =>
        story.RunAsync(stage.Kubectl, command, cancellationToken);

    private IReadOnlyList<EmulatorClient> Clients() => stage.Carto.Clients(_user);

    /// <summary>Shows CARTO's clients, and returns the ID of the only one.</summary>
    private async Task<string> TheClientAsync(CancellationToken cancellationToken)
    {
        await ShowClientsAsync(cancellationToken);
        return Clients() is [var only]
            ? only.Id
            : throw new InvalidOperationException($"CARTO has {Clients().Count} clients instead of one.");
    }

    /// <summary>What CARTO says to its administrator, without the secrets that it would tell, too.</summary>
    private async Task ShowClientsAsync(CancellationToken cancellationToken)
    {
        story.Say("");
        story.Show($"curl {AdminUrl}/clients?user={_user.Name}");
        using var http = NewHttp();
        var clients = await http.GetFromJsonAsync<JsonArray>($"{AdminUrl}/clients?user={_user.Name}", cancellationToken) ?? [];
        foreach (var client in clients.Where(client => client!["cameWithUser"]?.GetValue<bool>() != true))
        {
            story.Say($"{client!["id"]}  {client["name"]}");
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> SecretAsync(CancellationToken cancellationToken)
    {
        var secret = JsonNode.Parse(
            (await stage.Kubectl.RunAsync(["get", "secret", Resource, "-o", "json"], cancellationToken)).EnsureSuccess().Output
        )!;
        return secret["data"]!
            .AsObject()
            .ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetString(Convert.FromBase64String(pair.Value!.GetValue<string>())));
    }

    /// <summary>What a token for the pair says of itself; null when CARTO gives none.</summary>
    private async Task<TokenClaims?> ObtainTokenAsync(CancellationToken cancellationToken)
    {
        story.Show(
            $"curl {_pair["CARTO_TOKEN_URL"]} -d grant_type=client_credentials -d client_id=$CARTO_CLIENT_ID -d "
                + "client_secret=$CARTO_CLIENT_SECRET -d audience=$CARTO_AUDIENCE"
        );
        using var http = NewHttp();
        using var form = new FormUrlEncodedContent([
            new("grant_type", "client_credentials"),
            new("client_id", _pair["CARTO_CLIENT_ID"]),
            new("client_secret", _pair["CARTO_CLIENT_SECRET"]),
            new("audience", _pair["CARTO_AUDIENCE"]),
        ]);
        using var answer = await http.PostAsync(new Uri(_pair["CARTO_TOKEN_URL"]), form, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("access_token").GetString()!;
        var payload = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
        var claims = JsonDocument.Parse(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='))).RootElement;
        return new TokenClaims(
            claims.GetProperty("sub").GetString()!,
            claims.GetProperty("iss").GetString()!,
            DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("exp").GetInt64())
        );
    }

    private async Task RequirePageAsync(CancellationToken cancellationToken)
    {
        using HttpClient http = new();
        using var page = await http.GetAsync(stage.CartoPage, cancellationToken);
        Require(page.Content.Headers.ContentType?.MediaType == "text/html", $"{stage.CartoPage} has no page");
    }

    private HttpClient NewHttp()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(stage.Carto.CaPem));
        return new HttpClient(
            new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } }
        );
    }

    private static string Spec(string field, string value) => $"{{\"spec\":{{\"{field}\":\"{value}\"}}}}";

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    private sealed record TokenClaims(string Subject, string Issuer, DateTimeOffset ExpiresAt);
}
