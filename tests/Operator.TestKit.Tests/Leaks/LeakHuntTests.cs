using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;
using Operator.TestKit.Leaks;

namespace Operator.TestKit.Tests.Leaks;

/// <summary>Leaks on purpose, in every place and form, and sees that they are found.</summary>
public sealed class LeakHuntTests : IDisposable
{
    private const string Secret = "0PqkT9sWmZr3nVfBxYc7LdGhJ2uEaRi8";
    private const string Token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhbmFAY2xpZW50cyJ9.Zm9yIGFsbCB0aGF0IGlzIG5vdCBzaWduZWQ";

    private readonly KubernetesServer _server;
    private readonly List<string> _issued = [Secret, Token];
    private readonly LeakHunt _hunt;

    public LeakHuntTests(KubernetesServer server)
    {
        _server = server;
        _hunt = new LeakHunt(() => _issued);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Forms() =>
        [
            Secret,
            $"it is {Secret}.",
            $"it begins with {Secret[..10]}",
            $"it ends with ...{Secret[^10..]}",
            Token,
            $"Bearer {Token[..40]}...",
            $"signed {Token[^12..]}",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"id:{Secret}")),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"i:{Secret}")),
            Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))),
            $"hash={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))[..8]}",
            $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)))[..12]} of a token",
            Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))),
        ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Check_TextThatGivesASecretAway_IsFound(string text)
    {
        _hunt.Check("a place", text);

        Assert.Contains("a place", Assert.Single(_hunt.Found()), StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(_hunt.AssertNothing);
    }

    [Fact]
    public void Check_SecretWithSignsThatUrlsEscape_IsFoundInAUrl()
    {
        _issued.Add("a+b/c=d e?f&g#h%i+j/k=l m?n&");

        _hunt.Check("a URL", $"https://example.com/?secret={Uri.EscapeDataString(_issued[^1])}");

        Assert.Single(_hunt.Found());
    }

    [Theory]
    [InlineData("an id like gUoDZtdVDZhrBRSJmTuD0TIjBvBVe1WK or 8d3c2f0a-77aa-4bd0-9d53-0123456789ab is no secret")]
    [InlineData("0PqkT9sWm")]
    [InlineData("")]
    public void Check_TextWithoutASecret_FindsNothing(string text)
    {
        _hunt.Check("a place", text);

        _hunt.AssertNothing();
    }

    [Fact]
    public void Found_SecretIssuedAfterTheStart_IsLookedForToo()
    {
        const string Later = "Q1w2E3r4T5y6U7i8O9p0A1s2D3f4G5h6";
        var log = new LogBuffer();
        _hunt.Watch(log);
        log.Add("before");
        Assert.Empty(_hunt.Found());

        _issued.Add(Later);
        log.Add($"created {Later}");

        Assert.Contains("the log: created", Assert.Single(_hunt.Found()), StringComparison.Ordinal);
        Assert.DoesNotContain(Later[..4], _hunt.Found()[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Found_LogThatForgotLines_ReportsIt()
    {
        var log = new LogBuffer(capacity: 1);
        _hunt.Watch(log);
        log.Add(Secret);
        log.Add("no secret");

        Assert.Throws<InvalidOperationException>(_hunt.Found);
    }

    [Theory]
    [InlineData("Operator.Runtime")]
    [InlineData("Operator.Carto")]
    public void Found_SecretInATagOfAMetric_IsFound(string meterName)
    {
        using var meter = new Meter(meterName);
        meter.CreateCounter<long>("carto.calls").Add(1, new KeyValuePair<string, object?>("client", Secret));
        meter.CreateHistogram<double>("carto.call.duration").Record(0.1, new KeyValuePair<string, object?>("token", Token));
        meter.CreateObservableGauge("carto.clients", () =>
            new Measurement<int>(1, new KeyValuePair<string, object?>("pair", $"id:{Secret}"))
        );

        Assert.Equal(3, _hunt.Found().Count(found => found.Contains("in a metric", StringComparison.Ordinal)));
    }

    [Fact]
    public void Found_SecretInATrace_IsFound()
    {
        using var source = new ActivitySource("Operator.Carto");
        using (var activity = source.StartActivity("create"))
        {
            activity!.SetTag("carto.secret", Secret);
        }

        using (var activity = source.StartActivity("verify"))
        {
            activity!.AddEvent(new ActivityEvent("refused", tags: new ActivityTagsCollection { ["with"] = Token }));
        }

        source.StartActivity("list")!.SetStatus(ActivityStatusCode.Error, $"refused {Secret}").Dispose();

        Assert.Equal(3, _hunt.Found().Count(found => found.Contains("in a trace", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Search_SecretInAnyObject_IsFound()
    {
        await using var @namespace = await TestNamespace.CreateAsync(_server, Cancel);
        await @namespace.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: in-data}
            data: {secret: {{Secret}} }
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: in-annotation, annotations: {hash: {{Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(Secret))
            )}} } }
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: in-its-place}
            stringData: {secret: {{Secret}} }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: in-template}
            spec:
              selector: {matchLabels: {app: web} }
              template:
                metadata: {labels: {app: web}, annotations: {token: "{{Token}}"} }
                spec: {containers: [{name: web, image: example.com/web}]}
            """,
            Cancel
        );
        await _server.Client.EventsV1.CreateNamespacedEventAsync(
            new Eventsv1Event
            {
                Metadata = new V1ObjectMeta { Name = "in-note" },
                EventTime = TimeProvider.System.GetUtcNow().UtcDateTime,
                ReportingController = "example.com/test",
                ReportingInstance = "test",
                Action = "Create",
                Reason = "Created",
                Type = "Normal",
                Note = $"Created a client with {Secret}",
                Regarding = new V1ObjectReference
                {
                    NamespaceProperty = @namespace.Name,
                    Name = "etl",
                    Kind = "Pod",
                    ApiVersion = "v1",
                },
            },
            @namespace.Name,
            cancellationToken: Cancel
        );

        await _hunt.SearchAsync(_server, @namespace.Name, Cancel);

        var found = _hunt.Found();
        Assert.All((string[])["ConfigMap in-data", "Secret in-annotation", "deployments in-template", "events in-note"], place =>
            Assert.Single(found, line => line.Contains(place, StringComparison.Ordinal))
        );
        Assert.Equal(4, found.Count);
    }

    public void Dispose() => _hunt.Dispose();
}
