namespace Operator.EndToEnd;

/// <summary>A cluster is restored from a backup that lacks something: docs/gitops.md says what comes of it.</summary>
[Collection(RunningOperator.Alone)]
public sealed class RestoreTests(RunningOperator @operator) : TeamTests(@operator)
{
    [Fact]
    public async Task Restore_StatusIsLost_IsMadeAnewFromTheSecret()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        var client = team.TheClient();
        var secret = await team.GetAsync("secret/etl");
        await Operator.StopAsync();

        await team.RunAsync("patch", "m2m", "etl", "--subresource=status", "--type=merge", "-p", """{"status":null}""");
        Assert.Equal("Pending", (string?)Team.Condition(await team.GetAsync("m2m/etl"), "Ready")?["reason"]);
        await Operator.StartAsync();

        await team.WaitReadyAsync("etl");
        Assert.Equal(client.Id, team.TheClient().Id);
        Assert.Equal(client.Id, (string?)(await team.GetAsync("m2m/etl"))["status"]!["current"]!["clientId"]);
        Assert.Equal(
            (string?)secret["metadata"]!["resourceVersion"],
            (string?)(await team.GetAsync("secret/etl"))["metadata"]!["resourceVersion"]
        );
    }

    [Fact]
    public async Task Restore_ResourceIsANewObject_GetsAClientOfItsOwnAndLeavesTheOldOneAlone()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        var old = team.TheClient();
        var backup = await team.RunAsync("get", "m2m/etl", "secret/etl", "-o", "yaml");
        await Operator.StopAsync();
        await team.RunAsync("patch", "m2m", "etl", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");
        await team.RunAsync("delete", "m2m", "etl", "--timeout=30s");
        await team.RunAsync("delete", "secret", "etl", "--ignore-not-found");

        await team.ApplyAsync(WithoutServerFields(backup));
        await Operator.StartAsync();

        await team.WaitReadyAsync("etl");
        var secret = await team.SecretAsync("etl");
        Assert.NotEqual(old.Id, secret["CARTO_CLIENT_ID"]);
        Assert.True(await team.ObtainsTokenAsync(secret));
        Assert.Contains(team.Carto.Clients(team.User), client => client.Id == old.Id);
        team.Carto.DeleteClient(old.Id);
    }

    // As Velero does: the server assigns these again. Owner references stay, and name an owner that is no more.
    private static string WithoutServerFields(string yaml) =>
        string.Join(
            '\n',
            yaml.Split('\n')
                .Where(line =>
                    !line.StartsWith("    resourceVersion:", StringComparison.Ordinal)
                    && !line.StartsWith("    uid:", StringComparison.Ordinal)
                )
        );
}
