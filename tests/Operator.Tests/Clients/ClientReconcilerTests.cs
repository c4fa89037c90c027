using Carto.Emulator;
using k8s.Models;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>What a resource's author sees when all goes well, and when the author asks for the wrong thing.</summary>
public sealed class ClientReconcilerTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NewResource_GetsAClientAndASecretWithItsPair()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync("{displayName: ETL service}");
        var resource = await world.WaitSyncedAsync();

        var client = await world.AssertOneWorkingClientAsync();
        Assert.Matches(@"^ETL service \[k8s:0a1b2c:[0-9a-f]{12}-1\]$", client.Name);
        Assert.NotNull(client.LastTokenAt);
        var secret = (await world.SecretAsync())!;
        Assert.Equal("Opaque", secret.Type);
        Assert.Equal(
            ["CARTO_API_BASE_URL", "CARTO_AUDIENCE", "CARTO_CLIENT_ID", "CARTO_CLIENT_SECRET", "CARTO_TOKEN_URL"],
            secret.Data.Keys.Order()
        );
        Assert.Equal(world.Carto.TokenUrl.ToString(), ClientWorld.Value(secret, "CARTO_TOKEN_URL"));
        Assert.Equal("carto-operator", secret.Metadata.Labels["app.kubernetes.io/managed-by"]);
        Assert.Equal(resource.Metadata.Uid, Assert.Single(secret.Metadata.OwnerReferences, owner => owner.Controller == true).Uid);
        Assert.Equal(["credentials.carto.com/revoke-client"], resource.Metadata.Finalizers);
        Assert.Equal("etl", resource.Status!.SecretName);
        Assert.Equal(
            (AccountKind.ClusterCartoAccount, "default", "account-uid"),
            (resource.Status.Account!.Kind, resource.Status.Account.Name, resource.Status.Account.Uid)
        );
        Assert.Equal(
            [("Ready", "True", "Available"), ("Synced", "True", "Available"), ("CredentialsVerified", "True", "TokenObtained")],
            resource.Status.Conditions!.Select(condition => (condition.Type, condition.Status, condition.Reason))
        );
        Assert.All(resource.Status.Conditions!, condition => Assert.Equal(1, condition.ObservedGeneration));
    }

    [Fact]
    public async Task NewResource_CostsThreeWritesOneEventAndTwoCallsToCarto()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        world.Carto.Calls.Reset();

        await world.ApplyAsync();
        await Eventually.TrueAsync(() => world.Calls.Seen.Contains("POST events") && world.Calls.Writes.Count >= 3, "all writes", Cancel);
        await world.WaitIdleAsync();

        Assert.Equal(
            ["GET secrets", "PATCH m2moauthclients", "PATCH m2moauthclients/status", "POST events", "POST secrets"],
            world.Calls.Seen.Order()
        );
        Assert.Equal((1, 1), (world.Carto.Calls.Count(Operation.Create), world.Carto.Calls.Count(Operation.Token)));
        Assert.Equal(2, world.Carto.Calls.Latest.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SettledResource_AfterARestart_CausesNoCallAtAll(bool withAccount)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        await world.KillAsync();
        if (!withAccount)
        {
            world.Accounts.Clear();
        }

        world.Calls.Forget();
        world.Carto.Calls.Reset();

        await world.StartAsync();
        var connecting = world.Carto.Calls.Latest.Count;
        await Eventually.TrueAsync(() => world.Log.Contains("Reconciled", StringComparison.Ordinal), "a reconcile", Cancel);
        await world.WaitIdleAsync();

        Assert.Empty(world.Calls.Seen);
        Assert.Equal(connecting, world.Carto.Calls.Latest.Count);
    }

    [Fact]
    public async Task DisplayNameChanged_RenamesTheClientAndLeavesItsPairAlone()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync("{displayName: ETL}");
        await world.WaitSyncedAsync();
        var before = await world.AssertOneWorkingClientAsync();
        var secret = await world.SecretAsync();

        await world.ApplyAsync("{displayName: Nightly ETL}");
        await world.WaitSyncedAsync();

        var after = await world.AssertOneWorkingClientAsync();
        Assert.Equal(before.Id, after.Id);
        Assert.StartsWith("Nightly ETL [k8s:", after.Name, StringComparison.Ordinal);
        Assert.Equal(secret!.Metadata.ResourceVersion, (await world.SecretAsync())!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task DisplayNameChanged_WhereTheApiCannotRename_ReportsItAndStaysReady()
    {
        await using var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { Methods = new MethodNames { Update = null } });
        await world.StartAsync();
        await world.ApplyAsync("{displayName: ETL}");
        await world.WaitSyncedAsync();

        await world.ApplyAsync("{displayName: Nightly ETL}");

        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.RenameUnsupported);
        Assert.Contains("still called ETL [k8s:", Message(resource, ConditionTypes.Synced), StringComparison.Ordinal);
        await world.WaitAsync(ConditionTypes.Ready, "True");
    }

    [Fact]
    public async Task SecretShapeChanged_RewritesTheSecretWithoutTouchingTheClient()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync("{secret: {labels: {team: maps, old: x}, annotations: {example.com/a: b}}}");
        await world.WaitSyncedAsync();
        var before = await world.AssertOneWorkingClientAsync();
        await world.KubectlAsync("label", "secret", "etl", "mine=yes");
        await world.KubectlAsync("annotate", "secret", "etl", "example.com/mine=yes");
        world.Carto.Calls.Reset();

        await world.ApplyAsync(
            "{secret: {labels: {team: roads}, credentialsFile: carto.json, keys: {clientId: ID}, template: {greeting: 'id={{ clientId "
                + "}}'}}}"
        );
        await world.WaitSyncedAsync();
        await Eventually.GetAsync(_ => world.SecretAsync(), secret => secret!.Data.ContainsKey("ID"), "the new shape", Cancel);

        var secret = (await world.SecretAsync())!;
        Assert.Equal(before.Id, Assert.Single(world.Live).Id);
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Create));
        Assert.Equal(before.Id, ClientWorld.Value(secret, "ID"));
        Assert.Equal($"id={before.Id}", ClientWorld.Value(secret, "greeting"));
        Assert.Contains($"\"client_secret\":\"{before.Secret}\"", ClientWorld.Value(secret, "carto.json"), StringComparison.Ordinal);
        Assert.False(secret.Data.ContainsKey("CARTO_CLIENT_ID"));
        Assert.Equal(
            [("app.kubernetes.io/managed-by", "carto-operator"), ("mine", "yes"), ("team", "roads")],
            secret.Metadata.Labels.Select(label => (label.Key, label.Value)).Order()
        );
        Assert.Equal("yes", secret.Metadata.Annotations["example.com/mine"]);
        Assert.False(secret.Metadata.Annotations.ContainsKey("example.com/a"));
    }

    [Fact]
    public async Task Deletion_RevokesTheClient()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        world.Carto.Calls.Reset();

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Empty(world.Live);
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Delete));
        // The one that proves it.
        Assert.Equal(1, world.Carto.Calls.Count(Operation.List));
        await Eventually.GetAsync(_ => world.SecretAsync(), secret => secret is null, "the Secret goes with its owner", Cancel);
    }

    [Fact]
    public async Task Deletion_ThatRetains_LeavesClientAndSecret()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync("{deletionPolicy: Retain}");
        await world.WaitSyncedAsync();

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        var client = Assert.Single(world.Live);
        var secret = (await world.SecretAsync())!;
        Assert.Equal(client.Secret, ClientWorld.Value(secret, "CARTO_CLIENT_SECRET"));
        Assert.Empty(secret.Metadata.OwnerReferences ?? []);
        Assert.DoesNotContain("app.kubernetes.io/managed-by", (secret.Metadata.Labels ?? new Dictionary<string, string>()).Keys);
        await AssertEventAsync(world, Reasons.Retained);
    }

    [Fact]
    public async Task Deletion_WithoutAnAccount_WaitsAndGoesOnWhenAbandoned()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        world.Accounts.Clear();

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        var blocked = await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.DeletionBlocked);
        Assert.Contains("ClusterCartoAccount default does not exist", Message(blocked, ConditionTypes.Ready), StringComparison.Ordinal);
        Assert.Contains("credentials.carto.com/abandon", Message(blocked, ConditionTypes.Ready), StringComparison.Ordinal);

        await world.KubectlAsync("annotate", "m2m", "etl", "credentials.carto.com/abandon=true");
        await world.WaitGoneAsync();

        Assert.Single(world.Live);
        await AssertEventAsync(world, Reasons.Retained);
    }

    [Fact]
    public async Task Deletion_OfAResourceThatNeverHadAnAccount_GoesAtOnce()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        world.Accounts.Clear();
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.AccountNotFound);

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");
    }

    [Fact]
    public async Task SecretOfSomebodyElse_IsNotTouchedAndSaidToBeInTheWay()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.KubectlAsync("create", "secret", "generic", "etl", "--from-literal=mine=yes");
        var before = await world.SecretAsync();
        await world.StartAsync();

        await world.ApplyAsync();
        var resource = await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.SecretConflict);

        Assert.Contains("delete it, or set spec.secret.name", Message(resource, ConditionTypes.Stalled), StringComparison.Ordinal);
        Assert.Equal(before!.Metadata.ResourceVersion, (await world.SecretAsync())!.Metadata.ResourceVersion);
        Assert.Empty(world.Live);
        Assert.Null(resource.Metadata.Finalizers);

        await world.KubectlAsync("delete", "secret", "etl");
        world.Nudge();
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task TwoResourcesThatNameOneSecret_TheSecondIsRefused()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync("{secret: {name: shared}}", "first");
        await world.WaitSyncedAsync("first");

        await world.ApplyAsync("{secret: {name: shared}}", "second");
        var second = await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.SecretConflict, "second");

        Assert.Contains("M2MOAuthClient first", Message(second, ConditionTypes.Stalled), StringComparison.Ordinal);
        Assert.Single(world.Live);
        await world.WaitSyncedAsync("first");
    }

    [Fact]
    public async Task TemplateThatCannotBeRendered_StallsUntilItIsCorrected()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync("{secret: {template: {bad: '{{ clientName }}'}}}");
        var resource = await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.InvalidSecretTemplate);
        Assert.Contains("spec.secret.template[bad]", Message(resource, ConditionTypes.Stalled), StringComparison.Ordinal);
        Assert.Empty(world.Live);

        await world.ApplyAsync("{secret: {template: {good: '{{ clientId }}'}}}");
        await world.WaitSyncedAsync();
    }

    [Fact]
    public async Task SecretThatTheServerRefuses_IsReportedAndCreatesNoSecondClient()
    {
        await using var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = false });
        await world.StartAsync();

        world.Calls.Intercept = (request, send) =>
            KubernetesCalls.Describe(request) == "POST secrets" ? Task.FromResult(WebhookDenial.Answer()) : send();
        await world.ApplyAsync();
        var resource = await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.SecretNotWritten);
        Assert.Contains(WebhookDenial.Words, Message(resource, ConditionTypes.Reconciling), StringComparison.Ordinal);
        for (var look = 0; look < 3; look++)
        {
            world.Nudge();
            await world.WaitIdleAsync();
        }

        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
        world.Time.Advance(TimeSpan.FromMinutes(6));
        world.Nudge();
        await Eventually.TrueAsync(() => world.Live.Count == 0, "the client of no use is revoked", Cancel);
        await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.SecretNotWritten);
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));

        world.Calls.Intercept = null;
        world.Nudge();
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task FinalizerThatAWebhookRefuses_IsReportedAndNothingIsCreatedUntilItMayBe()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        world.Calls.Intercept = (request, send) =>
            KubernetesCalls.Describe(request) == "PATCH m2moauthclients" ? Task.FromResult(WebhookDenial.Answer()) : send();

        await world.ApplyAsync("{}");
        var resource = await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.AdmissionDenied);
        Assert.StartsWith(
            $"the admission webhook {WebhookDenial.Name} rejects",
            Message(resource, ConditionTypes.Reconciling),
            StringComparison.OrdinalIgnoreCase
        );
        Assert.Contains(WebhookDenial.Words, Message(resource, ConditionTypes.Reconciling), StringComparison.Ordinal);
        Assert.Empty(world.Live);

        world.Calls.Intercept = null;
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task SuspendedResource_IsLeftAloneUntilItIsNot()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync("{suspend: true}");
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.Suspended);
        Assert.Empty(world.Live);

        await world.ApplyAsync("{suspend: false}");
        await world.WaitSyncedAsync();

        await world.ApplyAsync("{suspend: true, displayName: Other}");
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.Suspended);
        await world.WaitAsync(ConditionTypes.Ready, "True");
        Assert.StartsWith("etl [k8s:", Assert.Single(world.Live).Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Verification_TurnedOff_ObtainsNoToken(bool inSpec)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        world.Verify = inSpec;
        await world.StartAsync();

        await world.ApplyAsync(inSpec ? "{verify: false}" : "{}");
        await world.WaitSyncedAsync();

        await world.WaitAsync(ConditionTypes.CredentialsVerified, "Unknown", Reasons.VerificationDisabled);
        Assert.Null((await world.AssertOneWorkingClientAsync()).LastTokenAt);
    }

    [Fact]
    public async Task ReconcileRequest_IsHandledOnceAndRecorded()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        world.Calls.Forget();

        await world.KubectlAsync("annotate", "m2m", "etl", "credentials.carto.com/reconcile-requested-at=now");
        await Eventually.TrueAsync(() => world.Calls.Writes.Count > 0, "the record", Cancel);
        await world.WaitIdleAsync();

        Assert.Equal(["GET secrets", "PATCH m2moauthclients/status"], world.Calls.Seen);
        Assert.Equal("now", (await world.GetAsync())!.Status!.LastHandledReconcileAt);
    }

    [Fact]
    public async Task NothingThatIsShown_HoldsASecret()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync("{secret: {credentialsFile: carto.json, template: {a: '{{ clientSecret }}'}}}");
        await world.WaitSyncedAsync();
        await world.KubectlAsync("delete", "secret", "etl");
        await Eventually.GetAsync(_ => world.SecretAsync(), secret => secret is not null, "the Secret is back", Cancel);
        await world.WaitIdleAsync();

        // The world looks for secrets in whatever people can read when it ends, as in every test.
        Assert.True(world.Carto.SecretsEverIssued.Count > 3);
    }

    private static string Message(M2MOAuthClient resource, string type) => ConditionSet.Find(resource.Status!.Conditions, type)!.Message;

    private static Task<string> AssertEventAsync(ClientWorld world, string reason) =>
        Eventually.GetAsync(
            _ => world.KubectlAsync("get", "events", "-o", "jsonpath={.items[*].reason}"),
            reasons => reasons.Split(' ').Contains(reason),
            $"an event {reason}",
            Cancel
        );
}
