using Carto.Emulator;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>Accounts are deleted while clients live in them.</summary>
public sealed class AccountTests(RunningOperator @operator) : TeamTests(@operator)
{
    [Fact]
    public async Task Namespace_IsDeletedWithEverythingInIt_EndsAndLeavesNoClientInCarto()
    {
        var team = await NewTeamAsync();
        foreach (var name in (string[])["etl", "web", "maps"])
        {
            await team.ApplyClientAsync(name);
        }

        await team.WaitReadyAsync("etl");
        await team.WaitReadyAsync("web");
        await team.WaitReadyAsync("maps");

        (await Operator.Server.Kubectl.RunAsync(["delete", "namespace", team.Namespace, "--timeout=25s"], Cancelled)).EnsureSuccess();

        Assert.Empty(team.Carto.Clients(team.User));
    }

    [Fact]
    public async Task Namespace_IsDeletedWhileCartoIsAway_EndsWhenItIsBack()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        team.Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));

        (await Operator.Server.Kubectl.RunAsync(["delete", "namespace", team.Namespace, "--wait=false"], Cancelled)).EnsureSuccess();
        await team.BecomesAsync(
            "m2m/etl",
            found => Team.Condition(found, "Synced")?["reason"]?.GetValue<string>() == "DeletionBlocked",
            "the deletion to be blocked"
        );
        Assert.Equal("secret/carto-login\n", await team.RunAsync("get", "secret/carto-login", "-o", "name"));
        team.Carto.Faults.Clear();

        (
            await Operator.Server.Kubectl.RunAsync(["wait", "--for=delete", $"namespace/{team.Namespace}", "--timeout=25s"], Cancelled)
        ).EnsureSuccess();
        Assert.Empty(team.Carto.Clients(team.User));
    }

    [Fact]
    public async Task Account_IsDeletedInUse_SaysWhatItWaitsForAndGoesAfterTheLastResource()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");

        await team.RunAsync("delete", $"cartoaccount/{Team.Account}", "secret/carto-login", "configmap/carto-authority", "--wait=false");

        var message = await team.BecomesAsync($"cartoaccount/{Team.Account}", "InUse");
        Assert.Contains($"waits for 1 M2MOAuthClient ({team.Namespace}/etl)", message, StringComparison.Ordinal);
        Assert.Contains("delete them, or name another account in their spec.accountRef", message, StringComparison.Ordinal);
        await Eventually.GetAsync(_ => team.EventsAsync(Team.Account), reasons => reasons.Contains("InUse"), "the event InUse", Cancelled);
        await team.RunAsync("delete", "m2m", "etl", "--timeout=25s");
        foreach (var gone in (string[])[$"cartoaccount/{Team.Account}", "secret/carto-login", "configmap/carto-authority"])
        {
            await team.RunAsync("wait", "--for=delete", gone, "--timeout=25s");
        }
    }

    [Fact]
    public async Task Namespace_IsNoLongerAllowed_IsReportedWhileTheSecretGoesOnWorking()
    {
        var team = await NewTeamAsync(withAccount: false);
        await team.ApplyClusterAccountAsync("{selector: {matchLabels: {carto: allowed}}}");
        await team.RunAsync("label", "namespace", team.Namespace, "carto=allowed");
        await team.ApplyClientAsync("etl", inClusterAccount: true);
        await team.WaitReadyAsync("etl");

        await team.RunAsync("label", "namespace", team.Namespace, "carto-");

        var seen = await team.BecomesAsync(
            "m2m/etl",
            found => Team.Condition(found, "Synced")?["reason"]?.GetValue<string>() == "NamespaceNotAllowed",
            "the resource to say so"
        );
        Assert.Equal("True", Team.Condition(seen, "Ready")!["status"]!.GetValue<string>());
        Assert.True(await team.ObtainsTokenAsync(await team.SecretAsync("etl")));
        await team.RunAsync("label", "namespace", team.Namespace, "carto=allowed");
        await team.BecomesAsync(
            "m2m/etl",
            found => Team.Condition(found, "Synced")?["status"]?.GetValue<string>() == "True",
            "the resource to be synced again"
        );
        await team.RunAsync("label", "namespace", team.Namespace, "carto-");
        await team.RunAsync("delete", "m2m", "etl", "--timeout=25s");
        Assert.Empty(team.Carto.Clients(team.User));
    }
}
