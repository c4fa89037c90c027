using Operator.Access;
using Operator.Contracts;

namespace Operator.Tests.Accounts;

public sealed class AdoptionPolicyTests
{
    private static readonly string Owner = Mark.OwnerOf("uid");

    [Fact]
    public void Refusal_ClusterAccountThatSaysNothing_IsOfEveryClient()
    {
        Assert.Equal(
            "spec.clientId: ClusterCartoAccount shared does not allow this client to be adopted: have its ID added to "
                + "spec.adoption.clientIds of the account, or a "
                + "pattern that its name matches to spec.adoption.names",
            Cluster(null).Refusal("aB3", "ETL", Owner, static _ => false)
        );
        Assert.NotNull(Cluster(new AdoptionSpec()).Refusal("aB3", "ETL", Owner, static _ => false));
        Assert.NotNull(Cluster(new AdoptionSpec { ClientIds = [], Names = [] }).Refusal("aB3", "ETL", Owner, static _ => false));
    }

    [Fact]
    public void Refusal_NamespacedAccount_IsOfNoClientThatIsNobodys() =>
        Assert.Null(Namespaced().Refusal("aB3", "ETL", Owner, static _ => false));

    /// <summary>A list in a namespaced account cannot be written; one that slips through gives and takes nothing.</summary>
    [Fact]
    public void Refusal_NamespacedAccountWithAList_DoesNotCountIt() =>
        Assert.Null(
            (Namespaced() with { Allowed = new AdoptionSpec { ClientIds = ["other"] } }).Refusal("aB3", "ETL", Owner, static _ => false)
        );

    [Theory]
    [InlineData("aB3", true)]
    [InlineData("ab3", false)]
    [InlineData("aB", false)]
    [InlineData("aB34", false)]
    [InlineData("a*", false)]
    public void Refusal_AllowedIds_AreExact(string clientId, bool allowed) =>
        Assert.Equal(
            allowed,
            Cluster(new AdoptionSpec { ClientIds = ["aB3", "*"] }).Refusal(clientId, "ETL", Owner, static _ => false) is null
        );

    [Theory]
    [InlineData("ETL", "ETL", true)]
    [InlineData("ETL", "etl", false)]
    [InlineData("ETL", "ETL 2", false)]
    [InlineData("ETL", "ETL\n", false)]
    [InlineData("ETL *", "ETL weekly", true)]
    [InlineData("ETL *", "ETL a\nb", true)]
    [InlineData("ETL *", "ETL", false)]
    [InlineData("ETL *", "My ETL weekly", false)]
    [InlineData("*ETL*", "My ETL weekly", true)]
    [InlineData("*a*b*", "xbxaxbx", true)]
    [InlineData("*a*b*", "xbxax", false)]
    [InlineData("*", "", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a?c", "abc", false)]
    [InlineData("a?c", "a?c", true)]
    [InlineData("[ab](c)+^$|\\", "[ab](c)+^$|\\", true)]
    public void Refusal_AllowedNames_ArePatternsOfTheWholeName(string pattern, string name, bool allowed) =>
        Assert.Equal(
            allowed,
            Cluster(new AdoptionSpec { Names = ["other", pattern] }).Refusal("aB3", name, Owner, static _ => false) is null
        );

    [Fact]
    public void Refusal_Login_IsAlwaysAndExact()
    {
        var everything = new AdoptionSpec { ClientIds = ["login"], Names = ["*"] };

        Assert.Equal(
            "spec.clientId: ClusterCartoAccount shared itself logs in with this client, so it cannot be adopted: write a new resource "
                + "with the ID of another client, "
                + "or without one, to have a client created",
            Cluster(everything).Refusal("login", "Login", Owner, static _ => false)
        );
        Assert.NotNull(Namespaced().Refusal("login", Named("uid"), Owner, static _ => false));
        Assert.Null(Namespaced().Refusal("Login", "Login", Owner, static _ => false));
        Assert.Null((Namespaced() with { LoginClientId = null }).Refusal("login", "Login", Owner, static _ => false));
    }

    [Theory]
    [InlineData("0a1b2c")]
    [InlineData("ffffff")]
    public void Refusal_MarkOfAnotherResource_IsAlways(string cluster)
    {
        var name = Mark.For(cluster, "another", 3).NameFor("ETL", 255);
        var refusal =
            $"spec.clientId: this client bears the mark of another resource, of the cluster {cluster}, so it cannot be adopted: write a "
            + "new resource with the ID of "
            + "another client; if that other resource no longer exists, first remove the mark from the client's name in CARTO";

        Assert.Equal(refusal, Namespaced().Refusal("aB3", name, Owner, static _ => false));
        Assert.Equal(
            refusal,
            Cluster(new AdoptionSpec { ClientIds = ["aB3"], Names = ["*"] }).Refusal("aB3", name, Owner, static _ => false)
        );
    }

    /// <summary>The account's consent was given when the mark was put there: a new name must not end what was adopted.</summary>
    [Fact]
    public void Refusal_OwnMark_IsNone()
    {
        Assert.Null(Namespaced().Refusal("aB3", Named("uid"), Owner, static _ => false));
        Assert.Null(Cluster(null).Refusal("aB3", Named("uid"), Owner, static _ => false));
    }

    [Fact]
    public void Refusal_NameThatIsNotTold_IsAlways()
    {
        Assert.Contains("name it in CARTO", Namespaced().Refusal("aB3", null, Owner, static _ => false), StringComparison.Ordinal);
        Assert.NotNull(Cluster(new AdoptionSpec { ClientIds = ["aB3"] }).Refusal("aB3", null, Owner, static _ => false));
        Assert.Null(Namespaced().Refusal("aB3", "", Owner, static _ => false));
    }

    private static AdoptionPolicy Cluster(AdoptionSpec? allowed) =>
        new(AccountKey.Of(AccountKind.ClusterCartoAccount, "team", "shared"), allowed, "login");

    private static AdoptionPolicy Namespaced() => new(AccountKey.Of(AccountKind.CartoAccount, "team", "ours"), null, "login");

    private static string Named(string uid) => Mark.For("0a1b2c", uid, 1).NameFor("ETL", 255);
}
