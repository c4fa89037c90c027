using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carto.Emulator;
using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>
/// A real Prometheus reads the metrics of an installed operator to which bad things happen, with the alerts of the chart. Only they do not
/// wait until it has lasted.
/// </summary>
public sealed partial class MonitoredOperatorTests(KubernetesServer server) : ClusterTests(server)
{
    private const string Team = "team";
    private const string Job = "{job=\"test\"}";
    private const string Login = "carto-login";

    /// <summary>Panels that stay empty as long as all is well, or that need what does not happen here.</summary>
    private static readonly string[] EmptyPanels = ["carto_operator_events_total"];

    /// <summary>What a scrape in a cluster adds, and the buckets of histograms.</summary>
    private static readonly string[] LabelsOfAll = ["namespace", "instance", "le"];

    private static readonly Dictionary<string, string> LabelsOfScrape = new() { ["namespace"] = Home };

    private int _requests;

    private string Request => _requests.ToString(CultureInfo.InvariantCulture);

    [Fact]
    public async Task Alerts_OnARealOperatorInTrouble_Fire_AndEveryQueryAsksForWhatItServes()
    {
        await CreateNamespaceAsync(Home);
        await CreateNamespaceAsync(Team);
        await CreateAuthorityAsync(Home);
        (
            await new Helm(Server.KubeconfigPath).RunAsync(["install", "carto-operator", Chart.Folder, "-n", Home], Cancelled)
        ).EnsureSuccess();
        try
        {
            await PlayAsync();
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    private async Task PlayAsync()
    {
        await HoldLeaseAsync();
        await using var running = await InstalledOperator.StartAsync(Server, Home, "carto-operator");
        await using var prometheus = await PrometheusServer.StartAsync(
            await running.GetMetricsUrlAsync(),
            LabelsOfScrape,
            WithoutWaiting(await Alerts.Spec),
            Cancelled
        );

        // Somebody else has the Lease, and does nothing with it.
        await FiresAsync(prometheus, "CartoOperatorWithoutLeader");
        await RunAsync("-n", Home, "patch", "lease", "carto-operator", "--type=merge", "--patch", """{"spec": {"holderIdentity": ""}}""");

        // An account that works, and one whose login is missing; clients that are ready, that wait for a person, and that wait for an
        // account.
        await ApplyAsync(AccountOf("default", Login));
        await ApplyAsync(AccountOf("broken", "missing"));
        await ApplyAsync(LoginSecret());
        string[] ready = ["one", "two", "three", "four", "five"];
        await ApplyAsync(string.Concat(ready.Select(name => ClientOf(name, "default", "rotation: {every: 90d}"))));
        await ApplyAsync(ClientOf("wrong", "default", "secret: {template: {A: \"{{ nothing }}\"}}"));
        await ApplyAsync(ClientOf("waiting", "broken", "verify: true"));
        await FiresAsync(prometheus, "CartoAccountNotReady", "account", "broken");
        await FiresAsync(prometheus, "CartoClientsStalled", "account", "default");
        await FiresAsync(prometheus, "CartoClientsStuck", "account", "broken");
        await RunAsync(["-n", Team, "wait", "--for=condition=Ready", "--timeout=30s", .. ready.Select(name => $"m2m/{name}")]);
        await RunAsync("-n", Team, "annotate", "m2m", "one", "credentials.carto.com/rotate-requested-at=now");

        // One of the cluster's clients in CARTO that no resource has.
        var mark = Mark().Match(Carto.Clients(User)[0].Name);
        Carto.CreateClient(User, $"left [k8s:{mark.Groups["cluster"].Value}:000000000000-1]");
        await FiresAsync(prometheus, "CartoUnownedClients", meanwhile: CompareAsync);

        // An object that came in under another definition.
        await RunAsync(
            "patch",
            "crd",
            "m2moauthclients.credentials.carto.com",
            "--type=json",
            "--patch",
            """
            [{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/suspend",
              "value": {"x-kubernetes-preserve-unknown-fields": true}}]
            """
        );
        await Eventually.AssertAsync(_ => ApplyAsync(ClientOf("odd", "default", "suspend: perhaps")), Cancelled);
        await FiresAsync(prometheus, "CartoOperatorCannotReadObjects", "resource", "m2moauthclients");
        await RunAsync("-n", Team, "delete", "m2m", "odd");

        // All is there that is asked for, before the account fails.
        await AssertServedAsync(prometheus);
        await AssertPanelsAsync(prometheus);

        // Clients that somebody deleted in CARTO.
        foreach (var client in Carto.Clients(User))
        {
            Carto.DeleteClient(client.Id);
        }

        await FiresAsync(prometheus, "CartoAccountNeedsAttention", "account", "default", meanwhile: CompareAsync);

        // CARTO does not answer.
        Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));
        await FiresAsync(prometheus, "CartoCallsFail", meanwhile: AskAsync);

        // And in the end nobody is there.
        await running.StopAsync();
        await FiresAsync(prometheus, "CartoOperatorAbsent");
    }

    private static JsonObject WithoutWaiting(JsonObject spec)
    {
        var copy = spec.DeepClone().AsObject();
        foreach (var rule in Alerts.Rules(copy))
        {
            rule.Remove("for");
        }

        return copy;
    }

    private static async Task FiresAsync(
        PrometheusServer prometheus,
        string alert,
        string? label = null,
        string? value = null,
        Func<Task>? meanwhile = null
    )
    {
        var firing = $"ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"{(label is null ? "" : $",{label}=\"{value}\"")}}}";
        await Eventually.GetAsync(
            async token =>
            {
                await (meanwhile?.Invoke() ?? Task.CompletedTask);
                return await prometheus.QueryAsync(firing, token);
            },
            alerts => alerts.Count == 1,
            firing,
            Cancelled,
            TimeSpan.FromMinutes(2)
        );
    }

    /// <summary>Each metric and each label of an alert or a panel is one that the operator has served.</summary>
    private static async Task AssertServedAsync(PrometheusServer prometheus)
    {
        string[] queries =
        [
            .. (await Dashboard.ReadQueriesAsync(Cancelled)),
            .. Alerts.Rules(await Alerts.Spec).Select(rule => rule.Expression()),
        ];
        await Eventually.AssertAsync(
            async token =>
            {
                var served = (await prometheus.SeriesAsync(Job, token))
                    .GroupBy(series => (string)series!["__name__"]!)
                    .ToDictionary(
                        group => group.Key,
                        group => group.SelectMany(series => series!.AsObject().Select(label => label.Key)).ToHashSet()
                    );
                Assert.All(queries, query => AssertServed(query, served));
            },
            Cancelled
        );
    }

    private static void AssertServed(string query, Dictionary<string, HashSet<string>> served)
    {
        var metrics = Metric().Matches(query).Select(match => match.Value).ToList();
        Assert.NotEmpty(metrics);
        foreach (var metric in metrics)
        {
            Assert.True(served.TryGetValue(metric, out var labels), $"Nothing serves {metric}: {query}");
            foreach (var label in Labels().Matches(query).SelectMany(match => Label().Matches(match.Value)).Select(match => match.Value))
            {
                // Prometheus keeps no label that is empty.
                Assert.True(
                    LabelsOfAll.Contains(label) || labels.Contains(label) || label is "account_namespace" or "watched_namespaces",
                    $"{metric} has no label {label}: {query}"
                );
            }
        }
    }

    /// <summary>Each panel of the dashboard shows something.</summary>
    private static async Task AssertPanelsAsync(PrometheusServer prometheus)
    {
        var queries = (await Dashboard.ReadQueriesAsync(Cancelled))
            .Select(query =>
                query.Replace("$namespace", Home, StringComparison.Ordinal).Replace("$__rate_interval", "1m", StringComparison.Ordinal)
            )
            .ToList();
        await Eventually.AssertAsync(
            async token =>
            {
                List<string> empty = [];
                foreach (var query in queries)
                {
                    if ((await prometheus.QueryAsync(query, token)).Count == 0)
                    {
                        empty.Add(Metric().Match(query).Value);
                    }
                }

                Assert.Equal(EmptyPanels, empty);
            },
            Cancelled
        );
    }

    /// <summary>Takes away what holds up the end of the namespaces when no operator is left to do so.</summary>
    private async Task ReleaseAsync()
    {
        string[][] held =
        [
            ["-n", Team, "m2m"],
            ["clustercartoaccounts"],
            ["-n", Home, "secrets,configmaps"],
        ];
        foreach (var kind in held)
        {
            foreach (var name in await NamesAsync(kind))
            {
                await RunAsync([.. kind[..^1], "patch", name, "--type=merge", "--patch", """{"metadata": {"finalizers": null}}"""]);
            }
        }
    }

    private async Task HoldLeaseAsync() =>
        await ApplyAsync(
            $$"""
            apiVersion: coordination.k8s.io/v1
            kind: Lease
            metadata: {name: carto-operator, namespace: {{Home}} }
            spec: {holderIdentity: somebody, leaseDurationSeconds: 3600, acquireTime: "2026-01-01T00:00:00.000000Z", renewTime: "2026-01-01T00:00:00.000000Z"}
            """
        );

    /// <summary>Asks for a comparison, and for the next one when that was done.</summary>
    private async Task CompareAsync()
    {
        if (_requests == 0 || (string?)(await GetAsync("clustercartoaccount/default"))["status"]?["lastHandledReconcileAt"] == Request)
        {
            await AskAsync();
        }
    }

    private Task AskAsync() =>
        RunAsync(
            "annotate",
            "--overwrite",
            "clustercartoaccount",
            "default",
            $"credentials.carto.com/reconcile-requested-at={NextRequest()}"
        );

    private string NextRequest()
    {
        _requests++;
        return Request;
    }

    private string AccountOf(string name, string secret) =>
        $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: ClusterCartoAccount
            metadata: {name: {{name}} }
            spec:
              apiBaseUrl: {{Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{Carto.TokenUrl}}
                clientCredentials: {secretRef: {name: {{secret}}, namespace: {{Home}} } }
              caBundle: {configMapRef: {name: company-ca, namespace: {{Home}} } }
              requestsPerSecond: 3
            """;

    private string LoginSecret() =>
        $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: {{Login}}, namespace: {{Home}} }
            stringData: {CARTO_CLIENT_ID: "{{User.ClientId}}", CARTO_CLIENT_SECRET: "{{User.ClientSecret}}"}
            """;

    private static string ClientOf(string name, string account, string spec) =>
        $$"""
            ---
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: {{name}}, namespace: {{Team}} }
            spec:
              accountRef: {kind: ClusterCartoAccount, name: {{account}} }
              {{spec}}

            """;

    [GeneratedRegex(@"\[k8s:(?<cluster>[0-9a-f]{6}):")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\bcarto_operator_\w+")]
    private static partial Regex Metric();

    /// <summary>What stands in the braces behind a metric, or in the parentheses behind <c>by</c>.</summary>
    [GeneratedRegex(@"\{[^}]*\}|(?<=\bby )\([^)]*\)")]
    private static partial Regex Labels();

    [GeneratedRegex(@"(?<=[{(,]\s*)[a-z_]+(?=\s*(=|!=|=~|!~|,|\)))")]
    private static partial Regex Label();
}
