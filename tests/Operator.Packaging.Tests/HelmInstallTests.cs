using Operator.TestKit;

namespace Operator.Packaging.Tests;

/// <summary>The chart in a cluster, by a real Helm.</summary>
public sealed class HelmInstallTests(KubernetesServer server) : ClusterTests(server)
{
    private const string Account = "clustercartoaccount/default";

    private static readonly string[] OfTheCluster = ["clusterroles,clusterrolebindings", "-l", "app.kubernetes.io/instance=carto-operator"];

    private static readonly string[] OfTheNamespace =
    [
        "-n",
        Home,
        "deployments,serviceaccounts,roles,rolebindings,poddisruptionbudgets,networkpolicies,services,configmaps",
        "-l",
        "app.kubernetes.io/instance=carto-operator",
    ];

    private Helm Helm => new(Server.KubeconfigPath);

    [Fact]
    public async Task Release_FromItsInstallationToItsEnd_ServesAndLeavesNoClientBehind()
    {
        await CreateNamespaceAsync(Home);
        await CreateNamespaceAsync("team");
        await CreateAuthorityAsync(Home);

        // Installed as the README says, with an account of a kind that the release brings itself.
        var installed = HelmAsync(["install", .. Release, .. WithAccount, "--wait", "--timeout", "60s"]);
        await PlayDeploymentControllerAsync(installed);
        var notes = await installed;
        Assert.Contains("kubectl wait --for=condition=Ready --timeout=1m clustercartoaccount/default", notes, StringComparison.Ordinal);

        // The operator works under the rights and with the settings that it was given.
        await using (var running = await InstalledOperator.StartAsync(Server, Home, "carto-operator"))
        {
            await RunAsync("wait", "--for=condition=Ready", "--timeout=30s", Account);
            var secret = await CreateClientAsync("team", "{kind: ClusterCartoAccount, name: default}");

            // An upgrade takes over what the installation could not yet own, and disturbs nothing.
            await HelmAsync([
                "upgrade",
                .. Release,
                .. WithAccount,
                "--set",
                "concurrency=4,account.spec.requestsPerSecond=7,podDisruptionBudget.enabled=true",
            ]);
            Assert.Equal(7, (int)(await GetAsync(Account))["spec"]!["requestsPerSecond"]!);
            Assert.Contains(
                "--concurrency=4",
                (await GetAsync("-n", Home, "deployment/carto-operator")).AsObject().Pod().Container()["args"]!.ToJsonString(),
                StringComparison.Ordinal
            );
            Assert.Contains("poddisruptionbudget.policy/carto-operator", await NamesAsync(OfTheNamespace));
            Assert.Equal(secret["data"]!.ToJsonString(), (await GetAsync("-n", "team", "secret/etl"))["data"]!.ToJsonString());

            await DeleteClientAsync("team");
            Assert.Equal(0, await running.StopAsync());
        }

        // What clients may still need stays: their kinds, their account and its login.
        await HelmAsync("uninstall", "carto-operator", "-n", Home);
        Assert.Empty(await NamesAsync(OfTheCluster));
        Assert.Empty(await NamesAsync(OfTheNamespace));
        Assert.Equal(3, (await NamesAsync("crds")).Length);
        Assert.Equal(["clustercartoaccount.credentials.carto.com/default"], await NamesAsync("clustercartoaccounts"));
        Assert.Contains("secret/carto-operator-login", await NamesAsync("-n", Home, "secrets"));

        // And is taken over by the next release of that name.
        await HelmAsync(["install", .. Release, .. WithAccount]);
        Assert.Equal(2, (int)(await GetAsync(Account))["spec"]!["requestsPerSecond"]!);
        await HelmAsync("uninstall", "carto-operator", "-n", Home);
        await RunAsync("delete", Account);
    }

    [Fact]
    public async Task Release_ForSomeNamespaces_WorksWithRolesThereAndNextToNothingInTheCluster()
    {
        await CreateNamespaceAsync(Home);
        string[] teams = ["team", "crew"];
        foreach (var team in teams)
        {
            await CreateNamespaceAsync(team);
        }

        await HelmAsync(["install", .. Release, "--set", "namespaces={team,crew},allowedHosts={127.0.0.1}"]);

        var role = (await GetAsync("clusterrole/carto-operator"))["rules"]!.ToJsonString();
        Assert.Equal("""[{"apiGroups":[""],"resourceNames":["kube-system"],"resources":["namespaces"],"verbs":["get"]}]""", role);
        await using var running = await InstalledOperator.StartAsync(Server, Home, "carto-operator");
        foreach (var team in teams)
        {
            await CreateAuthorityAsync(team);
            await ApplyAsync(
                $$"""
                apiVersion: v1
                kind: Secret
                metadata: {name: carto-login, namespace: {{team}} }
                stringData: {CARTO_CLIENT_ID: "{{User.ClientId}}", CARTO_CLIENT_SECRET: "{{User.ClientSecret}}"}
                ---
                apiVersion: credentials.carto.com/v1alpha1
                kind: CartoAccount
                metadata: {name: our-carto, namespace: {{team}} }
                spec:
                  apiBaseUrl: {{Carto.BaseUrl.ToString().TrimEnd('/')}}
                  auth:
                    tokenUrl: {{Carto.TokenUrl}}
                    clientCredentials: {secretRef: {name: carto-login} }
                  caBundle: {configMapRef: {name: company-ca} }
                """
            );

            await CreateClientAsync(team, "{kind: CartoAccount, name: our-carto}");
            await DeleteClientAsync(team);
            await RunAsync("-n", team, "delete", "cartoaccount", "our-carto");
        }

        await HelmAsync("uninstall", "carto-operator", "-n", Home);
        foreach (var team in teams)
        {
            Assert.Empty(await NamesAsync("-n", team, "roles,rolebindings"));
        }
    }

    [Fact]
    public async Task Release_WithoutKeep_TakesTheDefinitionsAlong()
    {
        await CreateNamespaceAsync(Home);
        await HelmAsync(["install", .. Release, "--set", "crds.keep=false"]);
        Assert.Equal(3, (await NamesAsync("crds")).Length);

        await HelmAsync("uninstall", "carto-operator", "-n", Home);

        await Eventually.GetAsync(_ => NamesAsync("crds"), crds => crds.Length == 0, "the definitions to go", Cancelled);
    }

    [Fact]
    public async Task Release_WithEverythingSwitchedOn_IsAcceptedByTheServer()
    {
        await CreateNamespaceAsync(Home);

        await HelmAsync([
            "install",
            .. Release,
            "-f",
            Repository.PathOf("tests", "Operator.Packaging.Tests", "golden", "full.values.yaml"),
            .. NoMonitoring,
        ]);

        Assert.Contains("networkpolicy.networking.k8s.io/carto-operator", await NamesAsync(OfTheNamespace));
        await HelmAsync("uninstall", "carto-operator", "-n", Home);
        await RunAsync("delete", "clustercartoaccounts", "--all");
    }

    // Kinds of Prometheus Operator, which the server does not have.
    private static string[] NoMonitoring => ["--set", "serviceMonitor.enabled=false,podMonitor.enabled=false,prometheusRule.enabled=false"];

    private static string[] Release => ["carto-operator", Chart.Folder, "-n", Home];

    private string[] WithAccount =>
        [
            "--set",
            "extraCAs.configMap=company-ca",
            "--set",
            "account.create=true",
            "--set",
            $"account.apiBaseUrl={Carto.BaseUrl.ToString().TrimEnd('/')}",
            "--set",
            $"account.spec.auth.tokenUrl={Carto.TokenUrl}",
            "--set-string",
            $"account.clientId={User.ClientId}",
            "--set-string",
            $"account.clientSecret={User.ClientSecret}",
        ];

    private async Task<string> HelmAsync(params string[] arguments) => (await Helm.RunAsync(arguments, Cancelled)).EnsureSuccess().Output;

    /// <summary>Nobody runs pods here: says of the Deployment what its controller would, as soon as it is there.</summary>
    private async Task PlayDeploymentControllerAsync(Task installation)
    {
        await Eventually.GetAsync(
            _ => NamesAsync("-n", Home, "deployments"),
            names => names.Length == 1 || installation.IsCompleted,
            "the Deployment",
            Cancelled
        );
        await RunAsync(
            "-n",
            Home,
            "patch",
            "deployment",
            "carto-operator",
            "--subresource=status",
            "--type=merge",
            "--patch",
            """
            {"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
              "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]}}
            """
        );
    }
}
