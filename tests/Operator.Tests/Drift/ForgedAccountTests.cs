using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Drift;

/// <summary>
/// A status that names another account than the one a client is in: the lists of the accounts decide, and the spec's is among them.
/// </summary>
public sealed class ForgedAccountTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nowhere", "Delete")]
    [InlineData("bens", "Delete")]
    [InlineData("nowhere", null)]
    [InlineData("bens", null)]
    public async Task AccountOfTheStatusForgedWhileTheOperatorIsAway_IsPutRight(string forged, string? deletion)
    {
        await using var world = await RotatedAsync();
        var before = (await world.GetAsync("c0"))!.Status!;
        await world.KillAsync();
        await world.PatchStatusAsync("c0", $$$"""{"account":{"name":"{{{forged}}}"}}""");
        if (deletion is not null)
        {
            await world.KubectlAsync("delete", "m2m", "c0", "--wait=false");
        }

        await world.StartAsync();

        if (deletion is not null)
        {
            await world.GoneAsync("c0");
            Assert.Empty(world.Live);
            return;
        }

        await world.BecomesAsync("c0", resource => resource!.Status!.Account?.Name == "our", "the right account");
        await world.SyncedAsync("c0");
        var after = (await world.GetAsync("c0"))!.Status!;
        Assert.Equal(before.Current!.ClientId, after.Current!.ClientId);
        var retiring = Assert.Single(after.Retiring!);
        Assert.Equal(before.Retiring!.Single().ClientId, retiring.ClientId);
        Assert.Null(retiring.Account);
        Assert.Equal(2, world.Live.Count);
        Assert.Equal(2, world.Carto.Calls.Count(Operation.Create));
        await world.AssertWorksAsync("c0");
    }

    [Theory]
    [InlineData("Delete", 0)]
    [InlineData("Retain", 1)]
    public async Task AccountOfARetiringClientForged_ItIsRevokedAllTheSame(string policy, int left)
    {
        await using var world = await RotatedAsync();
        await world.KubectlAsync("patch", "m2m", "c0", "--type=merge", "-p", $$$"""{"spec":{"deletionPolicy":"{{{policy}}}"}}""");
        await world.SyncedAsync("c0");
        var status = (await world.GetAsync("c0"))!.Status!;
        await world.KillAsync();
        await world.PatchStatusAsync(
            "c0",
            $$$"""
            {"retiring":[{"clientId":"{{{status.Retiring!.Single().ClientId}}}","revokeAfter":"2040-01-01T00:00:00Z",
             "account":{"kind":"CartoAccount","name":"nowhere","uid":"u"}}]}
            """
        );
        await world.KubectlAsync("delete", "m2m", "c0", "--wait=false");
        await world.StartAsync();

        await world.GoneAsync("c0");
        Assert.Equal(left, world.Live.Count);
        Assert.All(world.Live, client => Assert.Equal(status.Current!.ClientId, client.Id));
    }

    [Fact]
    public async Task AccountOfTheStatusForgedWhileTheOperatorRuns_IsNoMistakeOfTheOperator()
    {
        await using var world = await RotatedAsync();
        var current = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;

        await world.PatchStatusAsync("c0", """{"account":{"name":"nowhere"}}""");

        await world.BecomesAsync("c0", resource => resource!.Status!.Account?.Name == "our", "the right account");
        await world.SyncedAsync("c0");
        Assert.Equal(current, (await world.GetAsync("c0"))!.Status!.Current!.ClientId);
        Assert.DoesNotContain(
            Reasons.InternalError,
            await world.KubectlAsync("get", "events", "-o", "jsonpath={.items[*].reason}"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task OwnerOfTheSecretNoLongerControlsIt_IsPutRight()
    {
        await using var world = await RotatedAsync();
        var uid = (await world.GetAsync("c0"))!.Metadata.Uid;

        await world.KubectlAsync(
            "patch",
            "secret",
            "c0",
            "--type=merge",
            "-p",
            $$$"""
            {"metadata":{"ownerReferences":[{"apiVersion":"{{{WireNames.ApiVersion}}}","kind":"M2MOAuthClient","name":"c0","uid":"{{{uid}}}"}]}}
            """
        );

        await Eventually.GetAsync(
            _ => world.SecretAsync("c0"),
            secret => secret!.Metadata.OwnerReferences is [{ Controller: true }],
            "the controlling owner",
            Cancel
        );
        await world.SyncedAsync("c0");
        await world.AssertWorksAsync("c0");
    }

    /// <summary>A resource with a client in use and one that retires, and another account beside its own.</summary>
    private async Task<DriftWorld> RotatedAsync()
    {
        var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        await world.AddAccountAsync("bens", world.Carto.AddUser("ben"));
        await world.RotateAsync("c0", "1");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        return world;
    }
}
