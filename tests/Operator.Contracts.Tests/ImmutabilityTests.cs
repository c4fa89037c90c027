using System.Net;
using System.Text.Json.Nodes;
using Operator.TestKit;

namespace Operator.Contracts.Tests;

/// <summary>What cannot be changed once it is there.</summary>
public sealed class ImmutabilityTests(KubernetesServer server)
{
    private readonly ResourceApi _api = new(server);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string, string, string?> RejectedUpdates()
    {
        var data = new TheoryData<string, string, string, string, string?>();
        foreach (var update in RejectedUpdate.All)
        {
            data.Add(update.Before, update.Patch, update.Field, update.Message, update.OwnClientId);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(RejectedUpdates))]
    public async Task Update_OfWhatIsImmutable_IsRefused(string before, string patch, string field, string message, string? ownClientId)
    {
        var refused = await UpdateAsync(before, patch, ownClientId);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Code);
        var cause = Assert.Single(refused.Causes);
        Assert.Equal(field, cause.Field);
        Assert.EndsWith(message, cause.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clientId: a", "{clientId: a, displayName: b}", null)]
    [InlineData("", "clientId: a", "a")]
    [InlineData("", "secret: {name: subject, type: Opaque}", null)]
    [InlineData("secret: {name: subject, type: Opaque}", "secret: null", null)]
    [InlineData("secret: {name: a, type: b}", "secret: {labels: {c: d}}", null)]
    [InlineData("rotation: {every: 90d}", "rotation: null", "a")]
    public async Task Update_OfEverythingElse_IsAccepted(string before, string patch, string? ownClientId)
    {
        var accepted = await UpdateAsync(before, patch, ownClientId);

        Assert.True(accepted.Code == HttpStatusCode.OK, accepted.Message);
    }

    private async Task<Answer> UpdateAsync(string before, string patch, string? ownClientId)
    {
        await server.ApplyCrdsAsync("config/crd", CancellationToken);
        await using var @namespace = await TestNamespace.CreateAsync(server, CancellationToken);
        var resource = await _api.CreateAsync(Resources.Create(M2MOAuthClient.KubeKind, before), @namespace.Name, CancellationToken);
        if (ownClientId is not null)
        {
            var status = new JsonObject { ["status"] = new JsonObject { ["clientId"] = ownClientId } };
            (await _api.PatchAsync(resource, @namespace.Name, status, CancellationToken, "status")).EnsureSuccess();
        }

        return await _api.PatchAsync(resource, @namespace.Name, new JsonObject { ["spec"] = Yaml.Parse(patch)[0] }, CancellationToken);
    }
}
