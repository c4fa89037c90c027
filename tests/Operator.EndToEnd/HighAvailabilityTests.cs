using System.Net;
using Carto.Emulator;
using Operator.TestKit;
using Operator.TestKit.Faults;
using Fault = Carto.Emulator.Fault;

namespace Operator.EndToEnd;

/// <summary>Two operators, as two processes: one leads, the other one waits, and the first one goes in each way that there is.</summary>
[Collection(RunningOperator.Alone)]
public sealed class HighAvailabilityTests(RunningOperator @operator) : TeamTests(@operator)
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(6);

    // Short, so that a test can see it run out, and not so short that a busy machine misses a renewal.
    private static readonly string[] ShortLease = ["--lease-duration", "6s", "--lease-renew-deadline", "4s", "--lease-retry-period", "1s"];

    private readonly List<Replica> _replicas = [];

    public override async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await Operator.ForgetLeaseAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Standby_IsReadyAndWritesNothing_AndTheLeaderNothingButItsLease()
    {
        var (leader, standby) = await StartTwoAsync();
        var team = await NewTeamAsync();
        await WorksAsync(team, "etl");
        await leader.RenewedAsync(times: 2);

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await standby.Process.GetHealthAsync("readyz", Cancelled));
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await standby.Process.GetHealthAsync("livez", Cancelled));
        Assert.DoesNotContain(standby.Proxy.Requests, IsWrite);

        // All that the leader writes about a namespace that is settled is its lease.
        var settled = leader.Proxy.Requests.Count;
        await leader.RenewedAsync(times: 3);
        Assert.All(leader.Proxy.Requests.Skip(settled).Where(IsWrite), write => Assert.Equal("leases", write.Resource));
    }

    [Fact]
    public async Task Sigterm_StandbyTakesOverInTwoSecondsAndGoesOnWithTheWork()
    {
        var (leader, standby) = await StartTwoAsync();
        var team = await NewTeamAsync();
        await WorksAsync(team, "etl");

        var signalled = TimeProvider.System.GetTimestamp();
        await leader.Process.SignalAsync("TERM", Cancelled);
        await standby.LeadsAsync();
        var took = TimeProvider.System.GetElapsedTime(signalled);

        TestContext.Current.SendDiagnosticMessage($"Takeover after SIGTERM took {took.TotalMilliseconds:0} ms.");
        Assert.Equal(0, await leader.Process.Exited.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await WorksAsync(team, "etl-2");
    }

    [Fact]
    public async Task Sigterm_WhileAClientIsBeingCreated_StandbyTakesOverOnlyWhenItIsFinished()
    {
        var (leader, standby) = await StartTwoAsync();
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        team.Carto.Faults.Add(Fault.Latency(Operation.Create, TimeSpan.FromSeconds(2)) with { AfterEffect = true });
        await team.ApplyClientAsync("etl");
        await Eventually.TrueAsync(() => team.Carto.Clients(team.User).Count == 1, "CARTO to create the client", Cancelled);

        await leader.Process.SignalAsync("TERM", Cancelled);
        await standby.LeadsAsync();

        // The last of all that the old leader wrote is that it gave the lease back.
        Assert.Equal(0, await leader.Process.Exited.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled));
        Assert.Equal("leases", leader.Proxy.Requests.Last(IsWrite).Resource);
        Assert.Equal(team.TheClient().Id, (await team.SecretAsync("etl"))["CARTO_CLIENT_ID"]);
        await team.WaitReadyAsync("etl");
    }

    [Fact]
    public async Task Killed_StandbyTakesOverWhenTheLeaseHasRunOut()
    {
        var (leader, standby) = await StartTwoAsync();
        var team = await NewTeamAsync();
        await WorksAsync(team, "etl");

        var killed = TimeProvider.System.GetTimestamp();
        await leader.Process.KillAsync();
        await standby.LeadsAsync();
        var took = TimeProvider.System.GetElapsedTime(killed);

        TestContext.Current.SendDiagnosticMessage(
            $"Takeover after a kill took {took.TotalMilliseconds:0} ms, with a lease of {LeaseDuration}."
        );

        // A second for what the machine needs: the lease itself runs from the last renewal, which was before the kill.
        Assert.InRange(took, TimeSpan.Zero, LeaseDuration + TimeSpan.FromSeconds(1));
        await WorksAsync(team, "etl-2");
    }

    [Fact]
    public async Task Paused_BeyondItsLease_WritesNothingWhenItWakesAndEnds()
    {
        var (leader, standby) = await StartTwoAsync();
        var team = await NewTeamAsync();
        await WorksAsync(team, "etl");

        // Work of all kinds waits for it when it wakes: a create that CARTO has carried out and answers then, a new client, and a new name.
        team.Carto.Faults.Add(Fault.Hang(Operation.Create) with { AfterEffect = true });
        await team.ApplyClientAsync("under-way");
        await Eventually.TrueAsync(() => team.Carto.Clients(team.User).Count == 2, "CARTO to create the client", Cancelled);
        await leader.Process.SignalAsync("STOP", Cancelled);
        team.Carto.Faults.Clear();
        await team.ApplyClientAsync("made-while-it-slept");
        await team.ApplyClientAsync("etl", "displayName: renamed");
        await standby.LeadsAsync();
        await team.WaitReadyAsync("under-way");
        await team.WaitReadyAsync("made-while-it-slept");
        await Eventually.TrueAsync(
            () => team.Carto.Clients(team.User).Any(client => client.Name.StartsWith("renamed ", StringComparison.Ordinal)),
            "the new name",
            Cancelled
        );
        await QuietAsync(team);
        var (kubernetes, carto) = (leader.Proxy.Requests.Count(IsWrite), team.Carto.Calls.Latest.Count);

        await leader.Process.SignalAsync("CONT", Cancelled);
        Assert.Equal(1, await leader.Process.Exited.WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled));

        Assert.Equal(kubernetes, leader.Proxy.Requests.Count(IsWrite));
        Assert.Equal(carto, team.Carto.Calls.Latest.Count);
        Assert.Contains(leader.Log.Since(0), line => line.Contains("Nothing more is written; stopping", StringComparison.Ordinal));
        Assert.Equal(3, team.Carto.Clients(team.User).Count);
        await WorksAsync(team, "etl-2");
    }

    private static bool IsWrite(ProxiedRequest request) => request.Verb is not ("get" or "list" or "watch");

    private static async Task WorksAsync(Team team, string name)
    {
        await team.ApplyClientAsync(name);
        await team.WaitReadyAsync(name);
        Assert.True(await team.ObtainsTokenAsync(await team.SecretAsync(name)));
    }

    /// <summary>Waits until nobody has called CARTO for a while, so that whoever calls next can be told.</summary>
    private static Task QuietAsync(Team team)
    {
        var (calls, since) = (-1, 0L);
        return Eventually.TrueAsync(
            () =>
            {
                if (team.Carto.Calls.Latest.Count != calls)
                {
                    (calls, since) = (team.Carto.Calls.Latest.Count, TimeProvider.System.GetTimestamp());
                }

                return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(1);
            },
            "CARTO to be left alone",
            Cancelled
        );
    }

    /// <summary>Two in the place of the usual one: the first leads, and the second waits with its caches full.</summary>
    private async Task<(Replica Leader, Replica Standby)> StartTwoAsync()
    {
        await Operator.StopAsync();
        var leader = await StartAsync();
        await leader.LeadsAsync();
        var standby = await StartAsync();
        await standby.Process.WaitUntilReadyAsync(Cancelled);
        await standby.SaysAsync("this operator waits for the lease");
        return (leader, standby);
    }

    private async Task<Replica> StartAsync()
    {
        var proxy = await FaultProxy.StartAsync(Operator.Server, Cancelled);
        var kubeconfig = Operator.NewFile("kubeconfig");
        Kubeconfig.Write(kubeconfig, proxy.CreateConfiguration(Operator.Access));
        var log = new LogBuffer();
        var replica = new Replica(proxy, Operator.StartAnother(kubeconfig, ShortLease, log.Add), log);
        _replicas.Add(replica);
        return replica;
    }

    private sealed record Replica(FaultProxy Proxy, OperatorProcess Process, LogBuffer Log) : IAsyncDisposable
    {
        public Task LeadsAsync() => SaysAsync("leads: it holds the lease");

        public Task SaysAsync(string text) =>
            Eventually.TrueAsync(
                () => Log.Since(0).Any(line => line.Contains(text, StringComparison.Ordinal)),
                $"the operator to say: {text}",
                Cancelled
            );

        public Task RenewedAsync(int times)
        {
            var since = Proxy.Requests.Count;
            return Eventually.TrueAsync(
                () => Proxy.Requests.Skip(since).Count(request => request is { Resource: "leases", Verb: "patch", Status: 200 }) >= times,
                "the lease to be renewed",
                Cancelled
            );
        }

        public async ValueTask DisposeAsync()
        {
            await Process.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
