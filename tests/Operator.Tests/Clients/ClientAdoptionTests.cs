using Carto.Emulator;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>Clients that somebody created by hand come under the operator's care.</summary>
public sealed class ClientAdoptionTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClientWhoseSecretCartoTells_IsTakenOverAndRenamed()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var client = world.Carto.CreateClient(world.User, "made by hand");
        await world.StartAsync();

        await world.ApplyAsync($"{{clientId: {client.Id}, displayName: Importer}}");
        await world.WaitSyncedAsync();

        var adopted = await world.AssertOneWorkingClientAsync();
        Assert.Equal(client.Id, adopted.Id);
        Assert.StartsWith("Importer [k8s:", adopted.Name, StringComparison.Ordinal);
        Assert.Equal(0, world.Carto.Calls.Count(Operation.Create));
    }

    [Fact]
    public async Task ClientWhoseSecretCartoDoesNotTell_TakesItFromTheSecretThatIsNamed()
    {
        await using var world = await ClientWorld.CreateAsync(server, new EmulatorVariants { SecretInGet = false });
        var client = world.Carto.CreateClient(world.User, "made by hand");
        await world.StartAsync();

        await world.ApplyAsync($"{{clientId: {client.Id}}}");
        await AssertStalledAsync(world, Reasons.ClientSecretUnknown, "name that in spec.clientSecretRef");

        await world.ApplyAsync($"{{clientId: {client.Id}, clientSecretRef: {{name: by-hand}}}}");
        await AssertStalledAsync(world, Reasons.ClientSecretUnknown, "spec.clientSecretRef.name: the Secret by-hand does not exist");

        await world.KubectlAsync("create", "secret", "generic", "by-hand", "--from-literal=other=x");
        world.Nudge();
        await AssertStalledAsync(world, Reasons.ClientSecretUnknown, "no value under CARTO_CLIENT_SECRET; it has other");

        await SetSecretAsync(world, "wrong");
        await AssertStalledAsync(world, Reasons.CredentialsInvalid, client.Id);
        Assert.Null(await world.SecretAsync());

        await SetSecretAsync(world, client.Secret + "\n");
        await world.WaitSyncedAsync();
        Assert.Equal(client.Id, (await world.AssertOneWorkingClientAsync()).Id);

        // And again, when what was written of it is lost.
        await world.KubectlAsync("delete", "secret", "etl");
        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
        Assert.Equal(client.Id, Assert.Single(world.Live).Id);
    }

    [Fact]
    public async Task ClientThatDoesNotExist_IsReported()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync("{clientId: nobody}");

        await AssertStalledAsync(world, Reasons.ClientNotFound, "CARTO shows no client nobody");
        Assert.Empty(world.Live);
    }

    [Fact]
    public async Task ClientOfAnotherKind_IsNotAdopted()
    {
        await using var world = await ClientWorld.CreateAsync(
            server,
            new EmulatorVariants { TypeField = "app_type", TypeWord = "non_interactive" }
        );
        var page = world.Carto.CreateClient(world.User, "a page", "spa");
        await world.StartAsync();

        await world.ApplyAsync($"{{clientId: {page.Id}}}");

        await AssertStalledAsync(world, Reasons.AdoptionNotAllowed, "another kind of application");
        await world.ApplyAsync(name: "other");
        await world.WaitSyncedAsync("other");
        Assert.Equal("a page", world.Live.Single(client => client.Id == page.Id).Name);
        Assert.Null(await world.SecretAsync());
    }

    [Fact]
    public async Task TwoResourcesThatClaimOneClient_TheOlderKeepsIt()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var client = world.Carto.CreateClient(world.User, "made by hand");
        await world.StartAsync();
        await world.ApplyAsync($"{{clientId: {client.Id}}}", "older");
        await world.WaitSyncedAsync("older");

        await world.ApplyAsync($"{{clientId: {client.Id}}}", "younger");
        var younger = await world.WaitAsync(ConditionTypes.Stalled, "True", Reasons.ClientIdConflict, "younger");
        Assert.Contains("older", ConditionSet.Find(younger.Status!.Conditions, ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
        Assert.Null(await world.SecretAsync("younger"));

        await world.KubectlAsync("delete", "m2m", "older", "--timeout=30s");
        await Eventually.AssertAsync(
            async _ =>
            {
                world.Nudge("younger");
                await world.WaitIdleAsync();
                await world.AssertOneWorkingClientAsync("younger");
            },
            Cancel
        );
        Assert.Equal(client.Id, Assert.Single(world.Live).Id);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(", deletionPolicy: Retain", true)]
    [InlineData(", deletionPolicy: Delete", false)]
    public async Task Deletion_LeavesAnAdoptedClientUnlessTheResourceSaysOtherwise(string policy, bool stays)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var client = world.Carto.CreateClient(world.User, "made by hand");
        await world.StartAsync();
        await world.ApplyAsync($"{{clientId: {client.Id}{policy}}}");
        await world.WaitSyncedAsync();

        await world.KubectlAsync("delete", "m2m", "etl", "--timeout=30s");

        Assert.Equal(stays ? [client.Id] : [], world.Live.Select(live => live.Id));
    }

    [Fact]
    public async Task Rotation_OfAnAdoptedClient_ReplacesIt()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var client = world.Carto.CreateClient(world.User, "made by hand");
        await world.StartAsync();
        await world.ApplyAsync($"{{clientId: {client.Id}}}");
        await world.WaitSyncedAsync();

        await world.KubectlAsync("annotate", "m2m", "etl", "credentials.carto.com/rotate-requested-at=now");
        await Eventually.GetAsync(_ => world.GetAsync(), resource => resource!.Status!.ClientId != client.Id, "another pair", Cancel);
        await world.WaitSyncedAsync();
        world.Time.Advance(TimeSpan.FromHours(24));
        world.Nudge();

        await Eventually.AssertAsync(_ => world.AssertOneWorkingClientAsync(), Cancel);
        Assert.NotEqual(client.Id, Assert.Single(world.Live).Id);
    }

    private static async Task SetSecretAsync(ClientWorld world, string value)
    {
        await world.Namespace.ApplyAsync(
            $"""
            apiVersion: v1
            kind: Secret
            metadata: {"{name: by-hand}"}
            stringData:
              CARTO_CLIENT_SECRET: {System.Text.Json.JsonSerializer.Serialize(value)}
            """,
            Cancel
        );
        world.Nudge();
    }

    private static async Task AssertStalledAsync(ClientWorld world, string reason, string message) =>
        await Eventually.GetAsync(
            _ => world.GetAsync(),
            resource =>
                ConditionSet.Find(resource!.Status?.Conditions, ConditionTypes.Stalled) is { } stalled
                && stalled.Reason == reason
                && stalled.Message.Contains(message, StringComparison.Ordinal),
            $"{reason}: {message}",
            Cancel
        );
}
