using Carto.Emulator;
using Operator.TestKit;
using Operator.TestKit.Faults;

namespace Operator.EndToEnd;

/// <summary>How many calls it takes.</summary>
[Collection(RunningOperator.Alone)]
public sealed class BudgetTests(RunningOperator @operator) : TeamTests(@operator)
{
    [Fact]
    public async Task NewResource_TakesThreeWritesAndOneEvent_AndOfCartoOneCreateAndOneToken()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("first");
        await team.WaitReadyAsync("first");
        await using var proxy = await FaultProxy.StartAsync(Operator.Server, Cancelled);
        await Operator.ThroughAsync(proxy, async process =>
        {
            var position = Operator.Log.Position;
            await process.WaitUntilReadyAsync(Cancelled);
            await ReconciledAsync(Team.Account, team, position);
            await ReconciledAsync("first", team, position);
            team.Carto.Calls.Reset();
            var before = proxy.Requests.Count;

            await team.ApplyClientAsync("etl");
            await team.WaitReadyAsync("etl");
            await ReconciledAsync("etl", team, position);
            await EventWrittenAsync(proxy, team, before);

            Assert.Equal(
                ["create events", "create secrets", "get secrets", "patch m2moauthclients", "patch m2moauthclients/status"],
                Calls(proxy, team, before).Order(StringComparer.Ordinal)
            );
            Assert.Equal([Operation.Token, Operation.Create], team.Carto.Calls.Latest.Select(call => call.Operation).Order());
        });
    }

    [Fact]
    public async Task FirstResourceOfAnAccount_TakesAWriteForTheAccountAndForEachObjectThatItNames()
    {
        var team = await NewTeamAsync();
        await using var proxy = await FaultProxy.StartAsync(Operator.Server, Cancelled);
        await Operator.ThroughAsync(proxy, async process =>
        {
            var position = Operator.Log.Position;
            await process.WaitUntilReadyAsync(Cancelled);
            await ReconciledAsync(Team.Account, team, position);
            var before = proxy.Requests.Count;

            await team.ApplyClientAsync("etl");
            await team.WaitReadyAsync("etl");
            await ReconciledAsync("etl", team, position);
            await EventWrittenAsync(proxy, team, before);

            // How many clients it has is said with the account's next look, which may be this one.
            Assert.Equal(
                [
                    "create events",
                    "create secrets",
                    "patch cartoaccounts",
                    "patch configmaps",
                    "patch m2moauthclients",
                    "patch m2moauthclients/status",
                    "patch secrets",
                ],
                Calls(proxy, team, before)
                    .Where(call => !call.StartsWith("get ", StringComparison.Ordinal) && call != "patch cartoaccounts/status")
                    .Order(StringComparer.Ordinal)
            );
        });
    }

    [Fact]
    public async Task Restart_WithASettledResource_WritesNothingAndReadsOneListInCarto()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");

        // So that the account knows how many clients it has, and has nothing new to say at the start.
        await team.RunAsync("annotate", "cartoaccount", Team.Account, "credentials.carto.com/reconcile-requested-at=now");
        await team.BecomesAsync(
            $"cartoaccount/{Team.Account}",
            found =>
                found["status"] is { } status && (int?)status["managedClients"] == 1 && (string?)status["lastHandledReconcileAt"] == "now",
            "one managed client, and the request to be handled"
        );
        await using var proxy = await FaultProxy.StartAsync(Operator.Server, Cancelled);
        team.Carto.Calls.Reset();

        await Operator.ThroughAsync(proxy, async process =>
        {
            var position = Operator.Log.Position;
            await process.WaitUntilReadyAsync(Cancelled);
            await ReconciledAsync("etl", team, position);
            await ReconciledAsync(Team.Account, team, position);

            Assert.DoesNotContain(Calls(proxy, team, 0), call => !call.StartsWith("get ", StringComparison.Ordinal));
            Assert.DoesNotContain(team.Carto.Calls.Latest, call =>
                call.Operation is not (Operation.Token or Operation.Initialize or Operation.ToolsList or Operation.List or Operation.Other)
            );

            // It shows that the account sees the client with which it logs in.
            Assert.Single(team.Carto.Calls.Latest, call => call.Operation == Operation.List);
            Assert.Single(team.Carto.Calls.Latest, call => call.Operation == Operation.Token);
        });
    }

    /// <summary>The calls about the team's namespace, watches and lists left out: those are not made for one resource.</summary>
    private static IEnumerable<string> Calls(FaultProxy proxy, Team team, int skip) =>
        proxy
            .Requests.Skip(skip)
            .Where(request => request.Namespace == team.Namespace && request.Verb is not ("watch" or "list"))
            .Select(request => $"{request.Verb} {request.Resource}{(request.Subresource is null ? "" : "/" + request.Subresource)}");

    private static Task EventWrittenAsync(FaultProxy proxy, Team team, int skip) =>
        Eventually.TrueAsync(
            () =>
                proxy
                    .Requests.Skip(skip)
                    .Any(request => request is { Resource: "events", Status: 201 } && request.Namespace == team.Namespace),
            "the event to be written",
            Cancelled
        );

    private Task ReconciledAsync(string name, Team team, long since) =>
        Eventually.TrueAsync(
            () =>
                Operator
                    .Log.Since(since)
                    .Any(line =>
                        line.Contains($"Reconciled {team.Namespace}/{name}: settled", StringComparison.Ordinal)
                        && !line.Contains("-drift ", StringComparison.Ordinal)
                    ),
            $"{name} to be settled",
            Cancelled
        );
}
