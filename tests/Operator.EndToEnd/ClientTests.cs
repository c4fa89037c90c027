using Carto.Emulator;
using Operator.TestKit;

namespace Operator.EndToEnd;

/// <summary>What a team does with its resources, and what kubectl shows it.</summary>
public sealed class ClientTests(RunningOperator @operator) : TeamTests(@operator)
{
    [Fact]
    public async Task Create_GivesASecretWhosePairWorks()
    {
        var team = await NewTeamAsync();

        await team.ApplyClientAsync("etl", "displayName: ETL service");
        await team.WaitReadyAsync("etl");

        var client = team.TheClient();
        Assert.Matches(@"^ETL service \[k8s:[0-9a-f]{6}:[0-9a-f]{12}-1\]$", client.Name);
        var secret = await team.SecretAsync("etl");
        Assert.Equal(
            ["CARTO_API_BASE_URL", "CARTO_AUDIENCE", "CARTO_CLIENT_ID", "CARTO_CLIENT_SECRET", "CARTO_TOKEN_URL"],
            secret.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal((client.Id, client.Secret), (secret["CARTO_CLIENT_ID"], secret["CARTO_CLIENT_SECRET"]));
        Assert.True(await team.ObtainsTokenAsync(secret));

        var columns = (await team.RunAsync("get", "m2m", "etl", "--no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["etl", "True", "Available", client.Id, "etl"], columns[..5]);
        await Eventually.GetAsync(_ => team.EventsAsync("etl"), reasons => reasons.Contains("Created"), "the event Created", Cancelled);
        var described = await team.RunAsync("describe", "m2m", "etl");
        Assert.Contains("a token was obtained with the credentials", described, StringComparison.Ordinal);
        Assert.Matches(@"Normal +Created ", described);
    }

    [Fact]
    public async Task DisplayName_Changes_RenamesInPlace()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl", "displayName: old");
        await team.WaitReadyAsync("etl");
        var before = team.TheClient();
        var secret = await team.SecretAsync("etl");

        await team.ApplyClientAsync("etl", "displayName: new");

        var after = await Eventually.GetAsync(
            _ => Task.FromResult(team.TheClient()),
            client => client.Name.StartsWith("new [", StringComparison.Ordinal),
            "the new name",
            Cancelled
        );
        Assert.Equal((before.Id, before.Name["old".Length..]), (after.Id, after.Name["new".Length..]));
        await team.BecomesAsync("m2m/etl", "Available");
        Assert.Equal(secret, await team.SecretAsync("etl"));
        await Eventually.GetAsync(_ => team.EventsAsync("etl"), reasons => reasons.Contains("Renamed"), "the event Renamed", Cancelled);
    }

    [Fact]
    public async Task Delete_RevokesTheClientAndTakesTheSecretAlong()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        var secret = await team.SecretAsync("etl");

        await team.RunAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Empty(team.Carto.Clients(team.User));
        Assert.False(await team.ObtainsTokenAsync(secret));
        await Eventually.GetAsync(
            token => team.Kubectl.RunAsync(["get", "secret", "etl"], token),
            result => result.ExitCode != 0,
            "the Secret to go",
            Cancelled
        );
        Assert.Contains("Revoked", await team.EventsAsync("etl"));
    }

    [Fact]
    public async Task TwoResources_NameOneSecret_TheSecondSaysWhoseItIs()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("first", "secret: {name: shared}");
        await team.WaitReadyAsync("first");
        var secret = await team.SecretAsync("shared");

        await team.ApplyClientAsync("second", "secret: {name: shared}");

        var message = await team.BecomesAsync("m2m/second", "SecretConflict");
        Assert.Contains("M2MOAuthClient first", message, StringComparison.Ordinal);
        Assert.Equal(secret, await team.SecretAsync("shared"));
        Assert.Equal(secret["CARTO_CLIENT_ID"], team.TheClient().Id);
        Assert.Equal(
            "Available",
            (await team.RunAsync("get", "m2m", "first", "--no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]
        );
        await Eventually.GetAsync(
            _ => team.EventsAsync("second"),
            reasons => reasons.Contains("SecretConflict"),
            "the event SecretConflict",
            Cancelled
        );
    }

    [Fact]
    public async Task Secret_ExistedBefore_IsLeftAloneUntilItIsGone()
    {
        var team = await NewTeamAsync();
        await team.RunAsync("create", "secret", "generic", "etl", "--from-literal=mine=1");

        await team.ApplyClientAsync("etl");

        var message = await team.BecomesAsync("m2m/etl", "SecretConflict");
        Assert.Contains("was not changed", message, StringComparison.Ordinal);
        Assert.Equal(new Dictionary<string, string> { ["mine"] = "1" }, await team.SecretAsync("etl"));
        Assert.Empty(team.Carto.Clients(team.User));

        await team.RunAsync("delete", "secret", "etl");
        await team.RunAsync("annotate", "m2m", "etl", "credentials.carto.com/reconcile-requested-at=now");

        await team.WaitReadyAsync("etl");
        Assert.True(await team.ObtainsTokenAsync(await team.SecretAsync("etl")));
    }

    [Fact]
    public async Task Account_IsMissing_ReportsItAndGoesOnWhenItIsThere()
    {
        var team = await NewTeamAsync(withAccount: false);

        await team.ApplyClientAsync("etl");

        var message = await team.BecomesAsync("m2m/etl", "AccountNotFound");
        Assert.Contains(Team.Account, message, StringComparison.Ordinal);
        Assert.Contains("create it", message, StringComparison.Ordinal);

        await team.ApplyAccountAsync();

        await team.WaitReadyAsync("etl");
        team.TheClient();
    }

    [Fact]
    public async Task Credentials_AreWrong_ReportsItAndGoesOnWhenTheyAreCorrected()
    {
        var team = await NewTeamAsync(withAccount: false);
        await team.ApplyLoginAsync("wrong");
        await team.ApplyAccountAsync();

        await team.ApplyClientAsync("etl");

        var account = await team.BecomesAsync($"cartoaccount/{Team.Account}", "CredentialsRefused");
        var message = await team.BecomesAsync("m2m/etl", "AccountNotReady");
        Assert.Contains("CredentialsRefused", message, StringComparison.Ordinal);
        Assert.Contains(account, message, StringComparison.Ordinal);

        await team.ApplyLoginAsync(team.User.ClientSecret);

        await team.WaitReadyAsync("etl");
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
    }

    [Fact]
    public async Task Account_NamesAHostThatIsNotAllowed_SaysWhichAreAndSendsNothing()
    {
        var team = await NewTeamAsync(withAccount: false);

        await team.ApplyAccountAsync("https://carto.example.com");

        var message = await team.BecomesAsync($"cartoaccount/{Team.Account}", "HostNotAllowed");
        Assert.Contains("carto.example.com", message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", message, StringComparison.Ordinal);
        Assert.Empty(team.Carto.Calls.Latest);
    }

    [Fact]
    public async Task Account_AllowsNamespacesByLabel_FollowsTheLabel()
    {
        var team = await NewTeamAsync(withAccount: false);
        await team.ApplyClusterAccountAsync("{selector: {matchLabels: {carto: allowed}}}");

        await team.ApplyClientAsync("etl", inClusterAccount: true);

        var message = await team.BecomesAsync("m2m/etl", "NamespaceNotAllowed");
        Assert.Contains(team.Namespace, message, StringComparison.Ordinal);
        Assert.Empty(team.Carto.Clients(team.User));

        await team.RunAsync("label", "namespace", team.Namespace, "carto=allowed");

        await team.WaitReadyAsync("etl");
        team.TheClient();
    }

    [Fact]
    public async Task Account_ChangesItsAddress_TheSecretFollowsWithTheSamePair()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        var before = await team.SecretAsync("etl");
        var moved = $"https://localhost:{team.Carto.BaseUrl.Port}";

        await team.ApplyAccountAsync(moved);

        var after = await Eventually.GetAsync(
            _ => team.SecretAsync("etl"),
            secret => secret["CARTO_API_BASE_URL"] == moved,
            "the new address in the Secret",
            Cancelled
        );
        before["CARTO_API_BASE_URL"] = moved;
        Assert.Equal(before, after);
        await team.BecomesAsync("m2m/etl", "Available");
        team.TheClient();
    }

    [Fact]
    public async Task Carto_IsDownAndComesBack_ReportsItAndGoesOn()
    {
        var team = await NewTeamAsync();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
        team.Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));

        await team.ApplyClientAsync("etl");

        var seen = await team.BecomesAsync(
            "m2m/etl",
            found => Team.Condition(found, "Reconciling")?["reason"]?.GetValue<string>() is "CartoUnavailable" or "AccountNotReady",
            "the resource to say that CARTO does not answer"
        );
        Assert.Contains("503", Team.Condition(seen, "Ready")!["message"]!.GetValue<string>(), StringComparison.Ordinal);

        team.Carto.Faults.Clear();

        await team.WaitReadyAsync("etl");
        team.TheClient();
        await team.BecomesAsync($"cartoaccount/{Team.Account}", "Connected");
    }

    [Fact]
    public async Task Create_AnswerIsLost_EndsWithOneClient()
    {
        var team = await NewTeamAsync();
        team.Carto.Faults.Add(Fault.CutAfter(Operation.Create));

        await team.ApplyClientAsync("etl");

        await team.WaitReadyAsync("etl");
        var secret = await team.SecretAsync("etl");
        Assert.Equal(team.TheClient().Id, secret["CARTO_CLIENT_ID"]);
        Assert.True(await team.ObtainsTokenAsync(secret));
        Assert.Single(team.Carto.AllClients(), client => !client.CameWithUser);
    }

    [Fact]
    public async Task SecretSpec_Changes_RewritesTheSecretAndLeavesTheClient()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        await team.RunAsync("label", "secret", "etl", "example.com/mine=yes");
        var before = await team.SecretAsync("etl");
        var client = team.TheClient();

        await team.ApplyClientAsync(
            "etl",
            """
            secret:
              labels: {team: maps}
              annotations: {example.com/contact: maps@example.com}
              keys: {clientId: ID, clientSecret: SECRET}
              credentialsFile: carto_credentials.json
              template:
                application.properties: "id={{ clientId }} secret={{ clientSecret }} url={{ apiBaseUrl }}"
                filtered: "{% if clientId != '' %}{{ clientId | upcase | append: ' é' | url_encode }}{% endif %} {{ clientSecret | json }} {{ 'me' | capitalize | base64_encode }}"
            """
        );

        var secret = await Eventually.GetAsync(
            _ => team.SecretAsync("etl"),
            found => found.ContainsKey("application.properties"),
            "the Secret to be rewritten",
            Cancelled
        );
        Assert.Equal($"id={client.Id} secret={client.Secret} url={before["CARTO_API_BASE_URL"]}", secret["application.properties"]);
        Assert.Equal($"{client.Id.ToUpperInvariant()}+%C3%A9 \"{client.Secret}\" TWU=", secret["filtered"]);
        Assert.Equal((client.Id, client.Secret), (secret["ID"], secret["SECRET"]));
        Assert.Contains(client.Secret, secret["carto_credentials.json"], StringComparison.Ordinal);
        Assert.DoesNotContain("CARTO_CLIENT_ID", secret.Keys);
        var metadata = (await team.GetAsync("secret/etl"))["metadata"]!;
        Assert.Equal("maps", metadata["labels"]!["team"]!.GetValue<string>());
        Assert.Equal("yes", metadata["labels"]!["example.com/mine"]!.GetValue<string>());
        Assert.Equal("maps@example.com", metadata["annotations"]!["example.com/contact"]!.GetValue<string>());
        Assert.Equal(client.Id, team.TheClient().Id);
        await team.BecomesAsync("m2m/etl", "Available");
    }

    [Fact]
    public async Task Secret_IsDeletedOrEdited_IsHealed()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl");
        await team.WaitReadyAsync("etl");
        var before = await team.SecretAsync("etl");

        await team.RunAsync("delete", "secret", "etl");
        await HealedAsync();
        await team.RunAsync("patch", "secret", "etl", "-p", """{"stringData":{"CARTO_CLIENT_SECRET":"edited"}}""");
        await HealedAsync();

        Assert.Equal(before["CARTO_CLIENT_ID"], team.TheClient().Id);

        Task HealedAsync() => Eventually.AssertAsync(async _ => Assert.Equal(before, await team.SecretAsync("etl")), Cancelled);
    }

    [Fact]
    public async Task Suspend_HoldsEverythingUntilItIsTakenBack()
    {
        var team = await NewTeamAsync();
        await team.ApplyClientAsync("etl", "suspend: true");

        await team.BecomesAsync("m2m/etl", "Suspended");
        Assert.Empty(team.Carto.Clients(team.User));

        await team.ApplyClientAsync("etl", "suspend: false");
        await team.WaitReadyAsync("etl");
        await team.ApplyClientAsync("etl", "suspend: true\ndisplayName: other");
        await team.BecomesAsync(
            "m2m/etl",
            found => Team.Condition(found, "Synced")?["reason"]?.GetValue<string>() == "Suspended",
            "Synced to be False"
        );
        Assert.StartsWith("etl [", team.TheClient().Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_OnRequest_ChangesThePairRestartsTheWorkloadAndKeepsTheOldOneForTheOverlap()
    {
        var team = await NewTeamAsync();
        await team.ApplyAsync(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: etl}
            spec:
              selector: {matchLabels: {app: etl}}
              template:
                metadata: {labels: {app: etl}}
                spec: {containers: [{name: etl, image: "example.com/etl:1"}]}
            """
        );
        await team.ApplyClientAsync("etl", "rolloutRestart: [{kind: Deployment, name: etl}]");
        await team.WaitReadyAsync("etl");
        var before = await team.SecretAsync("etl");

        await team.RunAsync("annotate", "m2m", "etl", "credentials.carto.com/rotate-requested-at=now");

        var after = await Eventually.GetAsync(
            _ => team.SecretAsync("etl"),
            secret => secret["CARTO_CLIENT_ID"] != before["CARTO_CLIENT_ID"],
            "another pair in the Secret",
            Cancelled
        );
        Assert.True(await team.ObtainsTokenAsync(after));
        Assert.True(await team.ObtainsTokenAsync(before));
        Assert.Equal([before["CARTO_CLIENT_ID"], after["CARTO_CLIENT_ID"]], team.Carto.Clients(team.User).Select(client => client.Id));
        await team.BecomesAsync(
            "deployment/etl",
            found =>
                found["spec"]!["template"]!["metadata"]!["annotations"]?["credentials.carto.com/client-id"]?.GetValue<string>()
                == after["CARTO_CLIENT_ID"],
            "the Deployment to be restarted"
        );
        await team.BecomesAsync(
            "m2m/etl",
            found =>
                found["status"]!["retiring"]?.AsArray() is [{ } old] && old["clientId"]!.GetValue<string>() == before["CARTO_CLIENT_ID"],
            "the old client to be on record"
        );
        await Eventually.GetAsync(_ => team.EventsAsync("etl"), reasons => reasons.Contains("Rotated"), "the event Rotated", Cancelled);
    }

    [Fact]
    public async Task Adoption_TakesOverAClientAndLeavesItWhenTheResourceGoes()
    {
        var team = await NewTeamAsync();
        var theirs = team.Carto.CreateClient(team.User, "by hand");

        await team.ApplyClientAsync("etl", $"clientId: {theirs.Id}");
        await team.WaitReadyAsync("etl");

        Assert.True(await team.ObtainsTokenAsync(await team.SecretAsync("etl")));
        await team.RunAsync("delete", "m2m", "etl", "--timeout=30s");
        Assert.Equal(theirs.Id, team.TheClient().Id);
        team.Carto.DeleteClient(theirs.Id);
    }
}
