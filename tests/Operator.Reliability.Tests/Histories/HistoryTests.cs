using Carto.Emulator;
using Operator.Contracts;
using Operator.Reliability.Histories;
using Operator.Reliability.World;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Reliability.Tests.Histories;

/// <summary>A short run of random histories; make histories plays as many as one likes.</summary>
public sealed class HistoryTests(KubernetesServer server)
{
    /// <summary>Always the same ones, so that a failure is about a change and not about chance.</summary>
    private const ulong First = 1;

    private const int Count = 12;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SomeHistories_BreakNoPromise()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        using var api = new KubernetesApi(server.CreateConfiguration());
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"make histories N={Count} ARGS=\"--first {First}\"");

        var outcome = await new HistoryRuns(server, api, parallel: 4, output.WriteLine).RunAsync(Generator.Seeds(First, Count), Cancel);

        Assert.Equal(Count, outcome.Runs);
        Assert.True(outcome.Violations == 0, $"{outcome}; the output above shows the histories and how to repeat them");
    }

    [Fact]
    public void Seed_GivesTheSameHistoryEachTime()
    {
        var seed = Generator.Seeds(First, 3).Last();

        Assert.Equal(Generator.Of(seed).ToString(), Generator.Of(seed).ToString());
        Assert.NotEqual(Generator.Of(Generator.Seeds(First, 1).Single()).ToString(), Generator.Of(seed).ToString());
    }

    [Fact]
    public void PlainHistory_IsWhatTheSeedMeansWithoutWhatIsWovenIn()
    {
        foreach (var seed in Generator.Seeds(First, Count))
        {
            var acts = new Queue<Act>(Generator.Of(seed).Acts);

            Assert.All(Generator.Of(seed, isPlain: true).Acts, act =>
            {
                while (acts.Dequeue() != act) { }
            });
        }
    }

    [Fact]
    public void Generator_InManyHistories_HasEveryAct()
    {
        var acts = Generator.Seeds(First, 400).SelectMany(seed => Generator.Of(seed).Acts).Select(act => act.GetType()).ToHashSet();

        Assert.Superset(
            typeof(Act).GetNestedTypes(System.Reflection.BindingFlags.NonPublic).Where(type => type.IsSubclassOf(typeof(Act))).ToHashSet(),
            acts
        );
    }

    [Fact]
    public async Task Pairs_OneBrokenBehindOurBackAndOneByTheOperator_OnlyTheOtherIsAViolation()
    {
        await server.ApplyCrdsAsync("config/crd", Cancel);
        using var api = new KubernetesApi(server.CreateConfiguration());
        await using var world = await MatrixWorld.CreateAsync(
            server,
            api,
            new EmulatorVariants(),
            MatrixWorld.NoDriftCheck,
            new Effects(),
            Cancel
        );
        await world.Lives.StartAsync(stale: null, Cancel);
        foreach (var name in (string[])["broken", "revoked"])
        {
            await world.CreateAsync(name, new M2MOAuthClientSpec(), Cancel);
            await world.WaitAsync(
                name,
                resource => ConditionSet.Find(resource?.Status?.Conditions, ConditionTypes.Synced) is { Status: "True" },
                $"{name} to be synced",
                Cancel
            );
        }

        await world.Lives.KillAsync(Cancel);
        await world.Pairs.BehindOurBackAsync(
            () => world.EditSecretAsync("broken", """{"stringData":{"CARTO_CLIENT_SECRET":"wrong"}}""", Cancel),
            Cancel
        );
        world.Carto.DeleteClient((await world.GetAsync("revoked", Cancel))!.Status!.Current!.ClientId);
        await world.Pairs.AfterEffectAsync("CARTO delete");

        var seen = Assert.Single(world.Pairs.Seen);
        Assert.StartsWith("P2: the Secret revoked names the revoked client", seen, StringComparison.Ordinal);
    }
}
