using Operator.Contracts;
using Operator.TestKit;

namespace Operator.Tests.Clients;

/// <summary>A Secret that the API server would refuse is found out before there is a client whose credentials nobody could have.</summary>
public sealed class ClientSecretShapeTests(KubernetesServer server)
{
    [Theory]
    [InlineData(
        "{secret: {type: kubernetes.io/dockerconfigjson, template: {.dockerconfigjson: 'no JSON'}}}",
        "the value of .dockerconfigjson is no JSON"
    )]
    [InlineData("{secret: {type: kubernetes.io/ssh-auth, template: {ssh-privatekey: ''}}}", "the value of ssh-privatekey is empty")]
    public async Task SecretThatTheServerWouldRefuse_IsACondition_AndNoClientIsCreated(string spec, string message)
    {
        await using var world = await ClientWorld.CreateAsync(server);
        await world.StartAsync();

        await world.ApplyAsync(spec);
        var stalled = await world.WaitAsync(ConditionTypes.Ready, "False", Reasons.InvalidSecretTemplate);

        Assert.Contains(message, ConditionSet.Find(stalled.Status!.Conditions, ConditionTypes.Ready)!.Message, StringComparison.Ordinal);
        Assert.Empty(world.Live);
        Assert.Null(await world.SecretAsync());
    }
}
