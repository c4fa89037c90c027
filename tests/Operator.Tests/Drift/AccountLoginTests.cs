using Carto.Emulator;
using Operator.Access;
using Operator.Contracts;
using Operator.TestKit;
using Operator.Tests.Clients;

namespace Operator.Tests.Drift;

/// <summary>The client that any account logs in with is neither adopted, shown, renamed nor revoked, whatever leads to it.</summary>
public sealed class AccountLoginTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Adoption_OfTheLoginOfAnotherAccount_IsRefused()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        var login = await AddTheirAccountAsync(world);

        await AdoptAsync(world, login);
        var stalled = await world.SaysAsync("thief", ConditionTypes.Synced, "False", Reasons.AdoptionNotAllowed);
        await world.KubectlAsync("delete", "m2m", "thief", "--timeout=30s");

        Assert.Contains(
            "CartoAccount",
            ConditionSet.Find(stalled!.Status!.Conditions, ConditionTypes.Synced)!.Message,
            StringComparison.Ordinal
        );
        AssertUntouched(world, login);
    }

    [Fact]
    public async Task Adoption_OfTheLoginOfAnAccountThatCannotConnect_IsRefused()
    {
        await using var world = await DriftWorld.CreateAsync(server, new EmulatorVariants { M2MTokenSubject = M2MTokenSubject.Owner });
        var login = world.Carto.CreateClient(world.User, "login of others");
        await world.ApplyLoginAsync(login.Id, "not its secret", "their-login");
        await world.ApplyAccountAsync("their", "their-login");
        await world.AccountAsync(
            account => ConditionSet.Find(account?.Status?.Conditions, ConditionTypes.Ready) is { Status: "False" },
            "not Ready",
            "their"
        );

        await AdoptAsync(world, login);
        await world.SaysAsync("thief", ConditionTypes.Synced, "False", Reasons.AdoptionNotAllowed);

        AssertUntouched(world, login);
    }

    [Fact]
    public async Task Account_ThatMerelyNamesAClientAsItsLogin_DoesNotKeepItsResourceFromIt()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var own = (await world.GetAsync("c0"))!.Status!.Current!.ClientId;
        await world.ApplyLoginAsync(own, "not its secret", "their-login");
        await world.ApplyAccountAsync("their", "their-login");
        await world.AccountAsync(
            account => ConditionSet.Find(account?.Status?.Conditions, ConditionTypes.Ready) is { Status: "False" },
            "not Ready",
            "their"
        );

        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=30s");

        Assert.DoesNotContain(world.Live, client => client.Id == own);
    }

    [Fact]
    public async Task Login_ThatBearsTheMarkOfAResource_IsNotTaken()
    {
        await using var world = await DriftWorld.CreateAsync(server);
        await world.SettleAsync(1);
        var own = (await world.GetAsync("c0"))!;
        var login = await AddTheirAccountAsync(world);
        var name = Mark.For(DriftWorld.Cluster, own.Metadata.Uid, 9).NameFor("c0", 255);
        world.Carto.RenameClient(login.Id, name);

        await world.KubectlAsync(
            "patch",
            "secret",
            "c0",
            "-p",
            $$"""
            {"metadata":{"annotations":{"{{WireNames.Annotations.ClientId}}":"{{login.Id}}","{{WireNames.Annotations.Serial}}":"9"} },
             "data":{"{{WireNames.SecretKeys.ClientSecret}}":""} }
            """
        );
        await Eventually.AssertAsync(
            async _ =>
                Assert.Equal(
                    own.Status!.Current!.ClientId,
                    ClientWorld.Value(await world.SecretAsync("c0"), WireNames.SecretKeys.ClientId)
                ),
            Cancel
        );
        await world.SyncedAsync("c0");
        await world.KillAsync();
        await world.KubectlAsync(
            "patch",
            "m2m",
            "c0",
            "--subresource=status",
            "--type=json",
            "-p",
            """[{"op":"remove","path":"/status"}]"""
        );
        await world.StartAsync();
        var again = await world.SyncedAsync("c0");
        Assert.Equal(own.Status!.Current!.ClientId, again.Status!.Current!.ClientId);
        Assert.Null(again.Status.Retiring);
        await world.CompareAsync("1");
        await world.KubectlAsync("delete", "m2m", "c0", "--timeout=30s");

        AssertUntouched(world, login, name);
        Assert.DoesNotContain(world.Live, client => client.Id == own.Status.Current.ClientId);
    }

    private static Task AdoptAsync(DriftWorld world, EmulatorClient login) =>
        world.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: thief}
            spec: {accountRef: {kind: CartoAccount, name: our}, clientId: {{login.Id}}, deletionPolicy: Delete}
            """
        );

    /// <summary>Another account, which logs in with a client that the user of the first one sees.</summary>
    private static async Task<EmulatorClient> AddTheirAccountAsync(DriftWorld world)
    {
        var login = world.Carto.CreateClient(world.User, "login of others");
        await world.ApplyLoginAsync(login.Id, login.Secret, "their-login");
        await world.ApplyAccountAsync("their", "their-login");
        await world.AccountAsync(
            account => ConditionSet.Find(account?.Status?.Conditions, ConditionTypes.Ready) is { Status: "True" },
            "Ready",
            "their"
        );
        return login;
    }

    private static void AssertUntouched(DriftWorld world, EmulatorClient login, string name = "login of others") =>
        Assert.Equal(name, world.Live.Single(client => client.Id == login.Id).Name);
}
