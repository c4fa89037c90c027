using k8s.Models;
using Operator.Contracts;
using Operator.Secrets;

namespace Operator.Tests.Secrets;

public sealed class SharedTextTests
{
    [Fact]
    public void Take_SecretOfTheResource_HasItsVeryStrings()
    {
        var (resource, secret) = (Resource("uid-1", "client-1"), Secret("uid-1", "client-1"));

        SharedText.Take(secret, resource);

        Assert.Same(resource.Metadata.Name, secret.OwnerReferences[0].Name);
        Assert.Same(resource.Metadata.Uid, secret.OwnerReferences[0].Uid);
        Assert.Same(resource.Status!.ClientId, secret.Annotations[WireNames.Annotations.ClientId]);
    }

    [Fact]
    public void Take_ResourceOfTheSecret_HasItsVeryStrings()
    {
        var (resource, secret) = (Resource("uid-1", "client-1"), Secret("uid-1", "client-1"));

        SharedText.Take(resource, secret);

        Assert.Same(secret.OwnerReferences[0].Name, resource.Metadata.Name);
        Assert.Same(secret.OwnerReferences[0].Uid, resource.Metadata.Uid);
        Assert.Same(secret.Annotations[WireNames.Annotations.ClientId], resource.Status!.ClientId);
    }

    [Fact]
    public void Take_ResourceOfAnother_StaysAsItIs()
    {
        var (resource, secret) = (Resource("uid-2", "client-2"), Secret("uid-1", "client-1"));
        secret.OwnerReferences[0].Name = "another";

        SharedText.Take(resource, secret);

        Assert.Equal(("etl", "uid-2", "client-2"), (resource.Metadata.Name, resource.Metadata.Uid, resource.Status!.ClientId));
    }

    [Fact]
    public void Take_SecretOfAnother_StaysAsItIs()
    {
        var (resource, secret) = (Resource("uid-2", "client-2"), Secret("uid-1", "client-1"));
        secret.OwnerReferences[0].Name = "another";

        SharedText.Take(secret, resource);

        Assert.Equal(
            ("another", "uid-1", "client-1"),
            (secret.OwnerReferences[0].Name, secret.OwnerReferences[0].Uid, secret.Annotations[WireNames.Annotations.ClientId])
        );
    }

    [Fact]
    public void Take_NeitherOwnerNorAnnotationsNorStatus_ChangesNothing()
    {
        var (resource, secret) = (Resource("uid-1", "client-1") with { Status = null }, new V1ObjectMeta { Name = "etl" });

        SharedText.Take(secret, resource);

        SharedText.Take(resource, secret);

        Assert.Null(secret.Annotations);
        Assert.Null(secret.OwnerReferences);
        Assert.Null(resource.Status);
    }

    // Strings of their own, as from two answers.
    private static M2MOAuthClient Resource(string uid, string client) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = Copy("etl"), Uid = Copy(uid) },
            Status = new M2MOAuthClientStatus { ClientId = Copy(client) },
        };

    private static V1ObjectMeta Secret(string uid, string client) =>
        new()
        {
            Name = Copy("etl"),
            OwnerReferences = [new V1OwnerReference { Name = Copy("etl"), Uid = Copy(uid) }],
            Annotations = new Dictionary<string, string> { [WireNames.Annotations.ClientId] = Copy(client) },
        };

    private static string Copy(string text) => new(text.AsSpan());
}
