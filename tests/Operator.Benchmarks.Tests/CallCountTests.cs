using Operator.Benchmarks.Measures;

namespace Operator.Benchmarks.Tests;

/// <summary>How many calls many resources take. No times: those are for <c>make bench</c> on a quiet machine.</summary>
public sealed class CallCountTests(ShortRun run) : IClassFixture<ShortRun>
{
    private const int N = ShortRun.Resources;

    private const int Accounts = ShortRun.Accounts;

    [Fact]
    public void Create_TakesThreeWritesAndAtMostOneEventEach_AndOfCartoOneCreateAndOneToken()
    {
        var figures = run.Of("create");

        Assert.Equal(2 * N, figures.KubernetesCalls["patch m2moauthclients"]);
        Assert.Equal(N, figures.KubernetesCalls["create secrets"]);
        Assert.InRange(Count(figures.KubernetesCalls, "create events"), 0, N + Accounts);

        // The accounts come into use: they, their logins and the certificate that they share are kept from going.
        Assert.InRange(figures.KubernetesCalls["patch clustercartoaccounts"], Accounts, 3 * Accounts);
        Assert.Equal(Accounts, figures.KubernetesCalls["patch secrets"]);
        Assert.Equal(1, figures.KubernetesCalls["patch configmaps"]);
        AssertNoWritesBut(
            figures,
            "patch m2moauthclients",
            "create secrets",
            "create events",
            "patch clustercartoaccounts",
            "patch secrets",
            "patch configmaps"
        );
        Assert.Equal(N, figures.CartoCalls["Create"]);
        Assert.Equal(N + Accounts, figures.CartoCalls["Token"]);

        // It shows that an account sees the client with which it logs in.
        Assert.Equal(Accounts, figures.CartoCalls["List"]);
    }

    [Fact]
    public void Create_ReadsEachSecretOnceAndNoResource()
    {
        var figures = run.Of("create");

        // A reconcile that comes before the watch event of the Secret reads it once more.
        Assert.InRange(figures.KubernetesCalls["get secrets"], N, N + (4 * Accounts) + (N / 10));

        // The one question at the start whether the kind is there.
        Assert.Equal(1, figures.KubernetesCalls["get m2moauthclients"]);
    }

    [Fact]
    public void DriftCheck_WithNothingMissing_ListsTwiceForEachAccountAndWritesOfNoResource()
    {
        var figures = run.Of("drift check");

        // A request to compare also has the account connect again, which looks for the client with which it logs in.
        Assert.Equal(2 * Accounts, figures.CartoCalls["List"]);
        AssertNoWritesBut(figures, "patch clustercartoaccounts");
    }

    [Fact]
    public void Restart_WritesNothing_AndReadsOneListOfEachKind()
    {
        var figures = run.Of("restart");

        Assert.Equal(0, figures.Writes);
        Assert.InRange(figures.Reconciles, N, N + ShortRun.Samples);
        Assert.Equal(1, figures.KubernetesCalls["list m2moauthclients"]);
        Assert.Equal(2 + Accounts, figures.KubernetesCalls["list secrets"]); // ours, those that are kept, and each account's login
        Assert.InRange(Gets(figures), 0, 4 * (Accounts + 1));
        Assert.InRange(Count(figures.CartoCalls, "List"), 0, Accounts);
        Assert.Equal(0, Count(figures.CartoCalls, "Get"));
        Assert.Equal(Accounts, figures.CartoCalls["Token"]);
    }

    [Fact]
    public void Idle_CallsNobody()
    {
        var figures = run.Of("idle");

        Assert.Empty(figures.CartoCalls);
        Assert.DoesNotContain(figures.KubernetesCalls.Keys, call =>
            !call.StartsWith("watch ", StringComparison.Ordinal) && !call.EndsWith(" " + Figures.Leases, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Rename_TakesOneUpdateAndOneStatusEach()
    {
        var figures = run.Of("rename");

        Assert.Equal(N, figures.CartoCalls["Update"]);
        Assert.Equal(N, figures.KubernetesCalls["patch m2moauthclients"]);
        AssertNoWritesBut(figures, "patch m2moauthclients", "create events");
    }

    [Fact]
    public void Rotate_CreatesOneClientEachAndRevokesNoneYet()
    {
        var figures = run.Of("rotate");

        Assert.Equal(N, figures.CartoCalls["Create"]);
        Assert.Equal(0, Count(figures.CartoCalls, "Delete"));
        Assert.Equal(N, figures.KubernetesCalls["update secrets"]);
    }

    [Fact]
    public void OnePercentMissing_CreatesJustThose()
    {
        var figures = run.Of("1 % missing");

        Assert.Equal(N / 100, figures.CartoCalls["Create"]);
        Assert.Equal(N / 100, figures.KubernetesCalls["update secrets"]);
    }

    [Theory]
    [InlineData("create, slow CARTO")]
    [InlineData("create, strict CARTO")]
    public void Create_CartoIsSlowOrRefusesSome_CreatesAndProvesEachOnce(string scenario)
    {
        var figures = run.Of(scenario);

        Assert.Equal(ShortRun.More, figures.CartoCalls["Create"]);
        Assert.Equal(ShortRun.More, figures.CartoCalls["Token"]);
        Assert.Equal(ShortRun.More, figures.KubernetesCalls["create secrets"]);
    }

    [Fact]
    public void Create_OneAccountIsSilentForAWhile_CreatesEachOnceAndSpoilsNoneOfTheOthers()
    {
        var figures = run.Of("create, one silent");

        Assert.Equal(figures.KubernetesCalls["create secrets"], figures.CartoCalls["Create"]);
        Assert.True(figures.CartoCalls["Create"] > figures.Resources, "The account that was silent has none.");
        Assert.InRange(Count(figures.CartoCalls, "Create (fault Hang)"), 1, figures.CartoCalls["Create"] - figures.Resources);
    }

    [Fact]
    public void LatencyUnderLoad_CreatesTheSinglesBesideAllOthers()
    {
        var figures = run.Of("latency, N created");

        Assert.NotNull(figures.Latency);
        Assert.Equal(N + figures.Resources, figures.CartoCalls["Create"]);
        Assert.Equal(N + figures.Resources, figures.KubernetesCalls["create secrets"]);
    }

    [Fact]
    public void Delete_TakesOneRevocationAndOneWriteEach()
    {
        var figures = run.Of("delete");

        Assert.Equal(N, figures.CartoCalls["Delete"]);
        Assert.Equal(N, figures.KubernetesCalls["patch m2moauthclients"]);

        // The accounts come out of use with their last resource.
        Assert.InRange(figures.KubernetesCalls["patch clustercartoaccounts"], Accounts, 3 * Accounts);
        Assert.Equal(Accounts, figures.KubernetesCalls["patch secrets"]);
        Assert.Equal(1, figures.KubernetesCalls["patch configmaps"]);
        AssertNoWritesBut(
            figures,
            "patch m2moauthclients",
            "create events",
            "patch clustercartoaccounts",
            "patch secrets",
            "patch configmaps"
        );
    }

    private static long Gets(Figures figures) =>
        figures.KubernetesCalls.Where(call => call.Key.StartsWith("get ", StringComparison.Ordinal)).Sum(call => call.Value);

    private static long Count(IReadOnlyDictionary<string, long> calls, string name) => calls.GetValueOrDefault(name);

    private static void AssertNoWritesBut(Figures figures, params string[] allowed) =>
        Assert.DoesNotContain(figures.WriteCalls.Keys, call => !allowed.Contains(call));
}
