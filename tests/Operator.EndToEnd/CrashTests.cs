using Carto.Emulator;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>The operator is stopped or killed in the middle of its work.</summary>
[Collection(RunningOperator.Alone)]
public sealed class CrashTests(RunningOperator @operator) : TeamTests(@operator)
{
    private static readonly Fault HangAfterCreate = Fault.Hang(Operation.Create) with { AfterEffect = true };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_RightAfterCartoCreatedTheClient_EndsWithOneClientThatWorks(bool secretCanBeReadLater)
    {
        var team = await NewTeamAsync();
        team.Carto.Variants = team.Carto.Variants with { SecretInGet = secretCanBeReadLater };
        await HangInCreateAsync(team);
        var created = team.TheClient();

        await Operator.KillAsync();
        team.Carto.Faults.Clear();
        await Operator.StartAsync();

        await team.WaitReadyAsync("etl");
        var secret = await team.SecretAsync("etl");
        Assert.Equal(team.TheClient().Id, secret["CARTO_CLIENT_ID"]);
        Assert.True(await team.ObtainsTokenAsync(secret));
        Assert.Equal(secretCanBeReadLater, team.TheClient().Id == created.Id);
        Assert.Contains(secretCanBeReadLater ? "Recovered" : "Revoked", await team.EventsAsync("etl"));
    }

    [Fact]
    public async Task Killed_WhileDeleting_RevokesAfterTheStart()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        team.Carto.Faults.Add(Fault.Hang(Operation.Delete));
        await team.RunAsync("delete", "m2m", "etl", "--wait=false");
        await Operator.KillAsync();
        team.Carto.Faults.Clear();

        await Operator.StartAsync();

        await team.RunAsync("wait", "--for=delete", "m2m/etl", "--timeout=30s");
        Assert.Empty(team.Carto.Clients(team.User));
    }

    [Fact]
    public async Task Sigterm_WhileAClientIsBeingCreated_LetsItBeFinishedFirst()
    {
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        team.Carto.Faults.Add(Fault.Latency(Operation.Create, TimeSpan.FromSeconds(2)) with { AfterEffect = true });
        await team.ApplyClientAsync("etl");
        await CreatedAsync(team);

        Assert.Equal(0, await Operator.StopAsync());

        Assert.Equal(team.TheClient().Id, (await team.SecretAsync("etl"))["CARTO_CLIENT_ID"]);
        await team.BecomesAsync("m2m/etl", "Available");
        await Operator.StartAsync();
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task SecondSignal_WhileItWaitsForACall_EndsItAtOnce(string signal, int exitCode)
    {
        var team = await NewTeamAsync();
        await HangInCreateAsync(team);
        var position = Operator.Log.Position;
        await Operator.Process.SignalAsync("TERM", Cancelled);
        await Eventually.TrueAsync(
            () => Operator.Log.Since(position).Any(line => line.Contains("a second signal stops at once", StringComparison.Ordinal)),
            "the operator to say that it stops",
            Cancelled
        );

        await Operator.Process.SignalAsync(signal, Cancelled);

        // Far less than the grace that the call under way would have had.
        Assert.Equal(exitCode, await Operator.Process.Exited.WaitAsync(TimeSpan.FromSeconds(4), TimeProvider.System, Cancelled));
        await Operator.WaitForEndAsync();
        team.Carto.Faults.Clear();
        await Operator.StartAsync();
        await team.WaitReadyAsync("etl");
        team.TheClient();
    }

    /// <summary>Brings a resource to where CARTO has created its client and the operator has not heard of it.</summary>
    private static async Task HangInCreateAsync(Team team)
    {
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        team.Carto.Faults.Add(HangAfterCreate);
        await team.ApplyClientAsync("etl");
        await CreatedAsync(team);
    }

    private static Task CreatedAsync(Team team) =>
        Eventually.TrueAsync(() => team.Carto.Clients(team.User).Count == 1, "CARTO to create the client", Cancelled);
}
