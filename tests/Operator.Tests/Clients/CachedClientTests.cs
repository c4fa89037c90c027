using k8s.Models;
using Operator.Access;
using Operator.Clients;
using Operator.Contracts;

namespace Operator.Tests.Clients;

public sealed class CachedClientTests
{
    private const string Uid = "11111111-2222-3333-4444-555555555555";

    private static readonly AccountRecord Account = new()
    {
        Kind = AccountKind.CartoAccount,
        Name = "ana",
        Uid = "account-uid",
    };

    [Fact]
    public void Reduce_StatusTellsTheAccount_DropsTheAnnotationAndNoOther()
    {
        var client = NewClient(new M2MOAuthClientStatus { ResourceUid = Uid, Account = Account with { Name = "ben" } });
        client.Metadata.Annotations["example.com/mine"] = "yes";

        CachedClient.Reduce(client);

        Assert.Equal(["example.com/mine"], client.Metadata.Annotations.Keys);
        Assert.Equal("ben", AccountKey.RecordOf(client)?.Name);
        Assert.Equal([WireNames.Finalizer], client.Metadata.Finalizers);
    }

    [Fact]
    public void Reduce_StatusOfAnotherResource_KeepsWhatTellsTheAccount()
    {
        var client = NewClient(new M2MOAuthClientStatus { ResourceUid = "another", Account = Account with { Name = "ben" } });

        CachedClient.Reduce(client);

        Assert.Equal("ana", AccountKey.RecordOf(client)?.Name);
    }

    [Fact]
    public void Reduce_StatusWasLost_KeepsWhatTellsTheAccount()
    {
        var client = NewClient(status: null);

        CachedClient.Reduce(client);

        Assert.Equal("ana", AccountKey.RecordOf(client)?.Name);
    }

    [Fact]
    public void Reduce_FinalizersOfOthersToo_KeepsAll()
    {
        var client = NewClient(status: null);
        client.Metadata.Finalizers.Add("example.com/theirs");

        CachedClient.Reduce(client);

        Assert.Equal([WireNames.Finalizer, "example.com/theirs"], client.Metadata.Finalizers);
    }

    private static M2MOAuthClient NewClient(M2MOAuthClientStatus? status)
    {
        var client = new M2MOAuthClient
        {
            Metadata = new V1ObjectMeta
            {
                Name = "etl",
                NamespaceProperty = "team",
                Uid = Uid,
                Finalizers = [WireNames.Finalizer],
            },
            Status = status,
        };
        client.Metadata.Annotations = new Dictionary<string, string>
        {
            [WireNames.Annotations.Account] = AccountKey.Annotate(Account, client),
        };
        return client;
    }
}
