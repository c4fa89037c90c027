using Carto.Emulator;
using k8s.Models;
using Operator.Contracts;
using Operator.TestKit;
using Operator.Tests.Clients;
using Operator.Tests.Drift;

namespace Operator.Tests.Protection;

/// <summary>Accounts and what they need stay until the last client is revoked, and not longer.</summary>
public sealed class ProtectionTests(KubernetesServer server)
{
    private const string Kept = WireNames.InUseFinalizer;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FirstResource_AccountAndWhatItNamesAreKeptBeforeAClientIsCreated()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.Connected);
        Assert.Empty(await KeptAsync(world));
        List<string>? seen = null;
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) == "PATCH m2moauthclients")
            {
                seen ??= await KeptAsync(world);
            }

            return await send();
        };

        await world.ApplyClientsAsync("our", "etl");
        await world.SyncedAsync("etl");

        Assert.Equal(["cartoaccount/our", "configmap/carto-ca", "secret/carto-login"], seen);
        Assert.Equal("true", (await world.SecretAsync(DriftWorld.Login))!.Metadata.Labels[WireNames.Labels.InUse]);
    }

    [Fact]
    public async Task SecretThatAWebhookLetsNobodyMark_NamesTheWebhookAndNotAMissingRight()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.Connected);
        world.Calls.Intercept = (request, send) =>
            KubernetesCalls.Describe(request) == "PATCH secrets" ? Task.FromResult(WebhookDenial.Answer()) : send();

        await world.ApplyClientsAsync("our", "etl");
        var resource = await world.BecomesAsync(
            "etl",
            found =>
                found?.Status?.Conditions?.Any(condition =>
                    condition.Message.Contains($"the admission webhook {WebhookDenial.Name} does not let", StringComparison.Ordinal)
                ) == true,
            "the webhook to be named"
        );
        Assert.DoesNotContain(resource!.Status!.Conditions!, condition =>
            condition.Message.Contains("right to patch", StringComparison.Ordinal)
        );
        Assert.Empty(world.Live);

        world.Calls.Intercept = null;
        await world.SyncedAsync("etl");
    }

    [Fact]
    public async Task AccountThatAWebhookLetsNobodyMark_NamesTheWebhook()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.Connected);
        world.Calls.Intercept = (request, send) =>
            KubernetesCalls.Describe(request) == "PATCH cartoaccounts" ? Task.FromResult(WebhookDenial.Answer()) : send();

        await world.ApplyClientsAsync("our", "etl");
        await world.BecomesAsync(
            "etl",
            found =>
                found?.Status?.Conditions?.Any(condition => condition.Message.Contains(WebhookDenial.Words, StringComparison.Ordinal))
                == true,
            "the webhook's words"
        );

        world.Calls.Intercept = null;
        await world.SyncedAsync("etl");
    }

    [Fact]
    public async Task FurtherResources_CostNoWriteForTheAccount()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        world.Calls.Forget();

        await world.ApplyClientsAsync("our", "a", "b", "c");
        foreach (var name in (string[])["a", "b", "c"])
        {
            await world.SyncedAsync(name);
        }

        Assert.DoesNotContain(world.Calls.Writes, call => call is "PATCH cartoaccounts" or "PATCH secrets" or "PATCH configmaps");
    }

    [Fact]
    public async Task UnusedAccount_IsDeletedAtOnceAndLeavesNothingBehind()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.Connected);

        await world.KubectlAsync(
            "delete",
            "cartoaccount/our",
            $"secret/{DriftWorld.Login}",
            $"configmap/{DriftWorld.Bundle}",
            "--timeout=20s"
        );
    }

    [Fact]
    public async Task LastResourceIsGone_AccountIsReleasedAsItWas()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        var (data, labels) = Content(await world.SecretAsync(DriftWorld.Login));
        await world.SettleAsync(2);
        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=20s");
        Assert.Equal(3, (await KeptAsync(world)).Count);

        await world.KubectlAsync("delete", "m2m", "c1", "--timeout=20s");

        await ReleasedAsync(world);
        Assert.Equal((data, labels), Content(await world.SecretAsync(DriftWorld.Login)));
        await world.ApplyClientsAsync("our", "again");
        await world.SyncedAsync("again");
        Assert.Equal(3, (await KeptAsync(world)).Count);
    }

    [Fact]
    public async Task AccountDeletedInUse_SaysWhoUsesItAndGoesWithTheLastClient()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(5);

        await world.KubectlAsync(
            "delete",
            "cartoaccount/our",
            $"secret/{DriftWorld.Login}",
            $"configmap/{DriftWorld.Bundle}",
            "--wait=false"
        );

        var said = await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.InUse);
        var @namespace = world.Namespace.Name;
        Assert.Equal("False", said.Status);
        Assert.Contains(
            $"waits for 5 M2MOAuthClients ({@namespace}/c0, {@namespace}/c1, {@namespace}/c2 and 2 more)",
            said.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(5, world.Live.Count);

        await world.KubectlAsync("delete", "m2m", "--all", "--timeout=20s");

        Assert.Empty(world.Live);
        await AllGoneAsync(world);
    }

    [Fact]
    public async Task AccountDeletedInUse_NothingNewIsCreatedAndWhatExistsIsKept()
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = true });
        await world.SettleAsync(1);
        await world.KubectlAsync("delete", "cartoaccount/our", "--wait=false");
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.InUse);

        await world.ApplyClientsAsync("our", "late");
        var late = await world.SaysAsync("late", ConditionTypes.Ready, "False", Reasons.AccountTerminating);
        Assert.DoesNotContain(WireNames.Finalizer, late!.Metadata.Finalizers ?? []);
        await world.KubectlAsync("patch", "m2m", "c0", "--type=merge", "-p", """{"spec":{"displayName":"renamed"}}""");
        await world.KubectlAsync("delete", "secret", "c0");
        await Eventually.TrueAsync(
            () => Assert.Single(world.Live).Name.StartsWith("renamed [", StringComparison.Ordinal),
            "the client to be renamed",
            Cancel
        );
        await Eventually.GetAsync(_ => world.SecretAsync("c0"), secret => secret is not null, "the Secret to be back", Cancel);
        await world.AssertWorksAsync("c0");
        await world.AnnotateAsync("rotate-requested-at", "now", "m2m/c0");
        await world.SaysAsync("c0", ConditionTypes.Synced, "False", Reasons.AccountTerminating);
        Assert.Single(world.Live);

        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=20s");

        await world.AccountAsync(account => account is null, "the account to be gone, although a resource without a client names it");
        await world.SaysAsync("late", ConditionTypes.Ready, "False", Reasons.AccountNotFound);
        Assert.Empty(world.Live);
        await ReleasedAsync(world);
    }

    [Fact]
    public async Task AccountDeletedWhileACreateIsOnItsWay_StaysUntilThatClientIsRevoked()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.Connected);
        var deleted = 0;
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) == "PATCH m2moauthclients" && Interlocked.Exchange(ref deleted, 1) == 0)
            {
                await world.KubectlAsync("delete", "cartoaccount/our", "--wait=false");
            }

            return await send();
        };

        await world.ApplyClientsAsync("our", "etl");

        await world.BecomesAsync("etl", resource => resource?.Status?.Current is not null, "a client on record");
        Assert.Single(world.Live);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.InUse);
        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=20s");
        Assert.Empty(world.Live);
        await world.AccountAsync(account => account is null, "the account to be gone");
        await ReleasedAsync(world);
    }

    [Fact]
    public async Task ResourceThatNeverBecameReady_DoesNotHoldUpAnything()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.Connected);
        await world.KubectlAsync("create", "secret", "generic", "etl");
        await world.ApplyClientsAsync("our", "etl");
        await world.SaysAsync("etl", ConditionTypes.Ready, "False", Reasons.SecretConflict);

        await world.KubectlAsync("delete", "cartoaccount/our", "--timeout=20s");

        await ReleasedAsync(world);
        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=20s");
    }

    [Theory]
    [InlineData("abandon")]
    [InlineData("retain")]
    public async Task ClientThatIsLeftInCarto_ReleasesTheAccount(string way)
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        await (
            way == "abandon"
                ? world.AnnotateAsync("abandon", "true", "m2m/c0")
                : world.KubectlAsync("patch", "m2m", "c0", "--type=merge", "-p", """{"spec":{"deletionPolicy":"Retain"}}""")
        );
        await world.KubectlAsync("delete", "cartoaccount/our", "--wait=false");

        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=20s");

        Assert.Single(world.Live);
        await world.AccountAsync(account => account is null, "the account to be gone");
        await ReleasedAsync(world);
    }

    [Fact]
    public async Task SecretDeletedInUse_StaysIsSaidAndStillRevokes()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);

        await world.KubectlAsync("delete", "secret", DriftWorld.Login, "--wait=false");

        var said = await world.AccountSaysAsync(ConditionTypes.Ready, Reasons.InUse);
        Assert.Equal("True", said.Status);
        Assert.Contains(
            $"Secret {world.Namespace.Name}/{DriftWorld.Login} is being deleted, which waits for 1 M2MOAuthClient (",
            said.Message,
            StringComparison.Ordinal
        );
        await world.KillAsync();
        await world.StartAsync();
        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=20s");
        Assert.Empty(world.Live);
        await Eventually.GetAsync(_ => world.SecretAsync(DriftWorld.Login), secret => secret is null, "the Secret to be gone", Cancel);
    }

    [Fact]
    public async Task AccountNamesAnotherSecret_ThatIsKeptAndTheFormerReleased()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var next = world.Carto.CreateClient(world.User, "next login");
        await world.ApplyLoginAsync(next.Id, next.Secret, "next");

        await world.ApplyAccountAsync("our", "next");

        await KeptAsync(world, "cartoaccount/our", "configmap/carto-ca", "secret/next");
        await world.KubectlAsync("delete", "secret", DriftWorld.Login, "--timeout=20s");
        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=20s");
        await ReleasedAsync(world);
    }

    [Fact]
    public async Task TwoAccountsWithOneSecret_ItStaysUntilBothAreUnused()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.ApplyAccountAsync("second");
        await world.ApplyClientsAsync("our", "a");
        await world.ApplyClientsAsync("second", "b");
        await world.SyncedAsync("a");
        await world.SyncedAsync("b");

        await world.KubectlAsync("delete", "m2m", "a", "--timeout=20s");
        await world.KubectlAsync("delete", "cartoaccount/our", "--timeout=20s");

        await KeptAsync(world, "cartoaccount/second", "configmap/carto-ca", "secret/carto-login");
        await world.KubectlAsync("delete", "m2m", "b", "--timeout=20s");
        await ReleasedAsync(world);
    }

    [Fact]
    public async Task AccountRemovedByForce_TheSecretIsReleasedAfterARestartToo()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        await world.KillAsync();
        await world.KubectlAsync("delete", "cartoaccount/our", "--wait=false");
        await world.KubectlAsync("patch", "cartoaccount/our", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");

        await world.StartAsync();

        await ReleasedAsync(world);
        await world.AnnotateAsync("abandon", "true", "m2m/c0");
        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=20s");
    }

    [Theory]
    [InlineData("""{"metadata":{"finalizers":null}}""")]
    [InlineData("""{"metadata":{"labels":null}}""")]
    public async Task SomebodyStripsTheSecret_ItIsKeptAgain(string patch)
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);

        await world.KubectlAsync("patch", "secret", DriftWorld.Login, "--type=merge", "-p", patch);

        await Eventually.GetAsync(
            _ => world.SecretAsync(DriftWorld.Login),
            secret =>
                secret!.Metadata.Finalizers?.Contains(Kept) == true && secret.Metadata.Labels?.ContainsKey(WireNames.Labels.InUse) == true,
            "the Secret to be kept again",
            Cancel
        );
    }

    [Fact]
    public async Task SomebodyStripsTheAccount_ItIsKeptAgain()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);

        await world.KubectlAsync("patch", "cartoaccount/our", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");

        await world.AccountAsync(account => account!.Metadata.Finalizers?.Contains(Kept) == true, "the account to be kept again");
    }

    [Fact]
    public async Task Restart_WithAnAccountInUse_WritesNothing()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        await world.AnnotateAsync("reconcile-requested-at", "now");
        await world.AccountAsync(account => account?.Status is { ManagedClients: 1, LastHandledReconcileAt: "now" }, "a comparison");
        await world.KillAsync();

        await world.StartAsync();
        await Eventually.TrueAsync(() => world.Calls.Seen.Contains("GET secrets"), "the account to be reconciled", Cancel);
        await world.AnnotateAsync("reconcile-requested-at", "again");
        await world.AccountAsync(account => account?.Status?.LastHandledReconcileAt == "again", "another comparison");

        Assert.Equal(["PATCH cartoaccounts/status"], world.Calls.Writes);
    }

    [Fact]
    public async Task NamespaceDeleted_EndsWithNoClientInCarto()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(3);

        await server.Kubectl.RunAsync(["delete", "namespace", world.Namespace.Name, "--timeout=120s"], Cancel);

        Assert.Empty(world.Live);
        Assert.NotEqual(0, (await server.Kubectl.RunAsync(["get", "namespace", world.Namespace.Name], Cancel)).ExitCode);
    }

    [Theory]
    [InlineData("foreground")]
    [InlineData("orphan")]
    public async Task DeletedWithAnotherPropagation_IsRevokedAndReleased(string cascade)
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);

        await world.KubectlAsync("delete", "m2m/c0", "cartoaccount/our", $"--cascade={cascade}", "--timeout=20s");

        Assert.Empty(world.Live);
        await ReleasedAsync(world);
        Assert.Equal(cascade == "orphan", await world.SecretAsync("c0") is not null);
    }

    [Fact]
    public async Task ClusterAccount_IsKeptWithASecretOfAnotherNamespaceAndReleased()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        var name = world.Namespace.Name;
        await world.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: ClusterCartoAccount
            metadata: {name: {{name}} }
            spec:
              apiBaseUrl: {{world.Carto.BaseUrl.ToString().TrimEnd('/')}}
              auth:
                tokenUrl: {{world.Carto.TokenUrl}}
                clientCredentials: {secretRef: {name: {{DriftWorld.Login}}, namespace: {{name}} } }
              caBundle: {configMapRef: {name: {{DriftWorld.Bundle}}, namespace: {{name}} } }
            """
        );
        await world.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: etl}
            spec: {accountRef: {name: {{name}} } }
            """
        );
        await world.SyncedAsync("etl");
        await KeptAsync(world, "configmap/carto-ca", "secret/carto-login");

        await world.KubectlAsync("delete", "clustercartoaccount", name, "--wait=false");
        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=20s");

        Assert.Empty(world.Live);
        await ReleasedAsync(world);
        await world.KubectlAsync("wait", "--for=delete", $"clustercartoaccount/{name}", "--timeout=20s");
    }

    private static (string Data, string Labels) Content(V1Secret? secret) =>
        (
            string.Join(',', secret!.Data.Select(pair => pair.Key + Convert.ToHexString(pair.Value)).Order(StringComparer.Ordinal)),
            string.Join(',', (secret.Metadata.Labels ?? new Dictionary<string, string>()).Keys.Concat(secret.Metadata.Finalizers ?? []))
        );

    /// <summary>What bears the finalizer, in order.</summary>
    private static async Task<List<string>> KeptAsync(DriftWorld world)
    {
        var all = await world.KubectlAsync(
            "get",
            "cartoaccounts,configmaps,secrets",
            "-o",
            "go-template={{range .items}}{{$o := .}}{{range .metadata.finalizers}}{{$o.kind}}/{{$o.metadata.name}} "
                + "{{.}}{{\"\\n\"}}{{end}}{{end}}"
        );
        return
        [
            .. all.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .Where(parts => parts[1] == Kept)
                .Select(parts => char.ToLowerInvariant(parts[0][0]) + parts[0][1..])
                .Select(found =>
                    found
                        .Replace("cartoAccount/", "cartoaccount/", StringComparison.Ordinal)
                        .Replace("configMap/", "configmap/", StringComparison.Ordinal)
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    private static Task<List<string>> KeptAsync(DriftWorld world, params string[] wanted) =>
        Eventually.GetAsync(
            _ => KeptAsync(world),
            kept => kept.SequenceEqual(wanted),
            $"{string.Join(", ", wanted)} to be kept, and nothing else",
            Cancel
        );

    private static async Task ReleasedAsync(DriftWorld world)
    {
        await KeptAsync(world, []);
        Assert.Equal("", await world.KubectlAsync("get", "secrets,configmaps", "-l", WireNames.Labels.InUse, "-o", "name"));
    }

    private static async Task AllGoneAsync(DriftWorld world) =>
        await Eventually.GetAsync(
            _ =>
                world.KubectlAsync(
                    "get",
                    "cartoaccount/our",
                    $"secret/{DriftWorld.Login}",
                    $"configmap/{DriftWorld.Bundle}",
                    "--ignore-not-found",
                    "-o",
                    "name"
                ),
            left => left.Length == 0,
            "the account and what it named to be gone",
            Cancel
        );
}
