using Operator.Access;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Tests.Accounts;

public sealed class AccountOwnersTests
{
    [Theory]
    [InlineData("u1", "ana", "u1", "ana", false)]
    [InlineData("u1", "ana", "u2", "ana", false)]
    [InlineData("u1", "ana", "u1", "ben", true)]
    [InlineData("u1", "ana", "u2", "ben", true)]
    [InlineData("u1", "x@clients", "u1", "y@clients", false)]
    [InlineData("u1", "x@clients", "u2", "y@clients", true)]
    [InlineData("u1", "x@clients", "u2", "x@clients", false)]
    [InlineData("u1", null, "u1", "ben", false)]
    [InlineData("u1", null, "u2", "ben", true)]
    public void MayBeAnother_TellsByTheUserAndElseByTheObject(string uid, string? user, string nowUid, string? nowUser, bool expected) =>
        Assert.Equal(expected, AccountOwners.MayBeAnother(Record(uid, user), Record(nowUid, nowUser)));

    [Fact]
    public void Update_SameAccountWithAnotherLogin_KeepsTheRecord()
    {
        var recorded = Record("u1", "x@clients");

        Assert.Same(recorded, AccountOwners.Update(recorded, Record("u1", "y@clients")));
        Assert.Equal("u2", AccountOwners.Update(recorded, Record("u2", "x@clients")).Uid);
        Assert.Equal("ana", AccountOwners.Update(Record("u1", null), Record("u1", "ana")).UserId);
    }

    [Fact]
    public void LoginOf_IsTheClientOfTheCredentialsOrElseOfTheToken()
    {
        var secret = new Sensitive("s");

        Assert.Equal("aB3", AccountOwners.LoginOf(new CartoCredentials.ClientCredentials("aB3", secret), "aB3@clients"));
        Assert.Equal("aB3", AccountOwners.LoginOf(new CartoCredentials.ClientCredentials("aB3", secret), null));
        Assert.Equal("aB3", AccountOwners.LoginOf(new CartoCredentials.AccessToken(secret), "aB3@clients"));
        Assert.Null(AccountOwners.LoginOf(new CartoCredentials.AccessToken(secret), "auth0|ana"));
        Assert.Null(AccountOwners.LoginOf(new CartoCredentials.AccessToken(secret), null));
        Assert.Null(AccountOwners.LoginOf(new CartoCredentials.RefreshToken("application", secret), "auth0|ana"));
    }

    private static AccountRecord Record(string uid, string? user) =>
        new()
        {
            Kind = AccountKind.CartoAccount,
            Name = "our",
            Uid = uid,
            UserId = user,
            AccountId = user is null ? null : "ac_1",
        };
}
