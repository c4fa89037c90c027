using Carto.Emulator;
using Operator.Access;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>Accidents, outages and crashes: each ends with one client per resource and a Secret that works.</summary>
public sealed class ClientHealingTests(KubernetesServer server)
{
    private static async Task ReconcileAsync(ClientWorld world)
    {
        world.Nudge();
        await world.WaitIdleAsync();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Each call of a creation, cut before or after its effect, with CARTO telling secrets again or not.</summary>
    public static TheoryData<string, bool, bool> Kills() =>
        new(
            from call in new[] { "PATCH m2moauthclients", "create", "POST secrets", "PATCH m2moauthclients/status" }
            from afterEffect in new[] { false, true }
            from readable in new[] { false, true }
            select (call, afterEffect, readable)
        );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SecretDeleted_IsWrittenAgain(bool readable)
    {
        await using var world = await SettledAsync(readable);
        var before = Assert.Single(world.Live);

        await world.KubectlAsync("delete", "secret", "etl");
        await world.WaitHealedAsync();
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);

        await world.WaitSyncedAsync();
        Assert.Equal(readable, Assert.Single(world.Live).Id == before.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientSecretEdited_IsHealed(bool readable)
    {
        await using var world = await SettledAsync(readable);
        var before = Assert.Single(world.Live);

        await world.KubectlAsync("patch", "secret", "etl", "-p", """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""");
        await world.WaitHealedAsync();
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);

        await world.WaitSyncedAsync();
        Assert.Equal(readable, Assert.Single(world.Live).Id == before.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientSecretEdited_WithoutVerification_IsHealed(bool whileTheOperatorIsAway)
    {
        await using var world = await SettledAsync(readable: false, "{verify: false}");
        if (whileTheOperatorIsAway)
        {
            await world.KillAsync();
        }

        await world.KubectlAsync("patch", "secret", "etl", "-p", """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""");
        if (whileTheOperatorIsAway)
        {
            await world.StartAsync();
        }

        await world.WaitHealedAsync();
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);

        // The new pair is the operator's own: nothing is doubted any more.
        await world.WaitIdleAsync();
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{verify: false}")]
    public async Task ClientSecretEdited_BeforeItsVersionIsOnRecord_IsHealed(string spec)
    {
        await using var world = await ClientWorld.CreateAsync(server, Variants(readable: false));
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) != "PATCH m2moauthclients/status" || killed.Task.IsCompleted)
            {
                return await send();
            }

            killed.TrySetResult();
            throw new HttpRequestException("The process is gone.");
        };
        await world.StartAsync();
        await world.ApplyAsync(spec);
        await Eventually.GetAsync(_ => world.SecretAsync(), secret => secret is not null, "the Secret", Cancel);
        await killed.Task.WaitAsync(Cancel);
        await world.KillAsync();

        await world.KubectlAsync("patch", "secret", "etl", "-p", """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""");
        await world.StartAsync();

        await world.WaitHealedAsync();
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
        await world.WaitSyncedAsync();
    }

    [Fact]
    public async Task SecretOrphanedByADeletionThatTheCacheDoesNotShowYet_IsNotOwnedAgain()
    {
        await using var world = await SettledAsync(readable: false);
        var deleted = 0;
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) == "GET secrets" && Interlocked.Exchange(ref deleted, 1) == 0)
            {
                await world.KubectlAsync("delete", "m2m", "etl", "--cascade=orphan", "--wait=false");
            }

            return await send();
        };
        world.Calls.Forget();

        await world.KubectlAsync("patch", "secret", "etl", "--type=merge", "-p", """{"metadata":{"ownerReferences":null}}""");
        await world.WaitGoneAsync();

        Assert.DoesNotContain("PUT secrets", world.Calls.Writes);
        Assert.Empty((await world.SecretAsync())!.Metadata.OwnerReferences ?? []);
        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task SecretLabelledByAPerson_WithoutVerification_KeepsItsPair()
    {
        await using var world = await SettledAsync(readable: false, "{verify: false}");

        await world.KubectlAsync("label", "secret", "etl", "mine=yes");
        var version = (await world.SecretAsync())!.Metadata.ResourceVersion;
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource!.Status!.SecretResourceVersion == version,
            "the look",
            Cancel
        );

        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Theory]
    [InlineData("""{"stringData":{"CARTO_API_BASE_URL":"https://elsewhere.example.com"}}""")]
    [InlineData("""{"stringData":{"EXTRA":"x"}}""")]
    [InlineData("""{"data":{"CARTO_AUDIENCE":null}}""")]
    [InlineData("""{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}""")]
    [InlineData("""{"metadata":{"annotations":{"credentials.carto.com/client-id":null}}}""")]
    public async Task SecretEditedBesideItsPair_IsRestoredWithTheSamePair(string patch)
    {
        await using var world = await SettledAsync(readable: false);
        var before = (await world.SecretAsync())!;

        await world.KubectlAsync("patch", "secret", "etl", "-p", patch);
        await Eventually.GetAsync(
            _ => world.SecretAsync(),
            secret =>
                secret!.Data.Count == 5
                && secret.Data.All(value => value.Value.SequenceEqual(before.Data[value.Key]))
                && secret.Metadata.Labels?.ContainsKey(WireNames.Labels.ManagedBy) == true
                && secret.Metadata.Annotations?.ContainsKey(WireNames.Annotations.ClientId) == true,
            "the Secret is as it was",
            Cancel
        );

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task SecretLabelledByAPerson_IsLeftAsItIs()
    {
        await using var world = await SettledAsync(readable: false);

        await world.KubectlAsync("label", "secret", "etl", "mine=yes");
        var version = (await world.SecretAsync())!.Metadata.ResourceVersion;
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource!.Status!.SecretResourceVersion == version,
            "the look",
            Cancel
        );

        Assert.Equal(version, (await world.SecretAsync())!.Metadata.ResourceVersion);
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CreateWhoseAnswerIsLost_LeavesOneClient(bool readable)
    {
        await using var world = await ClientWorld.CreateAsync(server, Variants(readable));
        world.Carto.Faults.Add(Fault.CutAfter(Operation.Create));
        await world.StartAsync();

        await world.ApplyAsync();
        await world.WaitSyncedAsync();

        await world.AssertOneWorkingClientAsync();
        Assert.Equal(readable ? 1 : 2, world.Carto.AllClients().Count(client => !client.IsAccountCredential));
    }

    [Fact]
    public async Task CreateThatMayHaveBeenLost_IsLookedForTwiceBeforeAnother()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        world.Carto.Faults.Add(Fault.CutBefore(Operation.Create));
        await world.StartAsync();

        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.ConfirmingCreate);
        world.Nudge();
        await world.WaitIdleAsync();
        Assert.Empty(world.Live);

        world.Time.Advance(ClientListing.Lag);
        world.Nudge();
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    /// <summary>The process ends before, or right after, each thing that it does on the outside while it creates a client.</summary>
    [Theory]
    [MemberData(nameof(Kills))]
    public async Task KilledWhileCreating_EndsWithOneWorkingClient(string call, bool afterEffect, bool readable)
    {
        await using var world = await ClientWorld.CreateAsync(server, Variants(readable));
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (call == "create")
        {
            world.Carto.Faults.Add(
                new Fault
                {
                    Kind = FaultKind.Hang,
                    Operation = Operation.Create,
                    AfterEffect = afterEffect,
                }
            );
        }
        else
        {
            world.Calls.Intercept = async (request, send) =>
            {
                if (KubernetesCalls.Describe(request) != call || killed.Task.IsCompleted)
                {
                    return await send();
                }

                if (afterEffect)
                {
                    using var lost = await send();
                }

                killed.TrySetResult();
                throw new HttpRequestException("The process is gone.");
            };
        }

        await world.StartAsync();
        await world.ApplyAsync();
        if (call == "create")
        {
            await Eventually.TrueAsync(
                () => afterEffect ? world.Live.Count == 1 : world.Log.Contains("Next: Create", StringComparison.Ordinal),
                "the create",
                Cancel
            );
        }
        else
        {
            await killed.Task.WaitAsync(Cancel);
        }

        await world.KillAsync();
        world.Carto.Faults.Clear();
        await world.StartAsync();
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Time.Advance(TimeSpan.FromSeconds(1));
                world.Nudge();
                await world.AssertOneWorkingClientAsync();
            },
            Cancel
        );
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task CartoDown_IsReportedAndHealsByItself()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));

        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.CartoUnavailable);
        world.Carto.Faults.Clear();

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Theory]
    [InlineData(429, Reasons.Throttled)]
    [InlineData(403, Reasons.Forbidden)]
    public async Task CartoRefuses_IsReportedAndTriedAgain(int status, string reason)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Create, status, count: null));

        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Ready, "False", reason);
        Assert.Empty(world.Live);
        world.Carto.Faults.Clear();

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Theory]
    [InlineData(409)]
    [InlineData(404)]
    public async Task TokenRequestRefused_IsTheAccountsProblemAndTriedAgain(int status)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        world.Carto.EndAllAccessTokens();
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Token, status, count: null));

        await world.ApplyAsync();

        // Not stalled, which would be reconciled again only after a long time.
        await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.AccountNotReady);
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.AccountNotReady);
    }

    [Fact]
    public async Task PairThatDoesNotWorkYet_IsNotReadyAndTriedAgain()
    {
        await using var world = await ClientWorld.CreateAsync(server, Variants(readable: false));
        await world.StartAsync();
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Token, 401, count: null));

        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.CredentialsVerified, "False", Reasons.CredentialsInvalid);
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.CredentialsPending);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        world.Nudge();
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.CredentialsInvalid);
        world.Carto.Faults.Clear();
        world.Nudge();

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task NewClientWhoseGrantLags_WaitsForItAndSaysSoIfItNeverComes()
    {
        await using var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { GrantLag = TimeSpan.FromMinutes(10) });
        await world.StartAsync();

        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.CredentialsPending);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        world.Nudge();
        var resource = await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.GrantMissing);
        Assert.Contains(
            "does not let it obtain tokens",
            ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Ready)!.Message,
            StringComparison.Ordinal
        );
        world.Carto.Variants = new EmulatorVariants();
        world.Nudge();

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task DeletedWhileCartoIsDown_WaitsAndThenRevokes()
    {
        await using var world = await SettledAsync(readable: true);
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Any, 503, count: null));

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.DeletionBlocked);
        world.Carto.Faults.Clear();

        await world.WaitGoneAsync();
        Assert.Empty(world.Live);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RemovedByKubernetesInSpiteOfTheFinalizer_IsRevokedAndDoesNotHoldUpItsSuccessor(bool recorded)
    {
        await using var world = await SettledAsync(readable: true);
        var resource = (await world.GetAsync())!;
        var before = Assert.Single(world.Live);

        // Suspended, the operator does not put its finalizer back while it is taken away.
        await world.KubectlAsync("patch", "m2m", "etl", "--type=merge", "-p", """{"spec":{"suspend":true}}""");
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.Suspended);
        await world.KubectlAsync("patch", "m2m", "etl", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");
        await world.KubectlAsync("delete", "m2m", "etl");
        await world.ApplyAsync();
        world.Lose(recorded ? resource : resource with { Status = null });
        world.Nudge();

        await Eventually.TrueAsync(
            () => world.Carto.AllClients().Single(client => client.Id == before.Id).IsLive is false,
            "the client to be revoked",
            Cancel
        );
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel, TimeSpan.FromMinutes(2));
        Assert.NotEqual(before.Id, Assert.Single(world.Live).Id);

        // That comes to an end, although another resource has the name by now.
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Time.Advance(ClientListing.Lag);
                await ReconcileAsync(world);
                var lists = world.Carto.Calls.Count(Operation.List);
                await ReconcileAsync(world);
                Assert.Equal(lists, world.Carto.Calls.Count(Operation.List));
            },
            Cancel
        );
    }

    [Fact]
    public async Task Mistake_OfTheOperator_IsACondition_AndIsTriedAgain()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        world.Calls.Intercept = (request, send) =>
            KubernetesCalls.Describe(request) == "POST secrets" ? throw new InvalidOperationException("a mistake") : send();
        await world.StartAsync();

        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.InternalError);
        await Eventually.TrueAsync(() => world.Log.Contains("a mistake", StringComparison.Ordinal), "the exception in the log", Cancel);
        world.Calls.Intercept = null;
        world.Nudge();

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task FinalizerTakenOffByHand_LeavesTheClientAlone()
    {
        await using var world = await SettledAsync(readable: true);
        await world.KubectlAsync("patch", "m2m", "etl", "--type=merge", "-p", """{"spec":{"suspend":true}}""");
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.Suspended);

        await world.KubectlAsync("patch", "m2m", "etl", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");
        await world.KubectlAsync("delete", "m2m", "etl");
        await world.WaitIdleAsync();

        Assert.Single(world.Live);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RetainedAfterARotationWhoseAnswerWasLost_LeavesTheClientOfTheSecretAlone(bool readable)
    {
        await using var world = await SettledAsync(readable, "{deletionPolicy: Retain}");
        var kept = Assert.Single(world.Live);
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Hang,
                Operation = Operation.Create,
                AfterEffect = true,
            }
        );
        await world.KubectlAsync("annotate", "m2m", "etl", "credentials.carto.com/rotate-requested-at=now");
        await Eventually.TrueAsync(() => world.Live.Count == 2, "the new client", Cancel);
        await world.KillAsync();

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await world.StartAsync();
        await world.WaitGoneAsync();

        Assert.Equal(kept.Id, Assert.Single(world.Live).Id);
    }

    [Fact]
    public async Task DeletedAfterACreateWhoseAnswerWasLost_RevokesThatClient()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        world.Carto.Faults.Add(Fault.CutAfter(Operation.Create));
        await world.StartAsync();
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.List, 503, count: null));
        await world.ApplyAsync();
        await Eventually.TrueAsync(() => world.Live.Count == 1, "the client", Cancel);

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        world.Carto.Faults.Clear();
        await world.WaitGoneAsync();

        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task DeletedWhileThePairIsOnlyInMemory_RevokesItsClientAlthoughNoListShowsIt()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        world.Carto.Faults.Add(Fault.EmptyList(count: null, except: world.User.ClientId));
        await world.StartAsync();
        world.Calls.Intercept = (request, send) =>
            KubernetesCalls.Describe(request) == "POST secrets" ? Task.FromResult(WebhookDenial.Answer()) : send();
        await world.ApplyAsync();
        await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.SecretNotWritten);

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await Eventually.TrueAsync(() => world.Live.Count == 0, "the client is revoked", Cancel);
        world.Time.Advance(ClientListing.Lag);
        world.Nudge();
        await world.WaitGoneAsync();
    }

    private static EmulatorVariants Variants(bool readable) => new() { SecretInGet = readable };

    private async Task<ClientWorld> SettledAsync(bool readable, string spec = "{}")
    {
        var world = await ClientWorld.CreateAsync(server, Variants(readable));
        await world.StartAsync();
        await world.ApplyAsync(spec);
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        return world;
    }
}
