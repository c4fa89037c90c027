using Carto.Emulator;
using k8s;
using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Reliability.CrashMatrix;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Tests.CrashMatrix;

/// <summary>Every scenario once, a sample of its points, and the proof that the promises are checked.</summary>
public sealed class MatrixTests(KubernetesServer server)
{
    /// <summary>What takes some minutes; make crash-matrix runs all of them. A prime, so that each kind of fault has its turn.</summary>
    private const int EveryNth = 83;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SampleOfAllPoints_BreaksNoPromise()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        using var api = new KubernetesApi(server.CreateConfiguration());
        var output = TestContext.Current.TestOutputHelper!;
        var matrix = new Matrix(server, api, parallel: 4, output.WriteLine);

        var outcome = await matrix.RunAsync(_ => true, EveryNth, EveryNth, Cancel);

        Assert.Equal(Scenario.All.Count, outcome.Scenarios);
        Assert.True(outcome.Runs > 2 * outcome.Scenarios, outcome.ToString());
        Assert.True(outcome.Twice > 0, outcome.ToString());
        Assert.True(outcome.Violations == 0, $"{outcome}; the output above names the runs and how to repeat them");
    }

    [Fact]
    public async Task Check_ClientThatNobodyRecords_BreaksTheFirstPromise()
    {
        await using var world = await SettledAsync();
        var uid = (await world.GetAsync(Scenario.Resource, Cancel))!.Metadata.Uid;

        world.Carto.CreateClient(world.User, $"ETL {Mark.For(MatrixWorld.Cluster, uid, 9)}");

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.StartsWith("P1: etl does not record", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Check_ReplacedClientThatStaysTooLong_BreaksTheFirstPromise()
    {
        await using var world = await SettledAsync(
            new M2MOAuthClientSpec
            {
                Rotation = new RotationSpec { Every = "90d", Overlap = "1h" },
            }
        );
        await world.RequestRotationAsync(Scenario.Resource, Cancel);
        await world.WaitAsync(
            Scenario.Resource,
            resource => resource?.Status is { Pending: null, Retiring.Count: 1 },
            "a client to retire",
            Cancel
        );
        await world.Lives.IdleAsync(Settlement.Quiet, Cancel);
        Assert.Empty(await Promises.CheckAsync(world, Cancel));

        await world.Lives.KillAsync(Cancel);
        world.Clock.Advance(TimeSpan.FromHours(2));

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.StartsWith("P1: etl still has", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Check_PairThatDoesNotWork_BreaksTheSecondPromise()
    {
        await using var world = await SettledAsync();
        await world.Lives.KillAsync(Cancel);

        await world.EditSecretAsync(Scenario.Resource, """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""", Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.StartsWith("P2:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_ForeignClientRenamed_BreaksTheThirdPromise()
    {
        await using var world = await SettledAsync();

        world.Carto.RenameClient(world.Bystanders[0].Id, "touched");

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.StartsWith("P3:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_LoginRenamed_BreaksTheThirdPromise()
    {
        await using var world = await SettledAsync();

        world.Carto.RenameClient(world.Logins.Client.Id, "touched");

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.StartsWith("P3: the foreign client", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Check_SecretOfAForeignClientWrittenDown_BreaksTheThirdPromise()
    {
        await using var world = await SettledAsync();
        await world.Lives.KillAsync(Cancel);

        await world.EditSecretAsync(Scenario.Resource, $$$"""{"stringData":{"FILE":"{{{world.MadeByOthers.Secret}}}"}}""", Cancel);
        await world.Pairs.AfterEffectAsync($"PUT secrets/{Scenario.Resource}");

        Assert.Contains(world.Pairs.Seen, broken => broken.StartsWith("P3: the Secret etl holds the secret of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_ReplacedClientThatGoesBeforeItsTime_BreaksTheSecondPromise()
    {
        await using var world = await SettledAsync();
        await world.RequestRotationAsync(Scenario.Resource, Cancel);
        var rotated = await world.WaitAsync(
            Scenario.Resource,
            resource => resource?.Status is { Pending: null, Retiring.Count: 1 },
            "a client to retire",
            Cancel
        );
        await world.Lives.IdleAsync(Settlement.Quiet, Cancel);
        await world.Lives.KillAsync(Cancel);

        world.Carto.DeleteClient(rotated!.Status!.Retiring![0].ClientId);
        await world.Pairs.AfterEffectAsync("CARTO delete");

        Assert.StartsWith("P2: the replaced client", Assert.Single(world.Pairs.Seen), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ReadyWithoutASecretWhileSuspended_BreaksTheSecondPromise()
    {
        await using var world = await SettledAsync();
        await world.EditAsync(Scenario.Resource, """{"spec":{"suspend":true}}""", Cancel);
        await world.WaitAsync(
            Scenario.Resource,
            resource => ConditionSet.Find(resource?.Status?.Conditions, ConditionTypes.Synced) is { Reason: Reasons.Suspended },
            "the suspension to be seen",
            Cancel
        );
        await world.Lives.IdleAsync(Settlement.Quiet, Cancel);
        Assert.Empty(await Promises.CheckAsync(world, Cancel));
        await world.Lives.KillAsync(Cancel);

        await world.Meddling.EditStatusAsync(Scenario.Resource, StatusEdit.Ready, Cancel);
        await world.Pairs.BehindOurBackAsync(() => world.DeleteSecretAsync(Scenario.Resource, Cancel), Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.EndsWith("etl says that it is Ready", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Check_ResourceWithoutItsFinalizer_BreaksTheFirstPromise()
    {
        await using var world = await SettledAsync();
        await world.Lives.KillAsync(Cancel);

        await world.Meddling.TakeFinalizersAsync(Scenario.Resource, Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.EndsWith("no finalizer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_RetainedSecretThatIsGone_BreaksTheSecondPromise()
    {
        await using var world = await SettledAsync(new M2MOAuthClientSpec { DeletionPolicy = DeletionPolicy.Retain });
        await world.Meddling.NoteDeletionAsync((await world.GetAsync(Scenario.Resource, Cancel))!, Cancel);
        await world.DeleteAsync(Scenario.Resource, Cancel);
        await world.WaitAsync(Scenario.Resource, resource => resource is null, "the resource to be gone", Cancel);
        await world.Lives.IdleAsync(Settlement.Quiet, Cancel);
        Assert.Empty(await Promises.CheckAsync(world, Cancel));

        await world.DeleteSecretAsync(Scenario.Resource, Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.EndsWith("to leave as it is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_SecretInTheLog_BreaksTheFourthPromise()
    {
        await using var world = await SettledAsync();

        world.Log.Add($"look: {world.User.ClientSecret}");

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.StartsWith("P4:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_ResourceThatNobodyLookedAt_BreaksTheSixthPromise()
    {
        await using var world = await SettledAsync();
        await world.Lives.KillAsync(Cancel);

        await world.CreateAsync("another", new M2MOAuthClientSpec(), Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.StartsWith("P6:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_ClientInAnotherAccount_BreaksTheSixthPromise()
    {
        await using var world = await SettledAsync();
        await world.Logins.AddOtherAccountAsync(Cancel);
        await world.Lives.KillAsync(Cancel);

        await world.EditAsync(Scenario.Resource, $$$"""{"spec":{"accountRef":{"name":"{{{MatrixWorld.OtherAccount}}}"} } }""", Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.EndsWith($"not in the account {MatrixWorld.OtherAccount}", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Check_ClientOfAnotherName_BreaksTheSixthPromise()
    {
        await using var world = await SettledAsync();

        world.Carto.RenameClient(await world.CurrentAsync(Scenario.Resource, Cancel), "renamed");

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.StartsWith("P6: the client of", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Check_SecretWithoutItsLabel_BreaksTheSixthPromise()
    {
        await using var world = await SettledAsync();
        await world.Lives.KillAsync(Cancel);

        await world.EditSecretAsync(Scenario.Resource, """{"metadata":{"labels":null}}""", Cancel);

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken => broken.StartsWith("P6: the Secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_RequestsThatNobodyActedUpon_BreakTheSixthPromise()
    {
        await using var world = await SettledAsync();
        await world.Lives.KillAsync(Cancel);

        await world.RequestRotationAsync(Scenario.Resource, Cancel);
        await world.RequestComparisonAsync(Cancel);

        var broken = await Promises.CheckAsync(world, Cancel);
        Assert.Contains(broken, line => line.Contains("request for a rotation", StringComparison.Ordinal));
        Assert.Contains(broken, line => line.Contains("has not been compared", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_WorkloadRestartedWithoutAChange_BreaksTheFifthPromise()
    {
        await using var world = await SettledAsync();
        await world.Workloads.AddAsync(Scenario.Resource, Cancel);
        Assert.Empty(await Promises.CheckAsync(world, Cancel));

        await server.Client.AppsV1.PatchNamespacedDeploymentAsync(
            new V1Patch("""{"spec":{"template":{"metadata":{"annotations":{"restarted":"again"}}}}}""", V1Patch.PatchType.MergePatch),
            Scenario.Resource,
            world.Namespace,
            cancellationToken: Cancel
        );

        Assert.Contains(await Promises.CheckAsync(world, Cancel), broken =>
            broken.StartsWith("P5: the Deployment", StringComparison.Ordinal)
        );
    }

    private async Task<MatrixWorld> SettledAsync(M2MOAuthClientSpec? spec = null)
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        var world = await MatrixWorld.CreateAsync(
            server,
            new KubernetesApi(server.CreateConfiguration()),
            new EmulatorVariants(),
            MatrixWorld.NoDriftCheck,
            new Effects(),
            Cancel
        );
        await world.Lives.StartAsync(stale: null, Cancel);
        await world.CreateAsync(Scenario.Resource, spec ?? new M2MOAuthClientSpec(), Cancel);
        await world.WaitAsync(
            Scenario.Resource,
            resource => ConditionSet.Find(resource?.Status?.Conditions, ConditionTypes.Synced) is { Status: "True" },
            "the resource to be synced",
            Cancel
        );
        await world.WaitForAccountsAsync(Cancel);
        Assert.Empty(await Promises.CheckAsync(world, Cancel));
        return world;
    }
}
