using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>
/// An account was removed by force, and another took its name: perhaps another user's, who does not see the clients of the former. That he
/// does not know a client proves nothing.
/// </summary>
public sealed class ClientOwnerTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(M2MTokenSubject.Owner)]
    [InlineData(M2MTokenSubject.Client)]
    public async Task AccountOfAnotherUser_DeletionIsBlockedUntilTheFormerIsBack(M2MTokenSubject subject)
    {
        await using var world = await SettledAsync(subject);
        await RecreateAsync(world, world.Carto.AddUser("ben"));

        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");

        var said = Message(await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.DeletionBlocked));
        Assert.Contains($"CARTO does not show the client {Assert.Single(world.Live).Id}", said, StringComparison.Ordinal);
        Assert.Contains("former credentials", said, StringComparison.Ordinal);
        Assert.Contains(WireNames.Annotations.Abandon, said, StringComparison.Ordinal);

        await RecreateAsync(world, world.User, "third-uid");
        await world.WaitGoneAsync();
        Assert.Empty(world.Live);
    }

    [Theory]
    [InlineData(M2MTokenSubject.Owner)]
    [InlineData(M2MTokenSubject.Client)]
    public async Task AccountOfAnotherUser_IsReportedAndTheSecretGoesOnWorking(M2MTokenSubject subject)
    {
        await using var world = await SettledAsync(subject);
        var ben = world.Carto.AddUser("ben");
        var before = (await world.GetAsync())!.Status!.Account;

        await RecreateAsync(world, ben);

        var resource = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.AccountOwnerChanged);
        await world.WaitAsync(ConditionTypes.Ready, "True");
        Assert.Equal(before, resource.Status!.Account);
        Assert.Empty(world.Carto.Clients(ben));
        await world.AssertOneWorkingClientAsync();
    }

    [Theory]
    [InlineData(M2MTokenSubject.Owner)]
    [InlineData(M2MTokenSubject.Client)]
    public async Task AccountOfTheSameUser_TakesThePlaceOfTheFormer(M2MTokenSubject subject)
    {
        await using var world = await SettledAsync(subject);

        await RecreateAsync(world, world.User);

        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource => resource!.Status!.Account!.Uid == "second-uid",
            "the new account on record",
            Cancel
        );
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=20s");
        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task AccountOfAnotherUser_AfterACreateThatNobodyRecorded_CreatesNothingAndDoesNotLetGo()
    {
        await using var world = await ClientWorld.CreateAsync(server);
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
        var ben = world.Carto.AddUser("ben");
        await world.KillAsync();
        world.Carto.Faults.Clear();
        await RecreateAsync(world, ben);

        await Eventually.AssertAsync(
            async _ =>
            {
                world.Time.Advance(TimeSpan.FromSeconds(11));
                world.Nudge();
                await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.AccountOwnerChanged);
            },
            Cancel
        );
        Assert.Empty(world.Carto.Clients(ben));
        await world.KubectlAsync("delete", "m2m", "etl", "--wait=false");
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Time.Advance(TimeSpan.FromSeconds(11));
                world.Nudge();
                await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.DeletionBlocked);
            },
            Cancel
        );
        Assert.Single(world.Live);
    }

    private static string Message(M2MOAuthClient resource) =>
        ConditionSet.Find(resource.Status!.Conditions, ConditionTypes.Synced)!.Message;

    private static async Task RecreateAsync(ClientWorld world, EmulatorUser user, string uid = "second-uid")
    {
        await world.KillAsync();
        world.AddAccount("default", user, uid);
        await world.StartAsync();
    }

    private async Task<ClientWorld> SettledAsync(M2MTokenSubject subject)
    {
        var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { M2MTokenSubject = subject });
        await world.StartAsync();
        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        return world;
    }
}
