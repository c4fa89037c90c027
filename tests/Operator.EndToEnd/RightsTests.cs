using k8s;
using k8s.Models;
using Operator.TestKit;
using Operator.TestKit.Faults;
using Fail = Operator.TestKit.Faults.Fail;

namespace Operator.EndToEnd;

/// <summary>
/// That the operator has the rights that it needs, and none besides. A tour of all that it does shows which ones it uses.
/// </summary>
[Collection(RunningOperator.Alone)]
public sealed class RightsTests(RunningOperator @operator) : TeamTests(@operator)
{
    /// <summary>No request shows this one: admission asks for it, where it checks who may block the deletion of an owner.</summary>
    private const string OwnerReferences = "update credentials.carto.com/m2moauthclients/finalizers";

    private static readonly string[] Workloads = ["deployment", "statefulset", "daemonset"];

    [Fact]
    public async Task Rights_OnATourOfAllThatTheOperatorDoes_AreAllUsedAndSuffice()
    {
        var granted = await GrantedAsync();
        var team = await NewTeamAsync(withAccount: false);
        await ApplyWorkloadsAsync(team);
        await using var proxy = await FaultProxy.StartAsync(Operator.Server, Cancelled);
        var kubeconfig = Operator.NewFile("kubeconfig");
        Kubeconfig.Write(kubeconfig, proxy.CreateConfiguration(Operator.Access));

        // Two, and no lease at first: one of them creates it, and only who waits for it watches it.
        await Operator.StopAsync();
        await Operator.ForgetLeaseAsync();

        // Who leads reads it only when it does not know what became of a renewal.
        proxy.Once(request => request is { Resource: "leases", Verb: "patch" }, Fail.CutAfterEffect());
        await using (var one = Operator.StartAnother(kubeconfig, [], static _ => { }))
        await using (var other = Operator.StartAnother(kubeconfig, [], static _ => { }))
        {
            await one.WaitUntilReadyAsync(Cancelled);
            await other.WaitUntilReadyAsync(Cancelled);
            await team.ApplyAccountAsync();
            await team.ApplyClusterAccountAsync($"{{selector: {{matchLabels: {{kubernetes.io/metadata.name: {team.Namespace}}}}}}}");
            await team.ApplyClientAsync("shared", inClusterAccount: true);
            await team.WaitReadyAsync("shared");
            await team.ApplyClientAsync(
                "etl",
                "rolloutRestart:\n"
                    + string.Concat(
                        new[] { "Deployment", "StatefulSet", "DaemonSet" }.Select(kind =>
                            $"- {{kind: {kind}, name: etl}}\n- {{kind: {kind}, selector: {{matchLabels: {{app: etl}}}}}}\n"
                        )
                    )
            );
            await team.WaitReadyAsync("etl");

            // The same event twice is a series.
            await LoseSecretAsync(team);
            await LoseSecretAsync(team);
            await team.RunAsync("patch", "secret/etl", "-p", """{"data": {"CARTO_CLIENT_SECRET": "bm9uc2Vuc2U="}}""");
            await HealedAsync(team);
            await team.RunAsync("annotate", "m2m/etl", "credentials.carto.com/rotate-requested-at=now");
            foreach (var kind in Workloads)
            {
                await team.BecomesAsync(
                    $"{kind}/etl",
                    found => found["spec"]!["template"]!["metadata"]!["annotations"]?["credentials.carto.com/client-id"] is not null,
                    $"the {kind} to be restarted"
                );
            }

            await team.RunAsync("delete", "--timeout=30s", "m2m/etl", "m2m/shared");

            await Eventually.TrueAsync(
                () => proxy.Requests.Any(request => request is { Resource: "leases", Verb: "get" }),
                "the lease to be read",
                Cancelled
            );

            // What is counted of a series is written at the end.
            await one.SignalAsync("TERM", Cancelled);
            await other.SignalAsync("TERM", Cancelled);
            await Task.WhenAll(one.Exited, other.Exited).WaitAsync(Eventually.DefaultLimit, TimeProvider.System, Cancelled);
        }

        var used = proxy.Requests.Where(request => request.Resource is not null).Select(Right).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(proxy.Requests, request => request.Status == 403);
        var unused = string.Join(", ", granted.Except(used).Order(StringComparer.Ordinal));
        Assert.True(unused == OwnerReferences, $"Granted and not used: {unused}");
    }

    private static string Right(ProxiedRequest request) =>
        $"{request.Verb} {request.Group}/{request.Resource}{(request.Subresource is null ? "" : $"/{request.Subresource}")}";

    /// <summary>What the roles of config/rbac allow, as the server has them.</summary>
    private async Task<HashSet<string>> GrantedAsync()
    {
        var rbac = Operator.Server.Client.RbacAuthorizationV1;
        var cluster = await rbac.ReadClusterRoleAsync("carto-operator", cancellationToken: Cancelled);
        var home = await rbac.ReadNamespacedRoleAsync("carto-operator", Operator.Access.Namespace, cancellationToken: Cancelled);
        return cluster.Rules.Concat(home.Rules).SelectMany(Expand).ToHashSet(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Expand(V1PolicyRule rule) =>
        from @group in rule.ApiGroups
        from resource in rule.Resources
        from verb in rule.Verbs
        select $"{verb} {@group}/{resource}";

    private static async Task LoseSecretAsync(Team team)
    {
        await team.RunAsync("delete", "secret/etl");
        await HealedAsync(team);
    }

    private static Task<bool> HealedAsync(Team team) =>
        Eventually.GetAsync(
            async _ => await team.ObtainsTokenAsync(await team.SecretAsync("etl")),
            works => works,
            "the Secret to work again",
            Cancelled
        );

    private static Task ApplyWorkloadsAsync(Team team) =>
        team.ApplyAsync(
            string.Join(
                "\n---\n",
                new[] { "Deployment", "StatefulSet", "DaemonSet" }.Select(kind =>
                    $$"""
                        apiVersion: apps/v1
                        kind: {{kind}}
                        metadata: {name: etl, labels: {app: etl} }
                        spec:
                          selector: {matchLabels: {app: etl} }
                          template:
                            metadata: {labels: {app: etl} }
                            spec: {containers: [{name: etl, image: etl}]}
                        """
                )
            )
        );
}
