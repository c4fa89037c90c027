using k8s.Models;
using Operator.Access;
using Operator.Contracts;
using Operator.Protection;
using Operator.Runtime;

namespace Operator.Tests.Protection;

/// <summary>When a resource uses an account, and which objects a change of an account concerns.</summary>
public sealed class AccountUseTests
{
    private static readonly DateTime Now = TimeProvider.System.GetUtcNow().UtcDateTime;

    [Fact]
    public void Uses_ResourceThatNamesIt_UntilTheAccountOrTheResourceGoes()
    {
        var resource = Resource(spec: "a");

        Assert.True(AccountUse.Uses(resource, Key("a"), accountGoes: false));
        Assert.False(AccountUse.Uses(resource, Key("a"), accountGoes: true));
        Assert.False(AccountUse.Uses(resource, Key("b"), accountGoes: false));
        resource.Metadata.DeletionTimestamp = Now;
        Assert.False(AccountUse.Uses(resource, Key("a"), accountGoes: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Uses_ResourceWhoseClientMayBeThere_UntilItsFinalizerIsGone(bool resourceGoes)
    {
        var resource = Resource(spec: "b", annotation: "a", finalizer: true);
        resource.Metadata.DeletionTimestamp = resourceGoes ? Now : null;

        Assert.True(AccountUse.Uses(resource, Key("a"), accountGoes: false));
        Assert.True(AccountUse.Uses(resource, Key("a"), accountGoes: true));
        Assert.False(AccountUse.Uses(resource, Key("b"), accountGoes: true));

        resource.Metadata.Finalizers = null;
        Assert.False(AccountUse.Uses(resource, Key("a"), accountGoes: true));
    }

    [Theory]
    [InlineData("current")]
    [InlineData("pending")]
    [InlineData("retiring")]
    public void Uses_AccountOfAnyClientOnRecord_AlsoWhenItGoes(string where)
    {
        var resource = Resource(spec: "z", finalizer: true) with
        {
            Status = new M2MOAuthClientStatus
            {
                ResourceUid = "uid",
                Account = Record("current"),
                Current = new ClientRecord { ClientId = "1", Serial = 1 },
                Pending = new PendingClient { Serial = 3, Account = Record("pending") },
                Retiring = [new RetiringClient { ClientId = "0", Account = Record("retiring") }],
            },
        };

        Assert.True(AccountUse.Uses(resource, Key(where), accountGoes: true));
        Assert.False(AccountUse.Uses(resource, Key("z"), accountGoes: true));
    }

    [Fact]
    public void ConcernedBy_AccountNamesAnotherSecret_IsAboutBoth()
    {
        var change = new Change<CartoAccount>(
            ChangeKind.Updated,
            default,
            Account("first", generation: 1),
            Account("second", generation: 2)
        );

        Assert.Equal(["first", "second"], SourceUse.ConcernedBy(SourceKind.Secret, change).Select(key => key.Name));
        Assert.Equal(["bundle"], SourceUse.ConcernedBy(SourceKind.ConfigMap, change).Select(key => key.Name));
    }

    [Fact]
    public void ConcernedBy_OnlyTheStatusChanged_IsAboutNothing()
    {
        var change = new Change<CartoAccount>(
            ChangeKind.Updated,
            default,
            Account("first", generation: 1),
            Account("first", generation: 1)
        );

        Assert.Empty(SourceUse.ConcernedBy(SourceKind.Secret, change));
    }

    [Fact]
    public void ConcernedBy_AccountIsReleasedOrGone_IsAboutWhatItNamed()
    {
        var kept = Account("first", generation: 1);
        kept.Metadata.Finalizers = [WireNames.InUseFinalizer];
        var released = new Change<CartoAccount>(ChangeKind.Updated, default, kept, Account("first", generation: 1));
        var gone = new Change<CartoAccount>(ChangeKind.Deleted, default, kept, null);

        Assert.Equal(["first"], SourceUse.ConcernedBy(SourceKind.Secret, released).Select(key => key.Name));
        Assert.Equal(["first"], SourceUse.ConcernedBy(SourceKind.Secret, gone).Select(key => key.Name));
    }

    private static AccountKey Key(string name) => new(AccountKind.CartoAccount, "team", name);

    private static AccountRecord Record(string name) =>
        new()
        {
            Kind = AccountKind.CartoAccount,
            Name = name,
            Uid = $"{name}-uid",
        };

    private static M2MOAuthClient Resource(string spec, string? annotation = null, bool finalizer = false) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = "team",
                Name = "etl",
                Uid = "uid",
                Finalizers = finalizer ? [WireNames.Finalizer] : null,
                Annotations = annotation is null
                    ? null
                    : new Dictionary<string, string> { [WireNames.Annotations.Account] = $"CartoAccount/{annotation}/account-uid/uid" },
            },
            Spec = new M2MOAuthClientSpec
            {
                AccountRef = new AccountReference { Kind = AccountKind.CartoAccount, Name = spec },
            },
        };

    private static CartoAccount Account(string secret, long generation) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = "team",
                Name = "our",
                Uid = "uid",
                Generation = generation,
            },
            Spec = new AccountSpec
            {
                Auth = new AuthSpec
                {
                    ClientCredentials = new ClientCredentialsSource { SecretRef = new ObjectReference { Name = secret } },
                },
                CaBundle = new CaBundleSource { ConfigMapRef = new KeyReference { Name = "bundle" } },
            },
        };
}
