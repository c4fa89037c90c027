using Carto.Emulator;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>The operator is stopped or killed in the middle of its work.</summary>
[Collection(RunningOperator.Alone)]
public sealed class CrashTests(RunningOperator @operator) : IAsyncLifetime
{
    private static readonly Fault HangAfterCreate = Fault.Hang(Operation.Create) with { AfterEffect = true };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await @operator.EnsureRunningAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_RightAfterCartoCreatedTheClient_EndsWithOneClientThatWorks(bool secretCanBeReadLater)
    {
        await using var team = await Team.CreateAsync(@operator);
        team.Carto.Variants = team.Carto.Variants with { SecretInGet = secretCanBeReadLater };
        await HangInCreateAsync(team);
        var created = team.TheClient();

        await @operator.KillAsync();
        team.Carto.Faults.Clear();
        await @operator.StartAsync();

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
        await using var team = await Team.CreateAsync(@operator);
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        team.Carto.Faults.Add(Fault.Hang(Operation.Delete));
        await team.RunAsync("delete", "m2m", "etl", "--wait=false");
        await @operator.KillAsync();
        team.Carto.Faults.Clear();

        await @operator.StartAsync();

        await team.RunAsync("wait", "--for=delete", "m2m/etl", "--timeout=30s");
        Assert.Empty(team.Carto.Clients(team.User));
    }

    [Fact]
    public async Task Sigterm_WhileAClientIsBeingCreated_LetsItBeFinishedFirst()
    {
        await using var team = await Team.CreateAsync(@operator);
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        team.Carto.Faults.Add(Fault.Latency(Operation.Create, TimeSpan.FromSeconds(2)) with { AfterEffect = true });
        await team.ApplyClientAsync("etl");
        await CreatedAsync(team);

        Assert.Equal(0, await @operator.StopAsync());

        Assert.Equal(team.TheClient().Id, (await team.SecretAsync("etl"))["CARTO_CLIENT_ID"]);
        await team.BecomesAsync("m2m/etl", "Available");
        await @operator.StartAsync();
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task SecondSignal_WhileItWaitsForACall_EndsItAtOnce(string signal, int exitCode)
    {
        await using var team = await Team.CreateAsync(@operator);
        await HangInCreateAsync(team);
        var position = @operator.Log.Position;
        await @operator.Process.SignalAsync("TERM", Cancelled);
        await Eventually.TrueAsync(
            () => @operator.Log.Since(position).Any(line => line.Contains("a second signal stops at once", StringComparison.Ordinal)),
            "the operator to say that it stops",
            Cancelled);

        await @operator.Process.SignalAsync(signal, Cancelled);

        // Far less than the grace that the call under way would have had.
        Assert.Equal(exitCode, await @operator.Process.Exited.WaitAsync(TimeSpan.FromSeconds(4), TimeProvider.System, Cancelled));
        await @operator.WaitForEndAsync();
        team.Carto.Faults.Clear();
        await @operator.StartAsync();
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
