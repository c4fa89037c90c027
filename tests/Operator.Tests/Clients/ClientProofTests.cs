using Carto.Emulator;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>A CARTO that answers otherwise than it acts, and a cluster that does not take what it is given.</summary>
public sealed class ClientProofTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, "client not found")]
    [InlineData(409, "client not found")]
    [InlineData(422, "No client with that id")]
    [InlineData(500, "client not found")]
    [InlineData(400, "Nope.")]
    [InlineData(500, "Nope.")]
    public async Task DeletedInCarto_DeletionEnds_HoweverCartoSaysIt(int status, string message)
    {
        await using var world = await SettledAsync(new EmulatorVariants { GoneStatus = status, GoneMessage = message });
        world.Carto.DeleteClient(Assert.Single(world.Live).Id);
        world.Time.Advance(TimeSpan.FromMinutes(1));

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Empty(world.Live);
    }

    [Theory]
    [InlineData("""{"deleted": false}""")]
    [InlineData("""{"status": 500, "message": "it failed"}""")]
    [InlineData("""{"status": "pending"}""")]
    [InlineData("Error: could not delete")]
    [InlineData("As you wish.")]
    public async Task DeletionWithoutEffect_IsRequestedAgain(string answer)
    {
        await using var world = await SettledAsync();
        world.Carto.Faults.Add(Fault.Answer(Operation.Delete, answer, count: 2));

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=60s");

        Assert.Empty(world.Live);
        Assert.Equal(3, world.Carto.Calls.Count(Operation.Delete));
    }

    [Fact]
    public async Task ListThatCannotBeReadCompletely_ProvesNoRevocation()
    {
        await using var world = await SettledAsync();
        world.Carto.Faults.Add(Fault.NoEffect(Operation.Delete));
        world.Carto.Faults.Add(Fault.OddEntry(count: null));

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        var blocked = await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.DeletionBlocked);
        Assert.Single(world.Live);
        Assert.Contains("etl", blocked.Metadata.Name, StringComparison.Ordinal);

        world.Carto.Faults.Clear();
        world.Nudge();
        await world.WaitGoneAsync();
        Assert.Empty(world.Live);
    }

    [Theory]
    [InlineData(400, "client not found")]
    [InlineData(500, "Nope.")]
    public async Task ClientAndSecretGone_AnotherIsCreated_HoweverCartoSaysIt(int status, string message)
    {
        await using var world = await SettledAsync(new EmulatorVariants { GoneStatus = status, GoneMessage = message });
        var gone = Assert.Single(world.Live);
        world.Carto.DeleteClient(gone.Id);

        await world.KubectlAsync("delete", "secret", "etl");

        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
    }

    [Theory]
    [InlineData(404, null)]
    [InlineData(422, "No client with that id")]
    public async Task ClientGone_FoundOutByARename_AnotherIsCreated(int status, string? message)
    {
        await using var world = await SettledAsync(new EmulatorVariants { GoneStatus = status, GoneMessage = message });
        world.Carto.DeleteClient(Assert.Single(world.Live).Id);

        await world.ApplyAsync("{displayName: renamed}");

        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
        Assert.StartsWith("renamed [", Assert.Single(world.Live).Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("********", true)]
    [InlineData("<hidden>", true)]
    [InlineData("...{last4}", true)]
    [InlineData("********", false)]
    [InlineData("not shown here", true)]
    public async Task SecretDeletedAndCartoShowsAMask_TheMaskIsNotWritten(string mask, bool verify)
    {
        await using var world = await SettledAsync(
            new EmulatorVariants { SecretMask = mask },
            $"{{verify: {(verify ? "true" : "false")}}}"
        );

        await world.KubectlAsync("delete", "secret", "etl");

        await world.WaitHealedAsync();
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
    }

    [Fact]
    public async Task CreateThatNeverTellsASecret_StopsAfterTheSecond()
    {
        await using var world = await ClientWorld.CreateAsync(
            server,
            new EmulatorVariants
            {
                SecretInCreate = false,
                SecretInGet = false,
                SecretInList = false,
            }
        );
        await world.StartAsync();

        await world.ApplyAsync();

        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.ClientSecretUnknown);
        await Eventually.TrueAsync(() => world.Live.Count == 0, "what was created is revoked", Cancel);
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));
        world.Nudge();
        await world.WaitIdleAsync();
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));
        world.Time.Advance(SecretlessCreates.Pause);
        world.Carto.Variants = new EmulatorVariants();
        world.Nudge();
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task CreateThatTellsAMaskOfAnUnknownKind_TheSecretIsReadAgainAfterAWhile()
    {
        await using var world = await ClientWorld.CreateAsync(
            server,
            new EmulatorVariants { SecretMask = "1234-not-the-real-one", MaskInCreate = true }
        );
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.CredentialsPending);
        await world.WaitIdleAsync();

        world.Carto.Variants = new EmulatorVariants();
        world.Time.Advance(TimeSpan.FromMinutes(6));
        world.Nudge();

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task AdoptionWhereCartoShowsAMask_TakesTheSecretThatIsGiven()
    {
        await using var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { SecretMask = "not shown here" });
        var client = world.Carto.CreateClient(world.User, "made by hand");
        await world.KubectlAsync("create", "secret", "generic", "given", $"--from-literal=secret={client.Secret}");
        await world.StartAsync();

        await world.ApplyAsync($"{{clientId: {client.Id}, clientSecretRef: {{name: given, key: secret}}}}");

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task AdoptionOfTheAccountsLogin_IsRefused()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync($"{{clientId: {world.User.ClientId}, deletionPolicy: Delete}}");

        await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.AdoptionNotAllowed);
        Assert.Null(await world.SecretAsync());
        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");
        Assert.Contains(world.Carto.AllClients(), client => client.Id == world.User.ClientId);
    }

    [Fact]
    public async Task AdoptionOfAnotherResourcesClient_IsRefused()
    {
        await using var world = await SettledAsync();
        var client = Assert.Single(world.Live);

        await world.ApplyAsync($"{{clientId: {client.Id}, deletionPolicy: Delete}}", "thief");

        await world.WaitAsync(ConditionTypes.Stalled, "True", name: "thief");
        await world.KubectlAsync("delete", "m2m", "thief", "--timeout=30s");
        Assert.Null(await world.SecretAsync("thief"));
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task SecretIsImmutableDuringARotation_TheOldPairStaysReadyAndTheNewOneIsRevoked()
    {
        await using var world = await SettledAsync();
        var before = Assert.Single(world.Live);
        await world.KubectlAsync("patch", "secret", "etl", "-p", """{"immutable":true}""");
        await world.WaitIdleAsync();

        await world.KubectlAsync("annotate", "m2m", "etl", $"{WireNames.Annotations.RotateRequestedAt}=once");

        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.SecretNotWritten);
        Assert.Contains(
            "immutable",
            ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Synced)!.Message,
            StringComparison.Ordinal
        );
        await world.WaitAsync(ConditionTypes.Ready, "True");
        await world.WaitAsync(ConditionTypes.CredentialsVerified, "True");
        world.Time.Advance(TimeSpan.FromMinutes(6));
        world.Nudge();
        await Eventually.TrueAsync(() => world.Live.Count == 1, "the client that cannot be written is revoked", Cancel);
        Assert.Equal(before.Id, Assert.Single(world.Live).Id);
        world.Nudge();
        await world.WaitIdleAsync();
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));

        // What else was wrong meanwhile does not make the operator forget that.
        world.OutOfReach.Add("default");
        await world.PublishAsync();
        world.Nudge();
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.AccountNotReady);
        world.OutOfReach.Clear();
        await world.PublishAsync();
        world.Nudge();
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.SecretNotWritten);
        await world.WaitIdleAsync();
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));

        await world.KubectlAsync("delete", "secret", "etl");
        await world.WaitSyncedAsync();
        Assert.NotEqual(before.Id, (await world.GetAsync())!.Status!.Current!.ClientId);
    }

    [Fact]
    public async Task DeletedAfterARestartWhileTheClientIsNotListedYet_IsRevokedAllTheSame()
    {
        await using var world = await SettledAsync(new EmulatorVariants { ListLagLists = 2 });
        await world.KillAsync();
        await world.StartAsync();

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        var resource = await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.ConfirmingCreate);
        Assert.Single(world.Live);
        Assert.Contains(
            "which is new",
            ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Reconciling)!.Message,
            StringComparison.Ordinal
        );
        world.Time.Advance(TimeSpan.FromSeconds(11));
        world.Nudge();

        await world.WaitGoneAsync();
        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task ListWithoutTheClientThatAsksForIt_ProvesNothing()
    {
        await using var world = await SettledAsync();
        await world.KillAsync();
        await world.StartAsync();
        world.Carto.Faults.Add(Fault.Answer(Operation.List, """{"oauth_clients":null}""", count: null));

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        var resource = await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.DeletionBlocked);

        Assert.Contains(
            $"lacks the client {world.User.ClientId}, with which the account logs in",
            ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Reconciling)!.Message,
            StringComparison.Ordinal
        );
        Assert.Single(world.Live);
        await world.KillAsync();
        world.Carto.Faults.Clear();
        await world.StartAsync();
        await world.WaitGoneAsync();
        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task StatusLostAndCartoListsNothing_APairThatWorksProvesThatThereIsAClient()
    {
        await using var world = await SettledAsync();
        var client = Assert.Single(world.Live);
        await world.KillAsync();
        await world.RemoveStatusAsync();
        world.Carto.Faults.Add(Fault.EmptyList(count: null, except: world.User.ClientId));

        await world.StartAsync();
        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.ClientNotListed);

        Assert.Contains(
            client.Id,
            ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Synced)!.Message,
            StringComparison.Ordinal
        );
        world.Carto.Faults.Clear();
        world.Nudge();
        await world.WaitSyncedAsync();
        Assert.Equal(client.Id, (await world.AssertOneWorkingClientAsync()).Id);
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task SecretOfThatNameComesDuringTheCreate_TheClientIsOnRecordAndRevokedIfThatLasts()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        world.Carto.Faults.Add(Fault.Latency(Operation.Create, TimeSpan.FromSeconds(2)));
        await world.ApplyAsync();
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource?.Metadata.Finalizers?.Count > 0,
            "the create is next",
            Cancel
        );
        await world.KubectlAsync("create", "secret", "generic", "etl");

        var conflict = await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.SecretConflict);
        Assert.Equal(1, conflict.Status!.Pending?.Serial);
        Assert.Single(world.Live);
        world.Time.Advance(TimeSpan.FromMinutes(6));
        world.Nudge();
        await Eventually.TrueAsync(() => world.Live.Count == 0, "it is revoked", Cancel);
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));

        await world.KubectlAsync("delete", "secret", "etl");
        world.Nudge();
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task Suspended_IsTheReasonThatPeopleSee()
    {
        await using var world = await SettledAsync();

        await world.ApplyAsync("{suspend: true}");

        await world.WaitAsync(ConditionTypes.Ready, "True", Reasons.Suspended);
        await world.KubectlAsync("delete", "secret", "etl");
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.Suspended);
    }

    [Fact]
    public async Task SecretThatOutlivesItsResource_IsNotOwnedAndStillHealed()
    {
        await using var world = await SettledAsync(spec: "{deletionPolicy: Retain}");
        Assert.Null((await world.SecretAsync())!.Metadata.OwnerReferences);

        await world.KubectlAsync("patch", "secret", "etl", "-p", """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""");
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
        await world.KubectlAsync("delete", "secret", "etl");
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
        await world.WaitSyncedAsync();

        await world.ApplyAsync("{deletionPolicy: Delete}");
        await Eventually.GetAsync(_ => world.SecretAsync(), secret => secret?.Metadata.OwnerReferences?.Count == 1, "it is owned", Cancel);
        await world.ApplyAsync("{deletionPolicy: Retain}");
        await Eventually.GetAsync(_ => world.SecretAsync(), secret => secret?.Metadata.OwnerReferences is null, "it is not owned", Cancel);
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();

        await world.KubectlAsync("delete", "m2m", "etl", "--cascade=foreground", "--timeout=30s");
        var kept = await world.SecretAsync();
        Assert.Equal(Assert.Single(world.Live).Secret, ClientWorld.Value(kept, WireNames.SecretKeys.ClientSecret));
        Assert.False(kept!.Metadata.EnsureAnnotations().ContainsKey(WireNames.Annotations.ResourceUid));
    }

    [Fact]
    public async Task SecondRequestForARotation_WhileTheFirstCreateHangs_IsHandledAfterIt()
    {
        await using var world = await SettledAsync();
        var first = Assert.Single(world.Live);
        world.Carto.Faults.Add(Fault.CutBefore(Operation.Create));
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503));

        await world.KubectlAsync("annotate", "m2m", "etl", $"{WireNames.Annotations.RotateRequestedAt}=r1");
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource?.Status?.Pending is not null,
            "the first is under way",
            Cancel
        );
        await world.KubectlAsync("annotate", "m2m", "etl", "--overwrite", $"{WireNames.Annotations.RotateRequestedAt}=r2");
        world.Time.Advance(TimeSpan.FromSeconds(11));
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Nudge();
                Assert.Equal("r2", (await world.GetAsync())!.Status!.LastHandledRotateAt);
            },
            Cancel
        );
        await world.WaitSyncedAsync();

        Assert.DoesNotContain("second client in one reconcile", world.Log, StringComparison.Ordinal);
        var status = (await world.GetAsync())!.Status!;
        Assert.NotEqual(first.Id, status.Current!.ClientId);
        Assert.Equal(world.Live.Count - 1, status.Retiring?.Count ?? 0);
    }

    private async Task<ClientWorld> SettledAsync(EmulatorVariants? variants = null, string spec = "{}")
    {
        var world = await ClientWorld.CreateAsync(server, variants);
        await world.StartAsync();
        await world.ApplyAsync(spec);
        await world.WaitSyncedAsync();
        return world;
    }
}
