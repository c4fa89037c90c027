using System.Text;
using System.Text.Json.Nodes;
using Carto.Emulator;
using k8s;
using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.FirstContact;

/// <summary>An account in a CARTO, and a client of the same name in it.</summary>
internal sealed class Contact(ContactWorld world, string name, CartoEmulator carto, EmulatorUser user)
{
    // Pauses that CARTO asks for are real, and add up.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly EmulatorClient[] _before = [.. carto.AllClients()];

    public string Name => name;

    public CartoEmulator Carto => carto;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IReadOnlyList<EmulatorClient> Live => carto.Clients(user);

    /// <summary>Lives through the life of a client, and fails unless it ends as expected.</summary>
    public async Task LiveAsync(Ending ending)
    {
        switch (ending)
        {
            case Ending.AccountFails(var reason, var says):
                await FailAsync(reason, says);
                break;
            case Ending.CreationFails(var reason, var says):
                await ConnectAsync();
                await ApplyAsync();
                Says((await ClientSaysAsync(ConditionTypes.Ready, "False", reason)).Message, says);
                AssertNothingHappened();
                break;
            case Ending.CredentialsFail(var reason, var says):
                await ConnectAsync();
                await ApplyAsync();
                Says((await ClientSaysAsync(ConditionTypes.Ready, "False", reason)).Message, says);
                Assert.Single(Live);
                break;
            default:
                await ConnectAsync();
                await CreateAsync();
                await RotateAsync();
                await RenameAsync();
                await DriftAsync();
                break;
        }

        await DeleteAsync();
    }

    public async Task ApplyAsync(string? displayName = null) =>
        await world.Namespace.ApplyAsync(
            $$"""
            apiVersion: credentials.carto.com/v1alpha1
            kind: M2MOAuthClient
            metadata: {name: {{name}} }
            spec: {accountRef: {kind: CartoAccount, name: {{name}} } {{(
                displayName is null ? "" : $", displayName: {JsonValue.Create(displayName)!.ToJsonString()}"
            )}} }
            """,
            Cancel
        );

    public Task ConnectAsync() => AccountSaysAsync(ConditionTypes.Ready, "True", Reasons.Connected);

    /// <summary>Waits until the client is as it should be and alone, and its pair works. Returns it.</summary>
    public async Task<EmulatorClient> SettleAsync(Func<EmulatorClient, bool>? wanted = null)
    {
        EmulatorClient? settled = null;
        await Eventually.AssertAsync(
            async _ =>
            {
                var resource = await world.GetAsync(Kinds.Clients, name);
                Assert.All([ConditionTypes.Ready, ConditionTypes.Synced, ConditionTypes.CredentialsVerified], type =>
                    Assert.Equal("True", ConditionSet.Find(resource?.Status?.Conditions, type)?.Status)
                );
                Assert.Equal(resource!.Metadata.Generation, resource.Status!.ObservedGeneration);
                Assert.Null(resource.Status.Retiring);
                var client = Assert.Single(Live);
                Assert.True(wanted?.Invoke(client) ?? true, $"{client}");
                Assert.Equal(client.Id, resource.Status.Current?.ClientId);
                var secret = await world.GetAsync(BuiltIn.Secrets, name);
                Assert.Equal(
                    (client.Id, client.Secret),
                    (Text(secret, WireNames.SecretKeys.ClientId), Text(secret, WireNames.SecretKeys.ClientSecret))
                );
                Assert.NotNull(client.LastTokenAt);
                settled = client;
            },
            Cancel,
            Limit
        );

        // CARTO may list a client a moment after it was created; from here on it should.
        world.Time.Advance(TimeSpan.FromMinutes(1));
        return settled!;
    }

    /// <summary>Has the account's clients compared, and waits until that was done.</summary>
    public async Task CompareAsync(string request)
    {
        await world.PatchAsync(Kinds.Accounts, name, Annotation(WireNames.Annotations.ReconcileRequestedAt, request));
        await Eventually.GetAsync(
            _ => world.GetAsync(Kinds.Accounts, name),
            account => account?.Status?.LastHandledReconcileAt == request,
            "the comparison",
            Cancel
        );
    }

    /// <summary>Has the client deleted, then the account, and fails if anything is left of the client or gone of the rest.</summary>
    public async Task DeleteAsync()
    {
        await world.DeleteAsync(Kinds.Clients, name);
        await GoneAsync(Kinds.Clients);
        Assert.Empty(Live);
        await world.DeleteAsync(Kinds.Accounts, name);
        await GoneAsync(Kinds.Accounts);
        Assert.Equal(
            _before.Select(client => (client.Id, client.Name, client.IsLive)),
            carto.AllClients().Take(_before.Length).Select(client => (client.Id, client.Name, client.IsLive))
        );
    }

    private async Task FailAsync(string reason, string[] says)
    {
        await ApplyAsync();
        Says((await AccountSaysAsync(ConditionTypes.Ready, "False", reason)).Message, says);
        await ClientSaysAsync(ConditionTypes.Ready, "False", Reasons.AccountNotReady);
        AssertNothingHappened();
        Runbook.AssertHas(reason);
    }

    private async Task CreateAsync()
    {
        await ApplyAsync();
        await SettleAsync(client => client.Name.StartsWith($"{name} [", StringComparison.Ordinal));
    }

    private async Task RotateAsync()
    {
        var before = Assert.Single(Live).Id;
        await world.PatchAsync(Kinds.Clients, name, Annotation(WireNames.Annotations.RotateRequestedAt, "1"));
        await Eventually.GetAsync(
            _ => world.GetAsync(Kinds.Clients, name),
            resource => resource?.Status is { Pending: null, Current: { } current } && current.ClientId != before,
            "another client",
            Cancel,
            Limit
        );
        Assert.Equal(2, Live.Count);
        world.Time.Advance(TimeSpan.FromHours(25));
        await world.PatchAsync(Kinds.Clients, name, Annotation(WireNames.Annotations.ReconcileRequestedAt, "1"));
        await SettleAsync(client => client.Id != before);
    }

    private async Task RenameAsync()
    {
        await world.PatchAsync(Kinds.Clients, name, new JsonObject { ["spec"] = new JsonObject { ["displayName"] = "Nightly load" } });
        await SettleAsync(client => client.Name.StartsWith("Nightly load [", StringComparison.Ordinal));
    }

    private async Task DriftAsync()
    {
        var client = Assert.Single(Live);
        carto.RenameClient(client.Id, "Somebody's " + client.Name);
        await CompareAsync("1");
        await SettleAsync(found => found.Name == client.Name);

        carto.DeleteClient(client.Id);
        await CompareAsync("2");
        await SettleAsync(found => found.Id != client.Id);
    }

    private async Task<V1Condition> AccountSaysAsync(string type, string status, string reason)
    {
        var account = await Eventually.GetAsync(
            _ => world.GetAsync(Kinds.Accounts, name),
            account => Is(account?.Status?.Conditions, type, status, reason),
            $"account {type}={status} {reason}",
            Cancel,
            Limit
        );
        return ConditionSet.Find(account!.Status!.Conditions, type)!;
    }

    private async Task<V1Condition> ClientSaysAsync(string type, string status, string reason)
    {
        var resource = await Eventually.GetAsync(
            _ => world.GetAsync(Kinds.Clients, name),
            resource => Is(resource?.Status?.Conditions, type, status, reason),
            $"client {type}={status} {reason}",
            Cancel,
            Limit
        );
        return ConditionSet.Find(resource!.Status!.Conditions, type)!;
    }

    private async Task GoneAsync<T>(ResourceDefinition<T> definition)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        await Eventually.GetAsync(
            _ => world.GetAsync(definition, name),
            found => found is null,
            $"{definition.Plural}/{name} is gone",
            Cancel,
            Limit
        );

    private void AssertNothingHappened() => Assert.Equal(_before, carto.AllClients().Select(client => client with { LastTokenAt = null }));

    private static void Says(string message, string[] says) =>
        Assert.All(says, part => Assert.Contains(part, message, StringComparison.Ordinal));

    private static bool Is(IReadOnlyList<V1Condition>? conditions, string type, string status, string reason) =>
        ConditionSet.Find(conditions, type) is { } condition && condition.Status == status && condition.Reason == reason;

    private static JsonObject Annotation(string annotation, string value) =>
        new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [annotation] = value } } };

    private static string Text(V1Secret? secret, string key) => Encoding.UTF8.GetString(secret!.Data[key]);
}
