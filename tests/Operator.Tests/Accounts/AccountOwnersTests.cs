using Operator.Accounts;
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

    private static AccountRecord Record(string uid, string? user) =>
        new() { Kind = AccountKind.CartoAccount, Name = "our", Uid = uid, UserId = user, AccountId = user is null ? null : "ac_1" };
}
