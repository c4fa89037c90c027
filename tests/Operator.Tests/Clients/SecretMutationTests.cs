using System.Text.Json.Nodes;
using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>
/// A mutating policy changes the credentials Secret on its way into the cluster. The server of the tests has no webhooks: here the request
/// is
/// changed before it reaches the server, as a webhook would.
/// </summary>
public sealed class SecretMutationTests(KubernetesServer server)
{
    private const int Reconciles = 5;

    private const string RenderedFrom = WireNames.Annotations.RenderedFrom;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PolicyAddsAKeyAndALabel_IsHarmless()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        Mutate(world, secret =>
        {
            secret["data"]!["ADDED"] = "eA==";
            secret["metadata"]!["labels"]!["team"] = "data";
        });
        await world.StartAsync();

        await world.ApplyAsync();
        await world.WaitSyncedAsync();
        await world.WaitIdleAsync();
        world.Nudge();
        await world.WaitIdleAsync();

        Assert.Single(SecretWrites(world));
        await world.AssertOneWorkingClientAsync();
    }

    public static TheoryData<string, string> Harms =>
        new()
        {
            { "annotation dropped", $"metadata.annotations[{RenderedFrom}]" },
            { "label changed", $"metadata.labels[{WireNames.Labels.ManagedBy}]" },
            { "value changed", $"data[{WireNames.SecretKeys.ClientSecret}]" },
        };

    [Theory]
    [MemberData(nameof(Harms))]
    public async Task PolicyChangesWhatTheOperatorWrites_EndsAtAConditionThatNamesTheField(string harm, string field)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        Mutate(world, secret =>
        {
            switch (harm)
            {
                case "annotation dropped":
                    secret["metadata"]!["annotations"]!.AsObject().Remove(RenderedFrom);
                    break;
                case "label changed":
                    secret["metadata"]!["labels"]![WireNames.Labels.ManagedBy] = "policy";
                    break;
                default:
                    secret["data"]![WireNames.SecretKeys.ClientSecret] = "eA==";
                    break;
            }
        });
        await world.StartAsync();

        await world.ApplyAsync();
        var stalled = await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.SecretMutated);
        Assert.Contains(field, ConditionSet.Find(stalled.Status!.Conditions, ConditionTypes.Synced)!.Message, StringComparison.Ordinal);
        await world.WaitIdleAsync();
        world.Calls.Forget();
        for (var i = 0; i < Reconciles; i++)
        {
            world.Nudge();
            await world.WaitIdleAsync();
        }

        await world.WaitAsync(ConditionTypes.Synced, "False", Reasons.SecretMutated);
        // One write each time, and none of its own accord.
        Assert.InRange(SecretWrites(world).Count(), 1, Reconciles);
        Assert.Single(world.Live);

        // Once the policy leaves Secrets of the operator out, nothing is left of it.
        world.Calls.Intercept = null;
        world.Nudge();
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    private static IEnumerable<string> SecretWrites(ClientWorld world) =>
        world.Calls.Writes.Where(call => call is "POST secrets" or "PUT secrets");

    private static void Mutate(ClientWorld world, Action<JsonNode> change) =>
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) is "POST secrets" or "PUT secrets")
            {
                var secret = JsonNode.Parse(await request.Content!.ReadAsStringAsync(Cancel))!;
                change(secret);
                var mutated = new StringContent(secret.ToJsonString());
                mutated.Headers.ContentType = request.Content.Headers.ContentType;
                request.Content = mutated;
            }

            return await send();
        };
}
