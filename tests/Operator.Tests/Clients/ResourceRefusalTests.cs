using System.Net;
using System.Text.Json.Nodes;
using Operator.Clients;
using Operator.Contracts;
using Operator.Runtime;
using Operator.TestKit;

namespace Operator.Tests.Clients;

public sealed class ResourceRefusalTests(KubernetesServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnnotationsWithoutRoomForTheOperators_AreACondition_AndNoClientUntilThereIsRoom()
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        const string name = "example.com/notes";
        var resource = new JsonObject
        {
            ["apiVersion"] = WireNames.ApiVersion,
            ["kind"] = M2MOAuthClient.KubeKind,
            ["metadata"] = new JsonObject
            {
                ["name"] = "etl",
                ["annotations"] = new JsonObject { [name] = new string('x', (256 * 1024) - name.Length) },
            },
        };
        (await world.Namespace.Kubectl.RunAsync(["create", "-f", "-"], resource.ToJsonString(), Cancel)).EnsureSuccess();
        var stalled = ConditionSet.Find(
            (await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.ResourceNotWritten)).Status!.Conditions,
            ConditionTypes.Ready
        )!;

        Assert.Contains("metadata.annotations", stalled.Message, StringComparison.Ordinal);
        Assert.Contains("remove annotations, or write shorter ones", stalled.Message, StringComparison.Ordinal);
        Assert.Empty(world.Live);

        await world.KubectlAsync("annotate", "m2m", "etl", $"{name}=short", "--overwrite");
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    [Theory]
    [InlineData("GET secrets", HttpStatusCode.Forbidden, "lacks a permission")]
    [InlineData("PATCH m2moauthclients", HttpStatusCode.Forbidden, "lacks a permission")]
    [InlineData("POST secrets", HttpStatusCode.BadRequest, null)]
    public async Task RefusalInTheMiddleOfAReconcile_IsAConditionUntilItEnds(string call, HttpStatusCode status, string? words)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        var refused = 0;
        var ended = false;
        world.Calls.Intercept = async (request, send) =>
        {
            if (KubernetesCalls.Describe(request) != call || ended)
            {
                return await send();
            }

            Interlocked.Increment(ref refused);
            return Refusal(status);
        };
        await world.StartAsync();
        await world.ApplyAsync();

        await Eventually.TrueAsync(() => Volatile.Read(ref refused) > 0, "a refusal", Cancel);
        if (words is not null)
        {
            var said = ConditionSet.Find(
                (await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.ResourceNotWritten)).Status!.Conditions,
                ConditionTypes.Ready
            )!;
            Assert.Contains(words, said.Message, StringComparison.Ordinal);
            Assert.Contains("no, not this", said.Message, StringComparison.Ordinal);
            Assert.Empty(world.Live);
        }

        ended = true;
        await world.WaitSyncedAsync();
        await world.AssertOneWorkingClientAsync();
    }

    private static HttpResponseMessage Refusal(HttpStatusCode status) =>
        new(status)
        {
            Content = new StringContent(
                new JsonObject
                {
                    ["kind"] = "Status",
                    ["apiVersion"] = "v1",
                    ["metadata"] = new JsonObject(),
                    ["status"] = "Failure",
                    ["message"] = "is forbidden: User \"operator\" cannot do it: no, not this",
                    ["reason"] = $"{status}",
                    ["code"] = (int)status,
                }.ToJsonString()
            ),
        };

    [Fact]
    public void EndOf_OtherFailure_IsNoEnd()
    {
        var invalid = new KubernetesApiException(HttpStatusCode.UnprocessableEntity, "Invalid", "status: Invalid value", retryAfter: null);
        var conflict = new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "the object has been modified", retryAfter: null);

        Assert.IsType<Step.Wait>(ResourceRefusal.EndOf(new Step.RecordPending(1, null, null, null), invalid));
        Assert.Null(ResourceRefusal.EndOf(new Step.AddFinalizer(), conflict));
        Assert.IsType<Step.Stall>(ResourceRefusal.EndOf(new Step.AddFinalizer(), invalid));
    }
}
