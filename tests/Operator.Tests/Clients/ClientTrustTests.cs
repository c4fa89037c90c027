using System.Text.Json.Nodes;
using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>
/// Records that say something else than CARTO: a status that was copied, restored or patched, and a Secret with the annotations of another.
/// The marks in CARTO's list decide, and what bears no mark of the resource is left alone.
/// </summary>
public sealed class ClientTrustTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Whether the operator watches the change happen, or starts after it.</summary>
    public static TheoryData<bool> WatchedOrNot => [true, false];

    [Theory]
    [MemberData(nameof(WatchedOrNot))]
    public async Task StatusOfAnotherResource_IsNoRecord(bool watched)
    {
        await using var world = await SettledAsync("a", "b");
        var (a, b) = (await ClientOfAsync(world, "a"), await ClientOfAsync(world, "b"));

        await WhileAsync(world, watched, async () => await CopyStatusAsync(world, "b", "a"));

        await Eventually.AssertAsync(_ => AssertWorksAsync(world, "a", a), Cancel);
        await world.KubectlAsync("delete", "m2m", "a", "--timeout=30s");
        Assert.Equal(b, Assert.Single(world.Live).Id);
        await AssertWorksAsync(world, "b", b);
    }

    [Fact]
    public async Task CopyWithStatusAnnotationsAndFinalizer_GetsAClientOfItsOwn()
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");
        var original = Read(await world.KubectlAsync("get", "m2m", "a", "-o", "json"));

        await RestoreAsync(world, original, "copy");

        // The status that was restored says that all is well: it is the copy's own that counts.
        await Eventually.GetAsync(
            _ => world.GetAsync("copy"),
            resource => resource?.Status is { Current: not null } status && status.ResourceUid == resource.Metadata.Uid,
            "the copy has a record of its own",
            Cancel
        );
        await world.WaitSyncedAsync("copy");
        var copy = await ClientOfAsync(world, "copy");
        Assert.NotEqual(a, copy);
        await world.KubectlAsync("delete", "m2m", "copy", "--timeout=30s");
        Assert.Equal(a, Assert.Single(world.Live).Id);
        await AssertWorksAsync(world, "a", a);
    }

    [Theory]
    [InlineData("""{"current":{"clientId":"garbage","serial":1},"clientId":"garbage"}""", true)]
    [InlineData("""{"current":{"clientId":"garbage","serial":1},"clientId":"garbage"}""", false)]
    [InlineData("""{"current":{"clientId":"","serial":1},"clientId":""}""", false)]
    [InlineData("""{"current":null,"clientId":null}""", true)]
    [InlineData("""{"current":null,"clientId":null}""", false)]
    [InlineData("""{"pending":{"serial":7,"since":"2026-01-01T00:00:00Z"}}""", true)]
    [InlineData("""{"lastRotationTime":"2026-01-01t00:00:00z"}""", true)]
    [InlineData("""{"lastRotationTime":"2026-01-01t00:00:00z"}""", false)]
    [InlineData("""{"current":{"clientId":"garbage","serial":1,"createdAt":"9999-12-31T23:59:59Z"},"clientId":"garbage"}""", false)]
    [InlineData("""{"current":{"serial":2147483647}}""", false)]
    [InlineData("""{"lastRotationTime":"9999-12-31T23:59:59Z"}""", false)]
    [InlineData("""{"pending":{"serial":2147483647,"since":"9999-12-31T23:59:59Z","overlap":"zzz"}}""", false)]
    [InlineData("""{"nextRotationTime":"0001-01-01T00:00:00Z"}""", false)]
    public async Task StatusPatched_DeletionRevokesTheRealClient(string status, bool watched)
    {
        await using var world = await SettledAsync("a");
        await WhileAsync(world, watched, () => world.PatchStatusAsync(status, "a"));

        await world.KubectlAsync("delete", "m2m", "a", "--timeout=30s");

        Assert.Empty(world.Live);
    }

    [Theory]
    [InlineData("""{"current":{"clientId":"garbage","serial":9},"clientId":"garbage"}""")]
    [InlineData("""{"current":null,"clientId":null,"resourceUid":null}""")]
    [InlineData("""{"lastRotationTime":"2026-01-01t00:00:00z"}""")]
    [InlineData("""{"conditions":null}""")]
    public async Task StatusPatched_IsCorrectedAtOnce(string status)
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");

        await world.PatchStatusAsync(status, "a");

        await Eventually.AssertAsync(_ => AssertWorksAsync(world, "a", a), Cancel);
        await Eventually.AssertAsync(
            async _ =>
                Assert.Equal("True", ConditionSet.Find((await world.GetAsync("a"))!.Status!.Conditions, ConditionTypes.Ready)?.Status),
            Cancel
        );
        Assert.Single(world.Live);
    }

    [Theory]
    [MemberData(nameof(WatchedOrNot))]
    public async Task ForeignClientOnRecordAsRetiring_IsNotRevoked(bool watched)
    {
        await using var world = await SettledAsync("a");
        var foreign = world.Carto.CreateClient(world.User, "made by hand");

        await WhileAsync(world, watched, () =>
            world.PatchStatusAsync($$"""{"retiring":[{"clientId":"{{foreign.Id}}","revokeAfter":"2026-01-01T00:00:00Z"}] }""", "a")
        );

        await Eventually.AssertAsync(async _ => Assert.Null((await world.GetAsync("a"))!.Status!.Retiring), Cancel);
        await world.WaitSyncedAsync("a");
        Assert.Equal(2, world.Live.Count);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task ForeignClientOnRecordAsTheOneInUse_IsLeftAloneAndTheRealOneFound(bool watched, bool deleted)
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");
        var foreign = world.Carto.CreateClient(world.User, "made by hand");

        await WhileAsync(world, watched, async () =>
        {
            await world.PatchStatusAsync($$"""{"clientId":"{{foreign.Id}}","current":{"clientId":"{{foreign.Id}}","serial":9} }""", "a");
            if (deleted)
            {
                await world.KubectlAsync("delete", "m2m", "a", "--wait=false");
            }
        });

        if (deleted)
        {
            await world.WaitGoneAsync("a");
            Assert.Equal(foreign.Id, Assert.Single(world.Live).Id);
        }
        else
        {
            await Eventually.AssertAsync(_ => AssertWorksAsync(world, "a", a), Cancel);
            Assert.Equal(2, world.Live.Count);
        }

        Assert.Equal("made by hand", world.Live.Single(client => client.Id == foreign.Id).Name);
    }

    [Theory]
    [MemberData(nameof(WatchedOrNot))]
    public async Task AnnotationsOfTheSecretNameAForeignClient_ItIsNeitherRenamedNorDisclosed(bool watched)
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");
        var foreign = world.Carto.CreateClient(world.User, "made by hand");

        await WhileAsync(world, watched, () => world.KubectlAsync(
                "patch",
                "secret",
                "a",
                "-p",
                $$"""
                {"metadata":{"annotations":{"{{WireNames.Annotations.ClientId}}":"{{foreign.Id}}","{{WireNames.Annotations.Serial}}":"99"} },
                 "data":{"CARTO_CLIENT_SECRET":""} }
                """
            ));

        await Eventually.AssertAsync(_ => AssertWorksAsync(world, "a", a), Cancel);
        Assert.Equal("made by hand", world.Live.Single(client => client.Id == foreign.Id).Name);
        Assert.Equal(2, world.Live.Count);
    }

    [Fact]
    public async Task SecretOfAnotherResourceAppliedOverOurs_DoesNotShareTheClient()
    {
        await using var world = await SettledAsync("a", "b");
        var (a, b) = (await ClientOfAsync(world, "a"), await ClientOfAsync(world, "b"));
        var secret = Read(await world.KubectlAsync("get", "secret", "b", "-o", "json"));
        var metadata = (JsonObject)secret["metadata"]!;
        metadata["name"] = "a";
        metadata["ownerReferences"] = Read(await world.KubectlAsync("get", "secret", "a", "-o", "json"))["metadata"]![
            "ownerReferences"
        ]!.DeepClone();
        metadata.Remove("uid");
        metadata.Remove("resourceVersion");

        await world.Namespace.Kubectl.RunAsync(["replace", "-f", "-"], secret.ToJsonString(), Cancel);

        await Eventually.AssertAsync(_ => AssertWorksAsync(world, "a", a), Cancel);
        await AssertWorksAsync(world, "b", b);
        Assert.Equal(2, world.Live.Count);
    }

    [Fact]
    public async Task StatusRemovedAfterARotation_RotatesNoFurtherAndKeepsTheOverlap()
    {
        await using var world = await SettledAsync("a");
        var (first, second) = await RotateOnceAsync(world);

        await world.RemoveStatusAsync("a");

        await AssertRotatedOnceAsync(world, first, second);
    }

    [Theory]
    [InlineData("""{"current":{"createdAt":"9999-12-31T23:59:59Z"}}""")]
    [InlineData("""{"lastRotationTime":"9999-12-31T23:59:59Z"}""")]
    [InlineData("""{"pending":{"serial":2147483647,"since":"9999-12-31T23:59:59Z","overlap":"zzz"}}""")]
    [InlineData("""{"nextRotationTime":"0001-01-01T00:00:00Z"}""")]
    public async Task StatusWithNonsenseWhileTheOperatorIsAway_IsRebuiltFromTheList(string status)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        await world.ApplyAsync("{rotation: {every: 720h}}");
        await world.WaitSyncedAsync();
        var client = Assert.Single(world.Live);
        await world.KillAsync();

        await world.PatchStatusAsync(status);
        await world.StartAsync();

        await Eventually.AssertAsync(
            async _ =>
            {
                var record = (await world.GetAsync())!.Status!;
                Assert.Equal(client.Id, record.Current?.ClientId);
                Assert.InRange(record.NextRotationTime ?? default, world.Time.GetUtcNow().AddDays(26), world.Time.GetUtcNow().AddDays(31));
                Assert.Null(record.Pending);
                Assert.True((record.LastRotationTime ?? default) < world.Time.GetUtcNow().AddDays(1));
            },
            Cancel
        );
        await world.WaitSyncedAsync();
        Assert.Equal(client.Id, (await world.AssertOneWorkingClientAsync()).Id);
    }

    [Theory]
    [InlineData(true, "0001-01-01T00:00:00Z")]
    [InlineData(true, "2026-01-01T00:00:00Z")]
    [InlineData(false, "2026-01-01T00:00:00Z")]
    public async Task ClientInUsePutOnRecordAsRetiringWhileTheOperatorIsAway_IsNotRevoked(bool isCurrent, string revokeAfter)
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");
        await world.KillAsync();

        var current = isCurrent ? "" : "\"current\":null,";
        await world.PatchStatusAsync($$"""{ {{current}}"retiring":[{"clientId":"{{a}}","revokeAfter":"{{revokeAfter}}"}]}""", "a");
        await world.StartAsync();

        await Eventually.AssertAsync(
            async _ =>
            {
                await AssertWorksAsync(world, "a", a);
                Assert.Null((await world.GetAsync("a"))!.Status!.Retiring);
            },
            Cancel
        );
        Assert.Equal(1, world.Carto.Calls.Count(Operation.Create));
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Delete));
    }

    [Fact]
    public async Task OlderStatusRestoredWhileTheOperatorIsAway_KeepsTheOverlapAndRotatesNoFurther()
    {
        await using var world = await SettledAsync("a");
        var older = Read(await world.KubectlAsync("get", "m2m", "a", "-o", "json"))["status"]!;
        var (first, second) = await RotateOnceAsync(world);
        await world.KillAsync();

        var restored = Read(await world.KubectlAsync("get", "m2m", "a", "-o", "json"));
        restored["status"] = older.DeepClone();
        (
            await world.Namespace.Kubectl.RunAsync(["replace", "--subresource=status", "-f", "-"], restored.ToJsonString(), Cancel)
        ).EnsureSuccess();
        await world.StartAsync();

        await AssertRotatedOnceAsync(world, first, second);
    }

    [Fact]
    public async Task ResourceMadeWithStatusAndSecretOfAnother_GetsAClientOfItsOwn()
    {
        await using var world = await SettledAsync("b");
        var b = await ClientOfAsync(world, "b");
        await world.KillAsync();
        await world.ApplyAsync(name: "a");
        var uid = (await world.GetAsync("a"))!.Metadata.Uid;
        var secret = Read(await world.KubectlAsync("get", "secret", "b", "-o", "json"));
        secret["metadata"] = Read(
            $$"""
            {"name":"a","namespace":"{{world.Namespace.Name}}","labels":{{secret["metadata"]!["labels"]!.ToJsonString()}},
             "annotations":{{secret["metadata"]!["annotations"]!.ToJsonString()}} }
            """
        );
        secret["metadata"]!["annotations"]![WireNames.Annotations.ResourceUid] = uid;
        secret["data"]![WireNames.SecretKeys.ClientSecret] = "";
        var made = Read(
            (await world.Namespace.Kubectl.RunAsync(["create", "-o", "json", "-f", "-"], secret.ToJsonString(), Cancel))
                .EnsureSuccess()
                .Output
        );
        var target = Read(await world.KubectlAsync("get", "m2m", "a", "-o", "json"));
        target["status"] = Read(await world.KubectlAsync("get", "m2m", "b", "-o", "json"))["status"]!.DeepClone();
        target["status"]!["resourceUid"] = uid;
        target["status"]!["secretResourceVersion"] = made["metadata"]!["resourceVersion"]!.DeepClone();
        (
            await world.Namespace.Kubectl.RunAsync(["replace", "--subresource=status", "-f", "-"], target.ToJsonString(), Cancel)
        ).EnsureSuccess();

        await world.StartAsync();

        await Eventually.AssertAsync(async _ => Assert.NotEqual(b, await ClientOfAsync(world, "a")), Cancel);
        await world.WaitSyncedAsync("a");
        await AssertWorksAsync(world, "a", await ClientOfAsync(world, "a"));
        await AssertWorksAsync(world, "b", b);
        Assert.Equal(2, world.Live.Count);
    }

    [Fact]
    public async Task FinalizerAndStatusRemoved_TheClientIsFoundAgain()
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");
        await world.KillAsync();
        await world.RemoveStatusAsync("a");
        await world.KubectlAsync("patch", "m2m", "a", "--type=json", "-p", """[{"op":"remove","path":"/metadata/finalizers"}]""");

        await world.StartAsync();

        await world.WaitSyncedAsync("a");
        await AssertWorksAsync(world, "a", a);
        Assert.Single(world.Live);
    }

    [Fact]
    public async Task StatusRemovedAndItsNewRecordMeetsAConflict_TheClientStaysTheOnlyOne()
    {
        await using var world = await SettledAsync("a");
        var a = await ClientOfAsync(world, "a");
        await world.KillAsync();
        await world.RemoveStatusAsync("a");
        var conflicts = 0;
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) == "PATCH m2moauthclients/status" && Interlocked.Exchange(ref conflicts, 1) == 0)
            {
                await world.KubectlAsync("label", "m2m", "a", "changed=meanwhile");
            }

            return await send();
        };

        await world.StartAsync();

        await world.WaitSyncedAsync("a");
        Assert.Equal(1, conflicts);
        await AssertWorksAsync(world, "a", a);
        Assert.Single(world.Live);
    }

    [Fact]
    public async Task SettledResource_UnchangedByOthers_StatusIsTrusted()
    {
        await using var world = await SettledAsync("a");
        await world.KillAsync();
        world.Carto.Calls.Reset();

        await world.StartAsync();
        await world.WaitIdleAsync();

        // Connecting lists once, to see the account's own client.
        Assert.Equal(1, world.Carto.Calls.Count(Operation.List));
        Assert.Equal((await world.GetAsync("a"))!.Metadata.Uid, (await world.GetAsync("a"))!.Status!.ResourceUid);
    }

    private async Task<ClientWorld> SettledAsync(params string[] names)
    {
        var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();
        foreach (var name in names)
        {
            await world.ApplyAsync(name: name);
            await world.WaitSyncedAsync(name);
        }

        return world;
    }

    private static async Task WhileAsync(ClientWorld world, bool watched, Func<Task> change)
    {
        if (!watched)
        {
            await world.KillAsync();
        }

        await change();
        if (!watched)
        {
            await world.StartAsync();
        }
    }

    /// <summary>Has the resource "a" rotated. Returns its clients before and after.</summary>
    private static async Task<(string First, string Second)> RotateOnceAsync(ClientWorld world)
    {
        var first = await ClientOfAsync(world, "a");
        await world.KubectlAsync("annotate", "m2m", "a", $"{WireNames.Annotations.RotateRequestedAt}=once");
        await Eventually.AssertAsync(async _ => Assert.NotEqual(first, await ClientOfAsync(world, "a")), Cancel);
        await world.WaitSyncedAsync("a");
        return (first, await ClientOfAsync(world, "a"));
    }

    /// <summary>
    /// The record says what <see cref="RotateOnceAsync"/> came to: the replaced client has its whole overlap, and nothing rotates again.
    /// </summary>
    private static async Task AssertRotatedOnceAsync(ClientWorld world, string first, string second)
    {
        await Eventually.AssertAsync(
            async _ =>
            {
                var status = (await world.GetAsync("a"))!.Status!;
                Assert.Equal(second, status.Current?.ClientId);
                var retiring = Assert.Single(status.Retiring ?? []);
                Assert.Equal(first, retiring.ClientId);
                Assert.InRange(retiring.RevokeAfter, world.Time.GetUtcNow().AddHours(23), world.Time.GetUtcNow().AddHours(25));
                Assert.Equal("once", status.LastHandledRotateAt);
            },
            Cancel
        );
        await world.WaitSyncedAsync("a");
        Assert.Equal(2, world.Live.Count);
    }

    private static async Task<string> ClientOfAsync(ClientWorld world, string name) =>
        (await world.GetAsync(name))!.Status!.Current!.ClientId;

    private static async Task AssertWorksAsync(ClientWorld world, string name, string clientId)
    {
        var secret = await world.SecretAsync(name);
        Assert.Equal(clientId, ClientWorld.Value(secret, WireNames.SecretKeys.ClientId));
        Assert.Equal(
            world.Live.Single(client => client.Id == clientId).Secret,
            ClientWorld.Value(secret, WireNames.SecretKeys.ClientSecret)
        );
        var resource = (await world.GetAsync(name))!;
        Assert.Equal(clientId, resource.Status!.Current?.ClientId);
        Assert.Equal(clientId, resource.Status.ClientId);
        Assert.Equal(resource.Metadata.Uid, resource.Status.ResourceUid);
    }

    private static async Task CopyStatusAsync(ClientWorld world, string from, string to)
    {
        var target = Read(await world.KubectlAsync("get", "m2m", to, "-o", "json"));
        target["status"] = Read(await world.KubectlAsync("get", "m2m", from, "-o", "json"))["status"]!.DeepClone();
        (
            await world.Namespace.Kubectl.RunAsync(["replace", "--subresource=status", "-f", "-"], target.ToJsonString(), Cancel)
        ).EnsureSuccess();
    }

    /// <summary>Makes an object of another name with all that a backup holds, status included.</summary>
    private static async Task RestoreAsync(ClientWorld world, JsonNode original, string name)
    {
        var copy = original.DeepClone();
        var metadata = (JsonObject)copy["metadata"]!;
        metadata["name"] = name;
        foreach (var field in new[] { "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields" })
        {
            metadata.Remove(field);
        }

        var status = copy["status"]!.DeepClone();
        var created = Read(
            (await world.Namespace.Kubectl.RunAsync(["create", "-o", "json", "-f", "-"], copy.ToJsonString(), Cancel))
                .EnsureSuccess()
                .Output
        );
        created["status"] = status;
        ((JsonObject)created["metadata"]!).Remove("resourceVersion");
        (
            await world.Namespace.Kubectl.RunAsync(["replace", "--subresource=status", "-f", "-"], created.ToJsonString(), Cancel)
        ).EnsureSuccess();
    }

    private static JsonNode Read(string json) => JsonNode.Parse(json)!;
}
