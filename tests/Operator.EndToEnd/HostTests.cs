using System.Net;
using Carto.Emulator;
using Operator.Hosting;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>The operator inside this process, in the place of the usual one: what cannot be brought about from outside.</summary>
[Collection(RunningOperator.Alone)]
public sealed class HostTests(RunningOperator @operator) : TeamTests(@operator)
{
    private readonly TestLog _log = new();

    [Fact]
    public async Task Verify_TurnedOffByTheOperator_TriesNoPairAndReportsIt()
    {
        var team = await NewTeamAsync();
        await Operator.StopAsync();
        await using var host = await StartAsync(setup => setup with { Options = setup.Options with { Verify = false } });

        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");

        var verified = Team.Condition(await team.GetAsync("m2m/etl"), "CredentialsVerified")!;
        Assert.Equal(("Unknown", "VerificationDisabled"), (verified["status"]!.GetValue<string>(), verified["reason"]!.GetValue<string>()));
        Assert.Null(team.TheClient().LastTokenAt);
        await StopAsync(host);
    }

    [Fact]
    public async Task Abandoned_RightAfterCartoCreatedTheClient_CallsNobodyAnyMoreAndTheNextGoesOn()
    {
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        await Operator.StopAsync();
        using var calls = new CountingHandler();
        await using (var host = await StartAsync(setup => setup with { KubernetesHandlers = [calls] }))
        {
            team.Carto.Faults.Add(Fault.Hang(Operation.Create) with { AfterEffect = true });
            await team.ApplyClientAsync("etl");
            await Eventually.TrueAsync(() => team.Carto.Clients(team.User).Count == 1, "CARTO to create the client", Cancelled);

            await host.AbandonAsync();
        }

        var made = calls.Count;
        team.Carto.Faults.Clear();
        await Operator.StartAsync();

        await team.WaitReadyAsync("etl");
        Assert.Equal(team.TheClient().Id, (await team.SecretAsync("etl"))["CARTO_CLIENT_ID"]);
        Assert.True(await team.ObtainsTokenAsync(await team.SecretAsync("etl")));
        Assert.Equal(made, calls.Count);
    }

    [Fact]
    public async Task Part_Fails_IsNotLiveAndEnds()
    {
        await Operator.StopAsync();
        await using var host = await StartAsync(setup => setup with { Time = new NoTickers() });

        await host.Ended.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled);

        Assert.Equal("no tickers today", host.Failure?.Message);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.HealthUrl, "livez"), Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("stopping because of a failure: no tickers today\n", await answer.Content.ReadAsStringAsync(Cancelled));
        await StopAsync(host);
    }

    private async Task<OperatorHost> StartAsync(Func<OperatorSetup, OperatorSetup> change)
    {
        var setup = new OperatorSetup
        {
            Options = new OperatorOptions
            {
                Health = new ListenAddress(IPAddress.Loopback, 0),
                AllowedHosts = ["127.0.0.1"],
                LeaderElect = false,
                Metrics = null,
            },
            Kubernetes = Operator.Access.CreateConfiguration(),
            LoggerFactory = _log.CreateFactory(),
        };
        var host = new OperatorHost(change(setup));
        await host.StartAsync(Cancelled);
        return host;
    }

    private static async Task StopAsync(OperatorHost host)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        await host.StopAsync(limit.Token);
    }

    private sealed class CountingHandler : DelegatingHandler
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }

    /// <summary>Fails the event recorder, the only part that ticks.</summary>
    private sealed class NoTickers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            period == TimeSpan.FromMinutes(1)
                ? throw new InvalidOperationException("no tickers today")
                : base.CreateTimer(callback, state, dueTime, period);
    }
}
