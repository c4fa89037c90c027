namespace Operator.EndToEnd;

/// <summary>Tests with teams, which are cleared away when the test is over; what goes wrong then fails the test, too.</summary>
public abstract class TeamTests(RunningOperator @operator) : IAsyncLifetime
{
    private readonly List<Team> _teams = [];

    protected RunningOperator Operator => @operator;

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await @operator.EnsureRunningAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await @operator.EnsureRunningAsync();
        foreach (var team in _teams)
        {
            await team.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A team with an account that works, or with all of it but the account.</summary>
    private protected async Task<Team> NewTeamAsync(bool withAccount = true)
    {
        var team = await Team.CreateAsync(@operator, withAccount);
        _teams.Add(team);
        return team;
    }
}
