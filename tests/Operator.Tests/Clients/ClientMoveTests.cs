using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>A resource changes its account: first a client under the new one, then the old one goes under the old one.</summary>
public sealed class ClientMoveTests(KubernetesServer server)
{
    private const string Elsewhere = "{accountRef: {name: other}}";

    private const string EmptiedId = """{"current":{"clientId":""}}""";

    private const string LostStatus =
        """{"resourceUid":null,"account":null,"current":null,"pending":null,"retiring":null,"clientId":null,"conditions":null}""";

    /// <summary>When and how a status is damaged: after a move or during it.</summary>
    public static TheoryData<bool, string> Damages =>
        new()
        {
            { true, EmptiedId },
            { true, LostStatus },
            { false, EmptiedId },
            { false, LostStatus },
        };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AccountChanged_CreatesThereAndRevokesHereAfterTheOverlap()
    {
        await using var world = await SettledAsync();
        var (ben, old) = (AddOther(world), Assert.Single(world.Live));
        await RestartAsync(world);

        await world.ApplyAsync(Elsewhere);
        var resource = await WaitMovedAsync(world, ben);

        Assert.Equal([old.Id], world.Live.Select(client => client.Id));
        Assert.Single(world.Carto.Clients(ben));
        Assert.Equal(("default", old.Id), (resource.Status!.Retiring!.Single().Account!.Name, resource.Status.Retiring!.Single().ClientId));
        world.Time.Advance(TimeSpan.FromHours(24));
        world.Nudge();
        await AssertOnlyThereAsync(world, ben);
    }

    [Fact]
    public async Task AccountChangedToOneThatDoesNotExist_KeepsTheClientAndReportsIt()
    {
        await using var world = await SettledAsync();
        var old = Assert.Single(world.Live);

        await world.ApplyAsync(Elsewhere);
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.AccountNotFound);
        await world.WaitAsync(ConditionTypes.Ready, "True");

        await world.ApplyAsync("{accountRef: {name: default}}");
        await world.WaitSyncedAsync();
        Assert.Equal(old.Id, (await world.AssertOneWorkingClientAsync()).Id);
    }

    [Fact]
    public async Task AccountChangedWhileARotationIsUnderWay_LeavesNoClientBehind()
    {
        await using var world = await SettledAsync();
        var ben = AddOther(world);
        await RestartAsync(world);
        world.Carto.Faults.Add(Fault.CutAfter(Operation.Create));
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.List, 503, count: null));
        await world.KubectlAsync("annotate", "m2m", "etl", "credentials.carto.com/rotate-requested-at=now");
        await Eventually.TrueAsync(() => world.Live.Count == 2, "a client that nobody has heard of", Cancel);

        await world.ApplyAsync(Elsewhere);
        world.Carto.Faults.Clear();
        await WaitMovedAsync(world, ben);
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();

        await Eventually.TrueAsync(() => world.Live.Count == 0, "all clients here are revoked", Cancel);
        await world.WaitSyncedAsync();
        Assert.Equal(Assert.Single(world.Carto.Clients(ben)).Secret, ClientWorld.Value(await world.SecretAsync(), "CARTO_CLIENT_SECRET"));
    }

    [Fact]
    public async Task AccountChangedThereAndBack_EndsWithOneClientHere()
    {
        await using var world = await SettledAsync();
        var ben = AddOther(world);
        await RestartAsync(world);
        await world.ApplyAsync(Elsewhere);
        await WaitMovedAsync(world, ben);

        await world.ApplyAsync("{accountRef: {name: default}}");
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource!.Status is { Account.Name: "default", Retiring.Count: 2, Pending: null },
            "back",
            Cancel
        );
        world.Time.Advance(TimeSpan.FromHours(24));
        world.Nudge();
        await Eventually.TrueAsync(
            () => world.Carto.Clients(ben).Count == 0 && world.Live.Count == 1,
            "both old clients are revoked",
            Cancel
        );

        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Fact]
    public async Task DeletionWhileAClientRetiresElsewhere_RevokesBoth()
    {
        await using var world = await SettledAsync();
        var ben = AddOther(world);
        await RestartAsync(world);
        await world.ApplyAsync(Elsewhere);
        await WaitMovedAsync(world, ben);

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Empty(world.Live);
        Assert.Empty(world.Carto.Clients(ben));
    }

    [Fact]
    public async Task StatusPatchedWhileAClientRetiresElsewhere_RevokesThatClientAllTheSame()
    {
        await using var world = await SettledAsync();
        var (ben, old) = (AddOther(world), Assert.Single(world.Live));
        await RestartAsync(world);
        await world.ApplyAsync(Elsewhere);
        await WaitMovedAsync(world, ben);
        await world.WaitIdleAsync();

        await world.PatchStatusAsync("""{"displayName":"nonsense"}""");
        var resource = await Eventually.GetAsync(
            _ => world.GetAsync(),
            found => found!.Status is { Current: not null } status && status.DisplayName != "nonsense",
            "the record is made again",
            Cancel
        );

        var retiring = Assert.Single(resource!.Status!.Retiring!);
        Assert.Equal(("default", old.Id), (retiring.Account!.Name, retiring.ClientId));
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();
        await AssertOnlyThereAsync(world, ben);
    }

    [Theory]
    [InlineData("""{"displayName":"nonsense"}""")]
    [InlineData("""{"resourceUid":null}""")]
    [InlineData("""{"resourceUid":null,"retiring":null,"current":null}""")]
    public async Task StatusPatchedWhileAClientRetiresElsewhere_DeletionRevokesBoth(string status)
    {
        await using var world = await SettledAsync();
        var ben = AddOther(world);
        await RestartAsync(world);
        await world.ApplyAsync(Elsewhere);
        await WaitMovedAsync(world, ben);
        await world.WaitIdleAsync();
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Status,
                Status = 503,
                Count = null,
            }
        );

        await world.PatchStatusAsync(status);
        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await world.WaitAsync(ConditionTypes.Reconciling, "True", Reasons.DeletionBlocked);
        world.Carto.Faults.Clear();
        world.Nudge();

        await world.WaitGoneAsync();
        Assert.Empty(world.Live);
        Assert.Empty(world.Carto.Clients(ben));
    }

    [Fact]
    public async Task StatusPatchedDuringAMove_RevokesTheOldClientAllTheSame()
    {
        await using var world = await SettledAsync();
        var ben = AddOther(world);
        await RestartAsync(world);
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Status,
                Status = 503,
                Operation = Operation.Create,
                Count = null,
            }
        );
        await world.ApplyAsync(Elsewhere);
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            found =>
                found!.Status is { Pending.Account.Name: "other" } status
                && ConditionSet.Find(status.Conditions, ConditionTypes.Synced) is { Status: "False" },
            "the move is on record",
            Cancel
        );
        await world.PatchStatusAsync("""{"displayName":"nonsense"}""");

        world.Carto.Faults.Clear();
        await WaitMovedAsync(world, ben);
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();

        await AssertOnlyThereAsync(world, ben);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task StatusDamagedWhileTheOperatorIsAway_FindsTheOldClientInItsAccount(bool isMoved, string damage)
    {
        await using var world = await SettledAsync();
        var (ben, old) = await AwayDuringAMoveAsync(world, isMoved);

        await world.PatchStatusAsync(damage);
        await world.StartAsync();
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource =>
                resource!.Status
                    is { ResourceUid: not null, Pending: null, Retiring: [var retiring], Current.ClientId: { Length: > 0 } now }
                && retiring.ClientId == old
                && world.Carto.Clients(ben).Any(client => client.Id == now),
            "a record of both clients",
            Cancel
        );
        Assert.Equal(old, Assert.Single(world.Live).Id);
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();

        await AssertOnlyThereAsync(world, ben);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task StatusDamagedWhileTheOperatorIsAway_DeletionRevokesInBothAccounts(bool isMoved, string damage)
    {
        await using var world = await SettledAsync();
        var (ben, _) = await AwayDuringAMoveAsync(world, isMoved);

        await world.PatchStatusAsync(damage);
        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await world.StartAsync();
        await world.WaitGoneAsync();

        Assert.Empty(world.Live);
        Assert.Empty(world.Carto.Clients(ben));
    }

    [Fact]
    public async Task StatusDamagedWhileTheOperatorIsAway_StaysInDoubtUntilTheListsAreRead()
    {
        await using var world = await SettledAsync();
        var (ben, old) = await AwayDuringAMoveAsync(world, isMoved: false);
        await world.PatchStatusAsync(EmptiedId);
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.List, 503, count: null));
        await world.StartAsync();
        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.CartoUnavailable);
        await world.KillAsync();
        world.Carto.Faults.Clear();

        await world.StartAsync();
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource!.Status is { Pending: null, Retiring: [var retiring] } && retiring.ClientId == old,
            "the move",
            Cancel
        );
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();

        await AssertOnlyThereAsync(world, ben);
    }

    [Fact]
    public async Task StatusLostWhileTheAccountOfTheSpecIsOutOfReach_ReportsItAndConcludesNothing()
    {
        await using var world = await SettledAsync();
        var (ben, old) = await AwayDuringAMoveAsync(world, isMoved: true);
        var there = Assert.Single(world.Carto.Clients(ben)).Id;

        await world.PatchStatusAsync(LostStatus);
        world.OutOfReach.Add("other");
        await world.StartAsync();
        var waiting = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.AccountNotReady);

        Assert.Contains(
            "the resource may have a client in another account as well",
            ConditionSet.Find(waiting.Status!.Conditions, ConditionTypes.Synced)!.Message
        );
        world.OutOfReach.Clear();
        await RestartAsync(world);
        await world.WaitSyncedAsync();
        Assert.Equal(there, Assert.Single(world.Carto.Clients(ben)).Id);
        Assert.Equal(old, Assert.Single(world.Live).Id);
    }

    [Fact]
    public async Task AccountChangedAfterACreateThatNobodyRecorded_LeavesNoClientBehind()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var ben = AddOther(world);
        world.Carto.Faults.Add(
            new Fault
            {
                Kind = FaultKind.Hang,
                Operation = Operation.Create,
                AfterEffect = true,
            }
        );
        await world.StartAsync();
        await world.ApplyAsync();
        await Eventually.TrueAsync(() => world.Live.Count == 1, "the client", Cancel);
        await world.KillAsync();
        world.Carto.Faults.Clear();

        await world.ApplyAsync(Elsewhere);
        await world.StartAsync();
        await WaitMovedAsync(world, ben);
        world.Time.Advance(TimeSpan.FromHours(24));
        world.Nudge();

        await Eventually.TrueAsync(() => world.Live.Count == 0, "nothing is left", Cancel);
        await world.WaitSyncedAsync();
    }

    [Fact]
    public async Task ResourceThatIsACopyOfAnother_UsesTheAccountThatItsSpecNames()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var ben = AddOther(world);
        await world.StartAsync();

        await world.Namespace.ApplyAsync(
            """
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: etl, annotations: {credentials.carto.com/account: ClusterCartoAccount/other/other-uid/another-resource}}
            """,
            Cancel
        );
        await world.WaitSyncedAsync();

        await world.AssertOneWorkingClientAsync();
        Assert.Empty(world.Carto.Clients(ben));
    }

    [Theory]
    [InlineData("PATCH m2moauthclients/status")]
    [InlineData("create")]
    [InlineData("PUT secrets")]
    public async Task KilledWhileMoving_EndsWithOneWorkingClientThere(string call)
    {
        await using var world = await SettledAsync();
        var ben = AddOther(world);
        await world.KillAsync();
        if (call == "create")
        {
            world.Carto.Faults.Add(
                new Fault
                {
                    Kind = FaultKind.Hang,
                    Operation = Operation.Create,
                    AfterEffect = true,
                }
            );
        }

        var killed = LoseTheAnswer(world, call);
        await world.StartAsync();

        await world.ApplyAsync(Elsewhere);
        if (call == "create")
        {
            await Eventually.TrueAsync(() => world.Carto.Clients(ben).Count == 1, "the create", Cancel);
        }
        else
        {
            await killed.WaitAsync(Cancel);
        }

        await world.KillAsync();
        world.Carto.Faults.Clear();
        await world.StartAsync();
        await WaitMovedAsync(world, ben);
        world.Time.Advance(TimeSpan.FromHours(25));
        world.Nudge();

        await Eventually.TrueAsync(() => world.Live.Count == 0 && world.Carto.Clients(ben).Count == 1, "one client", Cancel);
        await world.WaitSyncedAsync();
        Assert.Equal(Assert.Single(world.Carto.Clients(ben)).Secret, ClientWorld.Value(await world.SecretAsync(), "CARTO_CLIENT_SECRET"));
    }

    [Fact]
    public async Task KilledWhileMovingAndTheNewAccountOutOfReachThen_IsNotLookedForInTheOldOne()
    {
        await using var world = await SettledAsync();
        var (ben, old) = (AddOther(world), Assert.Single(world.Live));
        await world.KillAsync();
        var killed = LoseTheAnswer(world, "PUT secrets");
        await world.StartAsync();
        await world.ApplyAsync(Elsewhere);
        await killed.WaitAsync(Cancel);
        await world.KillAsync();

        world.OutOfReach.Add("other");
        await world.StartAsync();
        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.AccountNotReady);
        // That the Secret names the new client proves nothing: the new account's list will, and the intent says where to look.
        Assert.Equal(("default", old.Id), (resource.Status!.Account!.Name, resource.Status.Current!.ClientId));
        Assert.Equal("other", resource.Status.Pending!.Account!.Name);

        world.OutOfReach.Clear();
        await RestartAsync(world);
        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");
        Assert.Empty(world.Live);
        Assert.Empty(world.Carto.Clients(ben));
    }

    /// <summary>The first call of a kind takes effect, and whoever made it does not hear of that. Returns when it was made.</summary>
    private static Task LoseTheAnswer(ClientWorld world, string call)
    {
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Calls.Intercept = async (request, send) =>
        {
            var answer = await send();
            if (KubernetesCalls.Describe(request) != call || !made.TrySetResult())
            {
                return answer;
            }

            answer.Dispose();
            throw new HttpRequestException("The process is gone.");
        };
        return made.Task;
    }

    /// <summary>Waits for the end of the old client: one is left, in the other account, and the Secret holds its pair.</summary>
    private static async Task AssertOnlyThereAsync(ClientWorld world, EmulatorUser user)
    {
        await Eventually.TrueAsync(() => world.Live.Count == 0, "the old client is revoked", Cancel);
        await world.WaitSyncedAsync();
        Assert.Equal(Assert.Single(world.Carto.Clients(user)).Secret, ClientWorld.Value(await world.SecretAsync(), "CARTO_CLIENT_SECRET"));
    }

    private static EmulatorUser AddOther(ClientWorld world)
    {
        var ben = world.Carto.AddUser("ben");
        world.AddAccount("other", ben);
        return ben;
    }

    /// <summary>
    /// The operator ends when a move to another account is over, or when that account has just refused the new client for a moment. Returns
    /// the other
    /// account's user and the old client.
    /// </summary>
    private static async Task<(EmulatorUser Other, string Old)> AwayDuringAMoveAsync(ClientWorld world, bool isMoved)
    {
        var (ben, old) = (AddOther(world), Assert.Single(world.Live).Id);
        await RestartAsync(world);
        if (!isMoved)
        {
            world.Carto.Faults.Add(Fault.HttpStatus(Operation.Create, 503, count: null));
        }

        await world.ApplyAsync(Elsewhere);
        if (isMoved)
        {
            await WaitMovedAsync(world, ben);
        }
        else
        {
            await Eventually.GetAsync(
                _ => world.GetAsync(),
                found =>
                    found!.Status is { Pending.Account.Name: "other" } status
                    && ConditionSet.Find(status.Conditions, ConditionTypes.Synced) is { Status: "False" },
                "the move is on record",
                Cancel
            );
        }

        await world.WaitIdleAsync();
        await world.KillAsync();
        world.Carto.Faults.Clear();
        return (ben, old);
    }

    private static async Task RestartAsync(ClientWorld world)
    {
        await world.KillAsync();
        await world.StartAsync();
    }

    private static async Task<M2MOAuthClient> WaitMovedAsync(ClientWorld world, EmulatorUser user) =>
        (
            await Eventually.GetAsync(
                _ =>
                {
                    world.Nudge();
                    return world.GetAsync();
                },
                resource =>
                    resource!.Status is { Account.Name: "other", Pending: null, ClientId: { } id }
                    && world.Carto.Clients(user).Any(client => client.Id == id),
                "the move",
                Cancel
            )
        )!;

    private async Task<ClientWorld> SettledAsync()
    {
        var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = false });
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        return world;
    }
}
