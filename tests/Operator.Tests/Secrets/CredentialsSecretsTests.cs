using k8s.Models;
using Operator.Contracts;
using Operator.Runtime;
using Operator.Secrets;

namespace Operator.Tests.Secrets;

public sealed class CredentialsSecretsTests
{
    private static readonly M2MOAuthClient Resource = new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = "etl",
            NamespaceProperty = "team",
            Uid = "uid-1",
        },
    };

    [Theory]
    [InlineData("uid-1")]
    [InlineData("uid-2")]
    [InlineData(null)]
    public void Reduce_OfAnySecret_LeavesWhatAReconcileNeedsAndNothingElse(string? owner)
    {
        var metadata = new V1ObjectMeta
        {
            Name = "etl",
            NamespaceProperty = "team",
            Uid = "uid-3",
            ResourceVersion = "7",
            Labels = new Dictionary<string, string> { [WireNames.Labels.ManagedBy] = WireNames.Manager },
            Annotations = new Dictionary<string, string>
            {
                [WireNames.Annotations.ClientId] = "client-1",
                [WireNames.Annotations.Serial] = "3",
                [WireNames.Annotations.RenderedFrom] = "0123",
                ["example.com/long"] = new string('x', 1000),
            },
            OwnerReferences = owner is null
                ? null
                :
                [
                    new V1OwnerReference
                    {
                        ApiVersion = WireNames.ApiVersion,
                        Kind = M2MOAuthClient.KubeKind,
                        Name = "etl",
                        Uid = owner,
                        Controller = true,
                    },
                ],
        };
        var before = CredentialsSecrets.ViewOf(metadata, Resource);
        var secret = new MetadataOf<V1Secret> { Metadata = metadata };

        CredentialsSecrets.Reduce(secret);

        Assert.Equal(before, CredentialsSecrets.ViewOf(secret.Metadata, Resource));
        Assert.Equal(new ObjectKey("team", "etl"), ObjectKey.Of(secret));
        Assert.Null(secret.Metadata.Labels);
        Assert.Equal(3, secret.Metadata.Annotations.Count);

        // Others go on with what was read.
        Assert.Equal(4, metadata.Annotations.Count);
    }

    [Fact]
    public void Reduce_SecretWithoutAnnotations_IsSeenAsBefore()
    {
        var secret = new MetadataOf<V1Secret>
        {
            Metadata = new V1ObjectMeta { Name = "etl", NamespaceProperty = "team" },
        };

        CredentialsSecrets.Reduce(secret);

        Assert.IsType<SecretView.Foreign>(CredentialsSecrets.ViewOf(secret.Metadata, Resource));
    }
}
