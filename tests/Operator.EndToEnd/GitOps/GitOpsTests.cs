using System.Text.Json.Nodes;

namespace Operator.EndToEnd.GitOps;

/// <summary>
/// Tools that apply resources from Git understand how they are doing, and find nothing of their own where it does not belong.
/// </summary>
public sealed class GitOpsTests(RunningOperator @operator) : TeamTests(@operator)
{
    [Fact]
    public async Task Resource_IsAsItsSpecSays_IsHealthy()
    {
        var team = await NewTeamAsync();

        await team.ApplyClientAsync("etl");

        await AssertBecomesAsync(team, "m2m/etl", "Healthy", "Current");
        await AssertBecomesAsync(team, $"cartoaccount/{Team.Account}", "Healthy", "Current");
    }

    [Fact]
    public async Task Resource_NeedsAPerson_IsDegradedAndReportsWhy()
    {
        var team = await NewTeamAsync();

        await team.ApplyClientAsync("etl", "secret: {template: {KEY: '{{ nobody }}'}}");

        var message = await AssertBecomesAsync(team, "m2m/etl", "Degraded", "Failed");
        Assert.Contains("nobody", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resource_WaitsForItsAccount_IsProgressing()
    {
        var team = await NewTeamAsync(withAccount: false);

        await team.ApplyClientAsync("etl");

        var message = await AssertBecomesAsync(team, "m2m/etl", "Progressing", "InProgress", found =>
            Team.Condition(found, "Reconciling") is not null
        );
        Assert.Contains("does not exist", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resource_IsSuspended_IsSuspendedForArgo()
    {
        var team = await NewTeamAsync();

        await team.ApplyClientAsync("etl", "suspend: true");

        await AssertBecomesAsync(team, "m2m/etl", "Suspended", "InProgress", found => Team.Condition(found, "Synced") is not null);
    }

    [Fact]
    public async Task Secret_OfATrackedResource_CarriesNoTrackingMarks()
    {
        var team = await NewTeamAsync();
        await team.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata:
              name: etl
              labels: {app.kubernetes.io/instance: my-app, kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}
              annotations: {argocd.argoproj.io/tracking-id: "my-app:credentials.carto.com/M2MOAuthClient:x/etl"}
            spec:
              accountRef: {kind: CartoAccount, name: {{Team.Account}} }
            """
        );

        await team.WaitReadyAsync("etl");

        var metadata = (await team.GetAsync("secret/etl"))["metadata"]!;
        Assert.Equal(["app.kubernetes.io/managed-by"], metadata["labels"]!.AsObject().Select(label => label.Key));
        Assert.All(metadata["annotations"]!.AsObject(), annotation =>
            Assert.StartsWith("credentials.carto.com/", annotation.Key, StringComparison.Ordinal)
        );
    }

    private static async Task<string> AssertBecomesAsync(
        Team team,
        string what,
        string health,
        string kstatus,
        Func<JsonNode, bool>? seen = null
    )
    {
        var found = await team.BecomesAsync(
            what,
            found => (seen?.Invoke(found) ?? true) && ArgoHealth.Of(found).Status == health && KStatus.Of(found) == kstatus,
            $"{what} to be {health} and {kstatus}"
        );
        return ArgoHealth.Of(found).Message;
    }
}
