using System.Text.Json.Nodes;
using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Drift;

/// <summary>Clients of a resource that its record no longer names are found by comparisons, and may be in use.</summary>
public sealed class LostClientsTests(KubernetesServer server)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private static EmulatorVariants Unreadable { get; } = new() { SecretInGet = false };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RetiringClientCutFromTheRecord_RetiresAgainWithAFullOverlap()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var first = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        await world.RotateAsync("c0", "1");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.KillAsync();
        await world.PatchStatusAsync("c0", """{"retiring":null}""");
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
            await world.BecomesAsync(
                "c0",
                resource => resource!.Status is { Pending: null, Account.Name: { } name } && name == account,
                $"a move to {account}"
            );
        }

        await world.SyncedAsync("c0");
        var second = Assert.Single((await world.GetAsync("c0"))!.Status!.Retiring!, client => client.ClientId != first).ClientId;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.KillAsync();
        await world.PatchStatusAsync("c0", damage);
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OlderStatusAndSecretRestoredTogether_TheLostClientsRetireWithAFullOverlap(bool rotatesAgain)
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var resource = await world.KubectlAsync("get", "m2m", "c0", "-o", "json");
        var secret = await world.KubectlAsync("get", "secret", "c0", "-o", "json");
        var first = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        var second = await world.RotateAsync("c0", "1");
        var third = await world.RotateAsync("c0", "2");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.KillAsync();
        await RestoreAsync(world, resource, secret, rotatesAgain ? "2" : null);
        await world.StartAsync();
        await world.BecomesAsync(
            "c0",
            resource => rotatesAgain == (resource!.Status!.Current!.ClientId != first),
            "as much of a rotation as was wanted"
        );
        await world.SyncedAsync("c0");
        world.Time.Advance(TimeSpan.FromMinutes(1));

        await world.CompareAsync("1");

        await RetiresAsync(world, second, account: null);
        await RetiresAsync(world, third, account: null);
        await world.AssertWorksAsync("c0");
        Assert.Equal(rotatesAgain, (await world.GetAsync("c0"))!.Status!.Current!.ClientId != first);
        Assert.Equal(rotatesAgain ? 4 : 3, world.Live.Count);
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Delete));
        world.Time.Advance(Day + TimeSpan.FromHours(1));
        await world.AnnotateAsync("reconcile-requested-at", "2", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource!.Status!.Retiring is null, "the end of the others");
        await world.AssertWorksAsync("c0");
        Assert.Single(world.Live);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StatusAndSecretLostAfterARotation_NothingThatMayBeInUseGoesAtOnce(bool readable)
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = readable });
        await world.SettleAsync(1);
        var first = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        var second = await world.RotateAsync("c0", "1");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.KillAsync();
        await world.PatchStatusAsync("c0", "null");
        await world.KubectlAsync("delete", "secret", "c0");
        await world.StartAsync();
        await world.BecomesAsync("c0", resource => resource!.Status is { Current: not null, Pending: null }, "a client on record");
        await world.SyncedAsync("c0");

        await world.CompareAsync("1");

        await RetiresAsync(world, first, account: null);
        Assert.Contains(world.Live, client => client.Id == second);
        await world.AssertWorksAsync("c0");
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Delete));
        world.Time.Advance(Day + TimeSpan.FromHours(1));
        await world.AnnotateAsync("reconcile-requested-at", "2", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource!.Status!.Retiring is null, "the end of the others");
        Assert.Single(world.Live);
    }

    [Fact]
    public async Task StatusAndSecretLostOfAResourceWithOneClient_ItKeepsWorkingForAFullOverlap()
    {
        await using var world = await DriftWorld.CreateAsync(server, Unreadable);
        await world.SettleAsync(1);
        var first = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.KillAsync();
        await world.PatchStatusAsync("c0", "null");
        await world.KubectlAsync("delete", "secret", "c0");
        await world.StartAsync();
        await world.SyncedAsync("c0");

        await RetiresAsync(world, first, account: null);
        await world.AssertWorksAsync("c0");
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Delete));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OlderSecretRestored_TheClientInUseHasItsOverlap(bool andStatus)
    {
        await using var world = await DriftWorld.CreateAsync(server, Unreadable);
        await world.SettleAsync(1);
        var resource = await world.KubectlAsync("get", "m2m", "c0", "-o", "json");
        var secret = await world.KubectlAsync("get", "secret", "c0", "-o", "json");
        var second = await world.RotateAsync("c0", "1");
        // What the backup names is gone.
        world.Time.Advance(Day + TimeSpan.FromHours(1));
        await world.AnnotateAsync("reconcile-requested-at", "1", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource!.Status!.Retiring is null, "the end of the first");
        await world.KillAsync();
        if (andStatus)
        {
            await RestoreAsync(world, resource, secret, request: null);
        }
        else
        {
            await RestoreSecretAsync(world, secret);
        }

        var deletions = world.Carto.Calls.Count(Operation.Delete);
        await world.StartAsync();
        await world.BecomesAsync(
            "c0",
            resource => resource!.Status!.Retiring?.Any(client => client.ClientId == second) == true,
            "the second retires"
        );
        await world.SyncedAsync("c0");

        await RetiresAsync(world, second, account: null);
        await world.AssertWorksAsync("c0");
        Assert.Contains(world.Live, client => client.Id == second);
        Assert.Equal(deletions, world.Carto.Calls.Count(Operation.Delete));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BackupFromTheMiddleOfARotationRestored_NothingThatMayBeInUseGoesAtOnce(bool readable)
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = readable });
        await world.SettleAsync(1);
        world.Carto.Faults.Add(Fault.HttpStatus(Operation.Create, 503, count: null));
        await world.AnnotateAsync("rotate-requested-at", "1", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource!.Status!.Pending is not null, "an intent");
        var resource = await world.KubectlAsync("get", "m2m", "c0", "-o", "json");
        var secret = await world.KubectlAsync("get", "secret", "c0", "-o", "json");
        world.Carto.Faults.Clear();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.BecomesAsync("c0", resource => resource!.Status is { Pending: null, Current.Serial: 2 }, "the rotation");
        await world.SyncedAsync("c0");
        var second = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        var third = await world.RotateAsync("c0", "2");
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.KillAsync();
        await RestoreAsync(world, resource, secret, "1");
        await world.StartAsync();
        await world.BecomesAsync("c0", resource => resource!.Status is { Pending: null, Current.Serial: > 2 }, "the end of the rotation");
        await world.SyncedAsync("c0");

        Assert.Superset(new HashSet<string>([second, third]), world.Live.Select(client => client.Id).ToHashSet());
        await RetiresAsync(world, second, account: null);
        await world.AssertWorksAsync("c0");
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Delete));
    }

    [Fact]
    public async Task StatusAndSecretRestoredToBeforeAMove_TheClientThatIsThereAlreadyRetires()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var resource = await world.KubectlAsync("get", "m2m", "c0", "-o", "json");
        var secret = await world.KubectlAsync("get", "secret", "c0", "-o", "json");
        var ben = world.Carto.AddUser("ben");
        await world.AddAccountAsync("bens", ben);
        await MoveAsync(world, "bens");
        var second = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        await world.KillAsync();
        await RestoreAsync(world, resource, secret, request: null);
        await world.StartAsync();
        await world.BecomesAsync("c0", resource => resource!.Status is { Pending: null, Account.Name: "bens" }, "a move");
        await world.SyncedAsync("c0");

        await world.BecomesAsync(
            "c0",
            resource => resource!.Status!.Retiring?.Any(client => client.ClientId == second) == true,
            "the lost client on record"
        );
        var names = world.Carto.Clients(ben).Where(client => !client.IsAccountCredential).Select(client => client.Name).ToList();
        Assert.Equal(2, names.Count);
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public async Task StatusLostAndSecretRestoredToBeforeAMove_TheOlderClientInTheNewAccountRetires()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var secret = await world.KubectlAsync("get", "secret", "c0", "-o", "json");
        var ben = world.Carto.AddUser("ben");
        await world.AddAccountAsync("bens", ben);
        await MoveAsync(world, "bens");
        var second = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        var third = await world.RotateAsync("c0", "1");
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.KillAsync();
        await world.KubectlAsync("annotate", "m2m", "c0", $"{WireNames.Annotations.RotateRequestedAt}-");
        await world.PatchStatusAsync("c0", "null");
        await RestoreSecretAsync(world, secret);
        await world.StartAsync();

        await world.BecomesAsync(
            "c0",
            resource => resource!.Status is { Pending: null, Account.Name: "bens", Current: { } current } && current.ClientId == third,
            "the newest client"
        );
        await world.SyncedAsync("c0");
        await world.BecomesAsync(
            "c0",
            resource => resource!.Status!.Retiring?.Any(client => client.ClientId == second) == true,
            "the older one retires"
        );
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Delete));
        Assert.Superset(new HashSet<string>([second, third]), world.Carto.Clients(ben).Select(client => client.Id).ToHashSet());
    }

    [Fact]
    public async Task DeletionWithAClientInAnAccountThatDoesNotExist_RevokesTheOthersAndNamesTheAccount()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        await world.KillAsync();
        await world.PatchStatusAsync(
            "c0",
            """{"retiring":[{"clientId":"x","revokeAfter":"2040-01-01T00:00:00Z","account":{"kind":"CartoAccount","name":"nowhere","uid":"u"}}]}"""
        );
        await world.KubectlAsync("delete", "m2m", "c0", "--wait=false");
        await world.StartAsync();

        await Eventually.TrueAsync(() => world.Live.Count == 0, "its own client is revoked", Cancel);
        await world.BecomesAsync(
            "c0",
            resource =>
                resource!.Status!.Conditions!.Any(condition =>
                    condition.Reason == Reasons.DeletionBlocked && condition.Message.Contains("nowhere", StringComparison.Ordinal)
                ),
            "a message that names the account"
        );
        await world.AnnotateAsync("abandon", "true", "m2m/c0");
        await world.BecomesAsync("c0", resource => resource is null, "its end");
    }

    private static async Task MoveAsync(DriftWorld world, string account)
    {
        await world.ApplyClientsAsync(account, "c0");
        await world.BecomesAsync(
            "c0",
            resource => resource!.Status is { Pending: null, Account.Name: { } name } && name == account,
            $"a move to {account}"
        );
        await world.SyncedAsync("c0");
        world.Time.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>Puts an older status and an older Secret in the place of the present ones, as a backup tool does.</summary>
    private static async Task RestoreAsync(DriftWorld world, string resource, string secret, string? request)
    {
        var now = JsonNode.Parse(await world.KubectlAsync("get", "m2m", "c0", "-o", "json"))!;
        now["status"] = JsonNode.Parse(resource)!["status"]!.DeepClone();
        (
            await world.Namespace.Kubectl.RunAsync(["replace", "--subresource=status", "-f", "-"], now.ToJsonString(), Cancel)
        ).EnsureSuccess();
        await RestoreSecretAsync(world, secret);
        await world.KubectlAsync(
            "annotate",
            "m2m",
            "c0",
            "--overwrite",
            $"{WireNames.Annotations.RotateRequestedAt}{(request is null ? "-" : "=" + request)}"
        );
    }

    private static async Task RestoreSecretAsync(DriftWorld world, string secret)
    {
        var older = JsonNode.Parse(secret)!;
        foreach (var field in new[] { "resourceVersion", "uid", "creationTimestamp", "managedFields" })
        {
            ((JsonObject)older["metadata"]!).Remove(field);
        }

        (await world.Namespace.Kubectl.RunAsync(["replace", "-f", "-"], older.ToJsonString(), Cancel)).EnsureSuccess();
    }

    private static async Task RetiresAsync(DriftWorld world, string clientId, string? account) =>
        await world.BecomesAsync(
            "c0",
            resource =>
                resource!.Status!.Retiring?.FirstOrDefault(client => client.ClientId == clientId) is { } retiring
                && retiring.Account?.Name == account
                && retiring.RevokeAfter > world.Time.GetUtcNow() + Day - TimeSpan.FromHours(1),
            $"{clientId} retires in {account ?? "its account"}"
        );
}
