using Operator.Commands;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Commands;

public sealed class RotateAndTokenTests(KubernetesServer server)
{
    /// <summary>What the conditions say of a resource that no operator has seen.</summary>
    private const string Unseen =
        " (Pending: the operator has not seen this yet; if this does not change, check that the operator is running)";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rotate_SetsTheAnnotation()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        var client = world.Carto.CreateClient(world.User, "ETL");
        await world.ApplyResourceAsync("etl", client);

        var result = await world.RunAsync("rotate", "etl", "-o", "yaml");

        var resource = await world.Api.For(Kinds.Clients).GetAsync(new(world.Namespace, "etl"), Cancel);
        var request = resource!.Metadata.Annotations[WireNames.Annotations.RotateRequestedAt];
        Assert.Equal(
            $"namespace: {world.Namespace}\nname: etl\nrequest: {request}\nreplacedClientId: {client.Id}\nsecret: etl\n",
            result.Output.Replace("'", "", StringComparison.Ordinal)
        );
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("suspend: true", true, "is suspended: set spec.suspend to false first")]
    [InlineData("", false, "has no client yet, so there is nothing to rotate" + Unseen)]
    public async Task Rotate_WhatTheOperatorWouldNotRotate_IsRefused(string spec, bool hasClient, string why)
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyResourceAsync("etl", hasClient ? world.Carto.CreateClient(world.User, "ETL") : null, spec);

        var result = await world.RunAnywhereAsync("rotate", $"{world.Namespace}/etl");

        Assert.Equal($"operator: {world.Namespace}/etl {why}\n", result.Error);
        Assert.Equal((ExitCodes.Failed, ""), (result.ExitCode, result.Output));
        var resource = await world.Api.For(Kinds.Clients).GetAsync(new(world.Namespace, "etl"), Cancel);
        Assert.False(resource!.Metadata.Annotations.ContainsKey(WireNames.Annotations.RotateRequestedAt));
    }

    [Fact]
    public async Task Rotate_WaitWithoutAnOperator_SaysThatNobodyTookItUp()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyResourceAsync("etl", world.Carto.CreateClient(world.User, "ETL"));

        var result = await world.RunAsync("rotate", "etl", "--wait", "--timeout", "1s", "--progress");

        Assert.Equal(
            $"waiting for the new credentials of {world.Namespace}/etl{Unseen}\n"
                + $"operator: {world.Namespace}/etl is not rotated after 1 s: no operator has taken up the request{Unseen}. It stays in "
                + "force; see whether the operator "
                + "runs, and whether it watches this namespace\n",
            result.Error
        );
        Assert.Equal((ExitCodes.Failed, ""), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Rotate_WaitForAResourceThatIsStalled_ReportsWhy()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyResourceAsync("etl", world.Carto.CreateClient(world.User, "ETL"));
        await world
            .Api.For(Kinds.Clients)
            .PatchAsync(
                new(world.Namespace, "etl"),
                """
            {"status":{"conditions":[{"type":"Stalled","status":"True","reason":"Rejected","message":"CARTO refused: not today","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}
            """u8.ToArray(),
                "status",
                Cancel
            );
        world.Time = new FastTime();

        var result = await world.RunAsync("rotate", "etl", "--wait");

        Assert.Equal($"operator: {world.Namespace}/etl is not rotated: Rejected: CARTO refused: not today\n", result.Error);
        Assert.Equal(ExitCodes.Failed, result.ExitCode);
    }

    [Fact]
    public async Task Token_OfASecret_IsPrintedAlone()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var client = world.Carto.CreateClient(world.User, "ETL");
        await world.ApplyPairAsync(await world.ApplyResourceAsync("etl", client), client.Id, client.Secret);

        var result = await world.RunAsync("token", "etl");

        world.Forget(result.Output);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(result.Output.TrimEnd('\n'), world.Carto.SecretsEverIssued);
        Assert.StartsWith($"operator: an access token of the client {client.Id}, good until ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_WithAPairThatIsRefused_PrintsNothing()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        var client = world.Carto.CreateClient(world.User, "ETL");
        await world.ApplyPairAsync(await world.ApplyResourceAsync("etl", client), client.Id, "wrong");

        var result = await world.RunAsync("token", "etl");

        Assert.Equal((ExitCodes.CredentialsRefused, ""), (result.ExitCode, result.Output));
        Assert.Equal("operator: 127.0.0.1 refuses the credentials. It says: access_denied, Unauthorized\n", result.Error);
    }

    [Fact]
    public async Task Token_OfASecretThatIsNotTheResources_PrintsNothing()
    {
        await using var world = await ToolWorld.CreateAsync(server);
        await world.ApplyAccountAsync();
        await world.ApplyResourceAsync("etl", world.Carto.CreateClient(world.User, "ETL"));
        await world.ApplySecretAsync(
            "etl",
            (WireNames.SecretKeys.ClientId, world.User.ClientId),
            (WireNames.SecretKeys.ClientSecret, world.User.ClientSecret)
        );

        var result = await world.RunAsync("token", "etl");

        Assert.Equal((ExitCodes.Failed, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(
            $"operator: the Secret {world.Namespace}/etl holds no credentials of {world.Namespace}/etl: ",
            result.Error,
            StringComparison.Ordinal
        );
    }

    /// <summary>A second lasts ten milliseconds, except for timers.</summary>
    private sealed class FastTime : TimeProvider
    {
        public override long GetTimestamp() => base.GetTimestamp() * 100;
    }
}
