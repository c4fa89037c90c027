using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>What the operator tells of itself: metrics, traces and its log.</summary>
[Collection(RunningOperator.Alone)]
public sealed partial class TelemetryTests(RunningOperator @operator) : TeamTests(@operator)
{
    private const string OfResources = "carto_operator_client_";

    /// <summary>What this test does not bring about: it is in the table, and on a page of metrics when it happens.</summary>
    private static readonly string[] Rare =
    [
        "carto_operator_carto_throttled_seconds_total",
        "carto_operator_informer_malformed_total",
        "carto_operator_rotation_next_seconds",
    ];

    [Fact]
    public async Task Metrics_OfARunningOperator_AreThoseOfThePage()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        await team.RunAsync("annotate", "m2m", "etl", "credentials.carto.com/rotate-requested-at=now");
        await team.BecomesAsync("m2m/etl", found => found["status"]!["lastRotationTime"] is not null, "a rotation");
        await team.RunAsync("annotate", "cartoaccount", Team.Account, "credentials.carto.com/reconcile-requested-at=now");
        var page = Documented(ofResources: false);

        var exposed = await Eventually.GetAsync(
            async token => Exposed(await Operator.Process.GetMetricsAsync(token)),
            found => page.Keys.Except(Rare).All(found.ContainsKey),
            "all metrics of docs/metrics.md",
            Cancelled
        );

        Assert.Equal(page.Keys.Except(Rare).Order(StringComparer.Ordinal), exposed.Keys.Except(Rare).Order(StringComparer.Ordinal));
        Assert.All(exposed, metric => Assert.Equal(page[metric.Key], metric.Value));
    }

    [Fact]
    public async Task Metrics_OfEachResourceWhereTheyAreAskedFor_AreThoseOfThePage()
    {
        var team = await NewTeamAsync();
        var page = Documented(ofResources: true);
        await Operator.InsteadAsync(
            new Dictionary<string, string> { ["CARTO_OPERATOR_METRICS_PER_RESOURCE"] = "true" },
            static _ => { },
            async process =>
            {
                await team.ApplyClientAsync("etl", "rotation: {every: 90d}");
                await team.ApplyClientAsync("paused", "suspend: true");
                await team.WaitReadyAsync("etl");

                var text = await Eventually.GetAsync(
                    process.GetMetricsAsync,
                    text => Has(text, $"{OfResources}ready", Labels("etl"), "1") && Has(text, $"{OfResources}ready", Labels("paused"), "0"),
                    "both resources",
                    Cancelled
                );

                Assert.Equal(page, Exposed(text).Where(metric => IsOfResources(metric.Key)).ToDictionary());
                // Rotations are spread over the last day of the interval.
                Assert.InRange(
                    Value(text, $"{OfResources}rotation_next_seconds", Labels("etl")),
                    TimeSpan.FromDays(88.9).TotalSeconds,
                    TimeSpan.FromDays(90).TotalSeconds
                );
                Assert.DoesNotContain($"{OfResources}credentials_age_seconds{{{Labels("paused")}}}", text, StringComparison.Ordinal);
            }
        );

        string Labels(string client) => $"client=\"{client}\",client_namespace=\"{team.Namespace}\"";
    }

    [Fact]
    public async Task Metrics_OfATeam_CountItsClientsByAccountAndState()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.ApplyClientAsync("paused", "suspend: true");
        await team.WaitReadyAsync("etl");
        var account = $"account=\"{Team.Account}\",account_kind=\"CartoAccount\",account_namespace=\"{team.Namespace}\"";

        var text = await Eventually.GetAsync(
            Operator.Process.GetMetricsAsync,
            text =>
                Has(text, "carto_operator_clients", $"{account},state=\"ready\"", "1")
                && Has(text, "carto_operator_clients", $"{account},state=\"suspended\"", "1"),
            "one client of each state",
            Cancelled
        );

        Assert.True(Has(text, "carto_operator_account_ready", account, "1"), text);
        Assert.True(Has(text, "carto_operator_leader", "watched_namespaces=\"\"", "1"), text);
        Assert.All(team.Carto.SecretsEverIssued, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Traces_OfANewClient_GoFromItsChangeToTheLastWriteAndHoldNoSecret()
    {
        var team = await NewTeamAsync();
        await using var receiver = await TraceReceiver.StartAsync(Cancelled);
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        await Operator.InsteadAsync(
            environment,
            static _ => { },
            async _ =>
            {
                await team.ApplyClientAsync("etl");
                await team.WaitReadyAsync("etl");
                string[] spans =
                [
                    "reconcile m2moauthclient",
                    "patch m2moauthclients",
                    "carto create",
                    "carto api",
                    "carto token endpoint",
                    "create secrets",
                    "create events",
                ];
                await Eventually.TrueAsync(() => spans.All(receiver.Text.Contains), $"spans named {string.Join(", ", spans)}", Cancelled);
            }
        );

        Assert.Contains("carto-operator", receiver.Text, StringComparison.Ordinal);
        Assert.All(team.Carto.SecretsEverIssued, secret => Assert.DoesNotContain(secret, receiver.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_AtTheDefaultLevel_HasALineOfJsonForEachTurnWithItsObjectAndReconcileAndNoneForIdling()
    {
        var team = await NewTeamAsync();
        var log = new LogBuffer();
        await Operator.InsteadAsync(new Dictionary<string, string> { ["CARTO_OPERATOR_LOG_FORMAT"] = "json" }, log.Add, async _ =>
        {
            await team.ApplyClientAsync("etl");
            await team.WaitReadyAsync("etl");
            await Eventually.TrueAsync(() => About("m2moauthclient").Count > 0, "a line about the client", Cancelled);

            // A comparison that finds nothing to do is no news.
            await team.RunAsync("annotate", "m2m", "etl", "credentials.carto.com/reconcile-requested-at=now");
            await team.BecomesAsync(
                "m2m/etl",
                found => found["status"]!["lastHandledReconcileAt"]?.GetValue<string>() == "now",
                "the look"
            );
        });

        var line = Assert.Single(About("m2moauthclient"));
        Assert.StartsWith($"{team.Namespace}/etl: Created: ", line["Message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("Information", line["LogLevel"]!.GetValue<string>());
        Assert.Contains(line["Scopes"]!.AsArray(), scope =>
            scope!["Object"]?.ToString() == $"{team.Namespace}/etl" && scope["ReconcileId"] is not null
        );
        Assert.All(log.Since(0), each => Assert.NotNull(JsonNode.Parse(each)!["Timestamp"]));

        List<JsonNode> About(string controller) =>
            [
                .. log.Since(0)
                    .Select(each => JsonNode.Parse(each)!)
                    .Where(each =>
                        each["Scopes"] is JsonArray scopes
                        && scopes.Any(scope =>
                            scope!["Controller"]?.ToString() == controller
                            && scope["Object"]!.ToString().StartsWith(team.Namespace, StringComparison.Ordinal)
                        )
                    ),
            ];
    }

    private static bool IsOfResources(string metric) => metric.StartsWith(OfResources, StringComparison.Ordinal);

    private static bool Has(string text, string metric, string labels, string value) =>
        text.Split('\n').Any(line => line.StartsWith($"{metric}{{{labels}}} {value}", StringComparison.Ordinal));

    private static double Value(string text, string metric, string labels)
    {
        var start = $"{metric}{{{labels}}} ";
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith(start, StringComparison.Ordinal));
        return double.Parse(line.AsSpan(start.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>Type and labels of each metric that the page has a row for.</summary>
    private static Dictionary<string, string> Documented(bool ofResources) =>
        File.ReadLines(Repository.PathOf("docs", "metrics.md"))
            .Select(line => Row().Match(line))
            .Where(match => match.Success && IsOfResources(match.Groups["name"].Value) == ofResources)
            .ToDictionary(
                match => match.Groups["name"].Value,
                match =>
                    $"{match.Groups["type"].Value} {string.Join(' ', Label().Matches(match.Groups["labels"].Value).Select(label => label.Groups[1].Value).Order(StringComparer.Ordinal))}".Trim(),
                StringComparer.Ordinal
            );

    /// <summary>Type and labels of each metric on a page for Prometheus.</summary>
    private static Dictionary<string, string> Exposed(string text)
    {
        var types = TypeLine()
            .Matches(text)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["type"].Value, StringComparer.Ordinal);
        var labels = types.Keys.ToDictionary(name => name, _ => new SortedSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var sample in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => Sample().Match(line)))
        {
            var name = sample.Groups["name"].Value;
            var family = labels.ContainsKey(name) ? name : HistogramSuffix().Replace(name, "");
            labels[family]
                .UnionWith(
                    LabelName().Matches(sample.Groups["labels"].Value).Select(label => label.Groups[1].Value).Where(label => label != "le")
                );
        }

        return types.ToDictionary(
            type => type.Key,
            type => $"{type.Value} {string.Join(' ', labels[type.Key])}".Trim(),
            StringComparer.Ordinal
        );
    }

    [GeneratedRegex(@"^\| `(?<name>carto_operator_[a-z_]+)` \| (?<type>[a-z]+) \| (?<labels>[^|]*)\|")]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Label();

    [GeneratedRegex("^# TYPE (?<name>[a-z_]+) (?<type>[a-z]+)\r?$", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("^(?<name>[a-z_]+)(\\{(?<labels>.*)\\})? ")]
    private static partial Regex Sample();

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex LabelName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();

    /// <summary>Takes what an exporter sends, and keeps it as text: names and values of spans stand in it as they are.</summary>
    private sealed class TraceReceiver : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _received = new();
        private readonly WebApplication _app;

        private TraceReceiver()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            _app = builder.Build();
            _app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                _received.Enqueue(Encoding.Latin1.GetString(body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
            });
        }

        public string Address => _app.Urls.Single();

        public string Text => string.Join('\n', _received);

        public static async Task<TraceReceiver> StartAsync(CancellationToken cancellationToken)
        {
            var receiver = new TraceReceiver();
            await receiver._app.StartAsync(cancellationToken);
            return receiver;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
