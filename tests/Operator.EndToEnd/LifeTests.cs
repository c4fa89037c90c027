using System.Net;
using System.Text.Json;
using Operator.TestKit;
using Operator.TestKit.Faults;
using Fail = Operator.TestKit.Faults.Fail;

namespace Operator.EndToEnd;

/// <summary>How the process lives and ends.</summary>
[Collection(RunningOperator.Alone)]
public sealed class LifeTests : IAsyncLifetime
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly RunningOperator _operator;
    private readonly TestLog _log = new();
    private readonly IDisposable _shown;

    public LifeTests(RunningOperator @operator)
    {
        _operator = @operator;
        _shown = @operator.Show(_log, null);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _operator.EnsureRunningAsync();

    public ValueTask DisposeAsync()
    {
        _shown.Dispose();
        _log.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Run_WithTheRightsOfConfigRbac_IsReadyAndRefusedNothing()
    {
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await _operator.Process.GetHealthAsync("readyz", Cancelled));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await _operator.Process.GetHealthAsync("livez", Cancelled));

        // Whoever writes into a namespace that is going away is refused as well, whatever his rights.
        Assert.DoesNotContain(_operator.Log.Since(0), line =>
            line.Contains("forbidden: User", StringComparison.Ordinal) && !line.Contains("being terminated", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_EndsItInTimeWithExitCode0(string signal)
    {
        var started = TimeProvider.System.GetTimestamp();

        Assert.Equal(0, await _operator.StopAsync(signal));
        Assert.True(TimeProvider.System.GetElapsedTime(started) < StopLimit);
        await _operator.StartAsync();
    }

    [Fact]
    public async Task Run_ServerAway_StaysAliveReportsWhyAndGoesOnWhenItIsBack()
    {
        await using var proxy = await FaultProxy.StartAsync(_operator.Server, Cancelled);
        proxy.IsDown = true;
        await _operator.ThroughAsync(proxy, async process =>
        {
            await SaysAsync(process, "waiting: the API server cannot be reached: ");
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await process.GetHealthAsync("livez", Cancelled));

            proxy.IsDown = false;
            await process.WaitUntilReadyAsync(Cancelled);

            proxy.IsDown = true;
            await process.SignalAsync("TERM", Cancelled);
            Assert.Equal(0, await process.Exited.WaitAsync(StopLimit, TimeProvider.System, Cancelled));
        });
    }

    [Fact]
    public async Task Run_KindsNotInstalled_SaysWhatToInstallAndGoesOnWhenTheyAre()
    {
        await using var proxy = await FaultProxy.StartAsync(_operator.Server, Cancelled);
        var rule = proxy.On(
            request => request.Resource == "cartoaccounts",
            Fail.Answer(HttpStatusCode.NotFound, "404 page not found\n", [])
        );
        await _operator.ThroughAsync(proxy, async process =>
        {
            await SaysAsync(
                process,
                "waiting: the server has no cartoaccounts.credentials.carto.com: install the custom resource definitions"
            );

            rule.Dispose();
            await process.WaitUntilReadyAsync(Cancelled);
        });
    }

    [Fact]
    public async Task Run_KindThatCannotBeListed_IsNotReadyAndSaysWhich()
    {
        await using var proxy = await FaultProxy.StartAsync(_operator.Server, Cancelled);
        var rule = proxy.On(
            request => request is { Resource: "secrets", Verb: "list" },
            Fail.Answer(HttpStatusCode.Forbidden, "Forbidden")
        );
        await _operator.ThroughAsync(proxy, async process =>
        {
            await SaysAsync(process, "waiting for the first list of: secrets (");

            rule.Dispose();
            await process.WaitUntilReadyAsync(Cancelled);
        });
    }

    [Fact]
    public async Task Run_HealthPortTaken_EndsWithAMessageInTheLog()
    {
        var taken = (await _operator.Process.GetHealthUrlAsync(Cancelled)).Authority;
        var kubeconfig = _operator.NewFile("kubeconfig");
        _operator.Access.WriteKubeconfig(kubeconfig);

        var result = await OperatorProcess.RunAsync(
            ["run", "--kubeconfig", kubeconfig, "--health-port", taken, "--log-format", "json"],
            new Dictionary<string, string>(),
            Cancelled
        );

        var record = JsonDocument.Parse(Assert.Single(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        Assert.Equal("Critical", record.GetProperty("LogLevel").GetString());
        Assert.StartsWith(
            $"Cannot start: --health-port: cannot listen on {taken}: ",
            record.GetProperty("Message").GetString(),
            StringComparison.Ordinal
        );
        Assert.EndsWith("Z", record.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    private static async Task SaysAsync(OperatorProcess process, string text) =>
        await Eventually.GetAsync(
            token => process.GetHealthAsync("readyz", token),
            health => health.Status == HttpStatusCode.ServiceUnavailable && health.Text.StartsWith(text, StringComparison.Ordinal),
            text,
            Cancelled
        );
}
