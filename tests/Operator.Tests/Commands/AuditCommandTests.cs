using Carto.Emulator;
using Operator.Access;
using Operator.Commands;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Commands;

public sealed class AuditCommandTests(KubernetesServer server)
{
    private const string Account = ToolWorld.Account;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Audit_WhereAllIsWell_FindsNothing()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var client = world.Carto.CreateClient(world.User, "ETL");
        await world.ApplyPairAsync(await world.ApplyResourceAsync("etl", client), client.Id, client.Secret);

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1");

        Assert.Matches(
            $"^ACCOUNT +CLIENTS +PROBLEM\nCartoAccount {world.Namespace}/ours +2 +-\n(\nNote: .*\n)?\nNothing is wrong.\n$",
            result.Output
        );
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Audit_MissingClientAndPairsThatDoNotWork_AreTold()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var good = world.Carto.CreateClient(world.User, "good");
        var gone = world.Carto.CreateClient(world.User, "gone");
        var bare = world.Carto.CreateClient(world.User, "bare");
        await world.ApplyPairAsync(await world.ApplyResourceAsync("wrong", good), good.Id, "wrong");
        await world.ApplyResourceAsync("gone", gone);
        await world.ApplyResourceAsync("bare", bare);
        world.Carto.DeleteClient(gone.Id);
        world.Time = new ShiftedTime(TimeSpan.FromMinutes(5));

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "-o", "json");
        var quick = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "-o", "json", "--skip-pairs");

        Assert.Equal(ExitCodes.Found, result.ExitCode);
        Assert.Equal([($"{world.Namespace}/gone", gone.Id)], Rows(result, "missing").Select(row => (row("resource"), row("clientId"))));
        Assert.Equal(
            [
                ($"{world.Namespace}/bare", "the Secret does not exist"),
                ($"{world.Namespace}/wrong", "127.0.0.1 refuses the credentials. It says: access_denied, Unauthorized"),
            ],
            Rows(result, "pairs").Select(row => (row("resource"), row("detail")))
        );
        Assert.Empty(Rows(quick, "pairs"));
    }

    [Fact]
    public async Task Audit_MissingClientThatCannotBeLookedFor_IsTold()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var good = world.Carto.CreateClient(world.User, "good");
        var gone = world.Carto.CreateClient(world.User, "gone");
        await world.ApplyResourceAsync("bare", good);
        await world.ApplyResourceAsync("gone", gone);
        world.Carto.DeleteClient(gone.Id);
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Get, 500, count: null));
        world.Time = new ShiftedTime(TimeSpan.FromMinutes(5));

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "-o", "json");

        Assert.Equal(ExitCodes.Failed, result.ExitCode);
        Assert.Empty(Rows(result, "missing"));
        Assert.Equal([$"{world.Namespace}/bare", $"{world.Namespace}/gone"], Rows(result, "pairs").Select(row => row("resource")));
        Assert.StartsWith("whether the client exists is unknown: ", Rows(result, "pairs").Last()("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_ListThatIsNotWhole_IsToldAndProvesNothingMissing()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var gone = world.Carto.CreateClient(world.User, "gone");
        await world.ApplyResourceAsync("gone", gone);
        world.Carto.DeleteClient(gone.Id);
        world.Carto.Faults.Add(Fault.OddEntry(count: null));
        world.Time = new ShiftedTime(TimeSpan.FromMinutes(5));

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "-o", "json", "--skip-pairs");

        const string gap = "CARTO's list of clients could not be read fully: 1 of 2 entries of the list of clients hold no client ID.";
        Assert.Equal(ExitCodes.Failed, result.ExitCode);
        Assert.Equal([gap], Rows(result, "accounts").Select(row => row("problem")));
        Assert.Empty(Rows(result, "missing"));
        Assert.Equal([$"whether the client exists is unknown: {gap}"], Rows(result, "pairs").Select(row => row("detail")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("OAuth client {id} was processed")]
    public async Task Audit_RevocationWithoutEffect_IsNotCalledOne(string? answer)
    {
        await using var world = await CreateWithStrayAsync();
        var stray = Assert.Single(world.Carto.Clients(world.User));
        world.Carto.Faults.Add(Fault.NoEffect(Operation.Delete, count: null) with { Message = answer });

        var result = await world.RunAsync(
            "audit",
            Account,
            "--allowed-hosts",
            "127.0.0.1",
            "-o",
            "json",
            "--revoke",
            "--yes",
            "--skip-pairs"
        );

        Assert.Equal(ExitCodes.Failed, result.ExitCode);
        Assert.Equal([(stray.Id, "Failed")], Strays(result));
        Assert.Single(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Audit_ClientsWithOurMark_AreUnownedOnlyWhereNobodyHasThem()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var cluster = await ClusterIdAsync(world);
        var current = world.Carto.CreateClient(world.User, "current");
        var resource = await world.ApplyResourceAsync("etl", current);
        var inFlight = Create("etl", cluster, resource.Metadata.Uid);
        var adopted = Create("adopted", cluster, "uid-of-adopted");
        await world.ApplyResourceAsync("adopter", spec: $"clientId: {adopted.Id}");
        var retained = Create("retained", cluster, "uid-of-retained");
        await world.ApplySecretAsync("left", ("a", "b"));
        await world.Place.Kubectl.RunAsync(["annotate", "secret", "left", $"{WireNames.Annotations.ClientId}={retained.Id}"], Cancel);
        var foreign = Create("foreign", "ffffff", "uid-of-foreign");
        var unowned = Create("unowned", cluster, "uid-of-nobody");

        var young = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "-o", "json", "--skip-pairs");
        world.Time = new ShiftedTime(TimeSpan.FromHours(2));
        var old = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "-o", "json", "--skip-pairs");

        Assert.Equal([(retained.Id, "Held"), (unowned.Id, "Young")], Strays(young));
        Assert.Equal(0, young.ExitCode);
        Assert.Equal([(retained.Id, "Held"), (unowned.Id, "Unowned")], Strays(old));
        Assert.Equal(ExitCodes.Found, old.ExitCode);
        Assert.DoesNotContain(foreign.Id, old.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(inFlight.Id, old.Output, StringComparison.Ordinal);

        EmulatorClient Create(string name, string mark, string uid) =>
            world.Carto.CreateClient(world.User, Mark.For(mark, uid, 1).NameFor(name, 255));
    }

    [Fact]
    public async Task Audit_RevokeWithoutConsent_RevokesNothing()
    {
        await using var world = await CreateWithStrayAsync();

        var alone = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke");
        world.Answer = "n";
        var refused = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke");
        world.Answer = "";
        var silent = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke");

        Assert.Equal((ExitCodes.Usage, ""), (alone.ExitCode, alone.Output));
        Assert.StartsWith("operator: --revoke needs an answer, and there is no terminal to ask on", alone.Error, StringComparison.Ordinal);
        Assert.Contains(
            "Revoke this client in CARTO? Whatever still uses one of them stops working. [y/N]",
            refused.Error,
            StringComparison.Ordinal
        );
        Assert.Equal((ExitCodes.Found, ExitCodes.Found), (refused.ExitCode, silent.ExitCode));
        Assert.Single(world.Carto.Clients(world.User));
    }

    [Theory]
    [InlineData(null, "--yes")]
    [InlineData("y")]
    public async Task Audit_RevokeWithConsent_RevokesWhatNobodyHas(string? answer, params string[] flags)
    {
        await using var world = await CreateWithStrayAsync();
        world.Answer = answer;

        var result = await world.RunAsync(["audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke", "-o", "json", .. flags]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("Revoked", Assert.Single(Strays(result)).State);
        Assert.Empty(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Audit_RevokeWhatSomebodyTookUpMeanwhile_KeepsIt()
    {
        await using var world = await CreateWithStrayAsync();
        var stray = Assert.Single(world.Carto.Clients(world.User));
        world.Reader = new ActingReader("y", () => world.ApplyResourceAsync("adopter", spec: $"clientId: {stray.Id}"));

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke");

        Assert.Contains($"{world.Namespace}/adopter has it by now", result.Output, StringComparison.Ordinal);
        Assert.Single(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Audit_RevokeWhatWasRenamedMeanwhile_KeepsIt()
    {
        await using var world = await CreateWithStrayAsync();
        var stray = Assert.Single(world.Carto.Clients(world.User));
        world.Reader = new ActingReader("y", () => Task.FromResult(world.Carto.RenameClient(stray.Id, "mine now")));

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke");

        Assert.Contains("it was renamed meanwhile, to mine now", result.Output, StringComparison.Ordinal);
        Assert.Single(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Audit_RevokeWithTheMarkOfAnotherCluster_IsRefused()
    {
        await using var world = await CreateWithStrayAsync("ffffff");

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke", "--yes", "--cluster-id", "ffffff");

        Assert.Equal(ExitCodes.Usage, result.ExitCode);
        Assert.StartsWith(
            "operator: --cluster-id: no resource of this cluster has a client with the mark ffffff",
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Single(world.Carto.Clients(world.User));
    }

    [Fact]
    public async Task Audit_AgeThatCartoDoesNotTell_CountsAsYoungUnlessTheRiskIsTaken()
    {
        await using var world = await CreateWithStrayAsync(variants: new EmulatorVariants { CreatedAtField = null });

        var kept = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--revoke", "--yes", "-o", "json");
        var revoked = await world.RunAsync(
            "audit",
            Account,
            "--allowed-hosts",
            "127.0.0.1",
            "--revoke",
            "--yes",
            "--grace",
            "0s",
            "-o",
            "json"
        );

        Assert.Equal("Young", Assert.Single(Strays(kept)).State);
        Assert.Equal("Revoked", Assert.Single(Strays(revoked)).State);
    }

    [Fact]
    public async Task Audit_AccountThatDoesNotWork_IsToldAndFails()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync(secret: "wrong");

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1");

        Assert.Equal(ExitCodes.Failed, result.ExitCode);
        Assert.Contains("127.0.0.1 refuses the credentials.", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_NamespacedAccountAtAHostThatIsNotAllowed_IsNotReached()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();

        var result = await world.RunAsync("audit", Account);

        Assert.Equal(ExitCodes.Failed, result.ExitCode);
        Assert.Contains("spec.apiBaseUrl: a CartoAccount may not reach 127.0.0.1", result.Output, StringComparison.Ordinal);
        Assert.Empty(world.Carto.Calls.Latest);
    }

    [Fact]
    public async Task Audit_YesWithoutRevoke_IsRefused()
    {
        await using var world = await ToolWorld.CreateAsync(server);

        var result = await world.RunAsync("audit", Account, "--allowed-hosts", "127.0.0.1", "--yes");

        Assert.Equal((ExitCodes.Usage, "operator: --yes: goes with --revoke only: write that too\n"), (result.ExitCode, result.Error));
    }

    /// <summary>A world of one client that bears a mark and belongs to nobody, two hours from now.</summary>
    private async Task<ToolWorld> CreateWithStrayAsync(string? mark = null, EmulatorVariants? variants = null)
    {
        var world = await ToolWorld.CreateAsync(server, variants);
        await world.ApplyAccountAsync();
        world.Carto.CreateClient(world.User, Mark.For(mark ?? await ClusterIdAsync(world), "uid-of-nobody", 1).NameFor("unowned", 255));
        world.Time = new ShiftedTime(TimeSpan.FromHours(2));
        return world;
    }

    private static async Task<string> ClusterIdAsync(ToolWorld world) =>
        Mark.ClusterId((await world.Api.For(BuiltIn.NamespaceMetadata).GetAsync(new ObjectKey(null, "kube-system"), Cancel))!.Metadata.Uid);

    private static IEnumerable<(string? Id, string? State)> Strays(ToolResult result) =>
        Rows(result, "strays").Select(row => (row("clientId"), row("state")));

    private static IEnumerable<Func<string, string?>> Rows(ToolResult result, string list) =>
        result
            .Json.GetProperty(list)
            .EnumerateArray()
            .Select<System.Text.Json.JsonElement, Func<string, string?>>(row => name => row.GetProperty(name).GetString());

    /// <summary>The system's clock, ahead by some time.</summary>
    private sealed class ShiftedTime(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }

    /// <summary>Lets something happen before it answers.</summary>
    private sealed class ActingReader(string answer, Func<Task> act) : StringReader(answer + "\n")
    {
        public override string? ReadLine()
        {
            act().GetAwaiter().GetResult();
            return base.ReadLine();
        }
    }
}
