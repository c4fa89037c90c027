using Operator.TestKit;

namespace Operator.Tests.Drift;

/// <summary>Clients of a resource that its record no longer names are found by comparisons, and may be in use.</summary>
public sealed class LostClientsTests(KubernetesServer server)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    [Fact]
    public async Task RetiringClientCutFromTheRecord_RetiresAgainWithAFullOverlap()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var first = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        await world.AnnotateAsync("rotate-requested-at", "1", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource!.Status is { Pending: null, Retiring: [var old] } && old.ClientId == first, "another client");
        await world.SyncedAsync("c0");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.KillAsync();
        await PatchStatusAsync(world, """{"retiring":null}""");
        await world.StartAsync();

        await world.CompareAsync("1");

        await RetiresAsync(world, first, account: null);
        Assert.Equal(2, world.Live.Count);
    }

    [Theory]
    [InlineData("""{"retiring":null}""")]
    [InlineData("""{"resourceUid":null,"account":null,"current":null,"pending":null,"retiring":null,"clientId":null}""")]
    public async Task ClientInAFormerAccountCutFromTheRecord_RetiresThere(string damage)
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var first = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        await world.AddAccountAsync("bens", world.Carto.AddUser("ben"));
        await world.AddAccountAsync("cleos", world.Carto.AddUser("cleo"));
        foreach (var account in new[] { "bens", "cleos" })
        {
            await world.ApplyClientsAsync(account, "c0");
            await world.BecomesAsync("c0", resource => resource!.Status is { Pending: null, Account.Name: { } name } && name == account, $"a move to {account}");
        }

        await world.SyncedAsync("c0");
        var second = Assert.Single((await world.GetAsync("c0"))!.Status!.Retiring!, client => client.ClientId != first).ClientId;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.KillAsync();
        await PatchStatusAsync(world, damage);
        await world.StartAsync();
        await world.SyncedAsync("c0");

        await world.CompareAsync("1");
        await world.CompareAsync("1", "bens");

        await RetiresAsync(world, first, "our");
        await RetiresAsync(world, second, "bens");
        world.Time.Advance(Day + TimeSpan.FromHours(1));
        await world.AnnotateAsync("reconcile-requested-at", "2", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource!.Status!.Retiring is null, "the end of both");
        Assert.Equal(1, world.Carto.AllClients().Count(client => client is { IsLive: true, IsAccountCredential: false }));
    }

    private static async Task RetiresAsync(DriftWorld world, string clientId, string? account) => await world.BecomesAsync(
        "c0",
        resource => resource!.Status!.Retiring?.FirstOrDefault(client => client.ClientId == clientId) is { } retiring
            && retiring.Account?.Name == account
            && retiring.RevokeAfter > world.Time.GetUtcNow() + Day - TimeSpan.FromHours(1),
        $"{clientId} retires in {account ?? "its account"}");

    private static async Task PatchStatusAsync(DriftWorld world, string status) =>
        await world.KubectlAsync("patch", "m2m", "c0", "--subresource=status", "--type=merge", "-p", $$"""{"status":{{status}}}""");
}
