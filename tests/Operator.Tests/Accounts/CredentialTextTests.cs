using System.Text;
using Operator.Access;
using Operator.Accounts;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Tests.Accounts;

public sealed class CredentialTextTests
{
    private const string Secret = "s3cr3t";

    private static readonly AccountSource Source = new(
        "spec.auth.accessToken.secretRef",
        new SourceObject(SourceKind.Secret, new ObjectKey("team", "carto")),
        "token"
    );

    [Theory]
    [InlineData(Secret)]
    [InlineData(" " + Secret + " ")]
    [InlineData("\t" + Secret + "\r\n\n")]
    public void Read_WhiteSpaceAround_IsDropped(string value) =>
        Assert.Equal(Secret, CredentialText.Read(Source, "token", Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void Read_EveryVisibleCharacter_IsKept()
    {
        var all = string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code));

        Assert.Equal(all, CredentialText.Read(Source, "token", Encoding.ASCII.GetBytes(all)));
    }

    [Theory]
    [InlineData(Secret + "\n" + Secret, "line break")]
    [InlineData(Secret + "\0", "control character")]
    [InlineData(Secret + "é", "not ASCII")]
    [InlineData("\uFEFF" + Secret, "not ASCII")]
    public void Read_WhatCannotBeACredential_IsNamedAndNotShown(string value, string what) =>
        AssertMalformed(() => CredentialText.Read(Source, "token", Encoding.UTF8.GetBytes(value)), what);

    [Fact]
    public void Read_BytesThatAreNoText_IsNamed() =>
        AssertMalformed(() => CredentialText.Read(Source, "token", [0x73, 0xff, 0xfe]), "is not text");

    [Fact]
    public void RequireToken_WithASpace_IsNamed() =>
        AssertMalformed(() => CredentialText.RequireToken(Source, "token", "Bearer " + Secret), "holds a space");

    private static void AssertMalformed(Func<object> read, string what)
    {
        var problem = Assert
            .Throws<AccountException>(() =>
            {
                read();
            })
            .Problem;
        Assert.Equal((Reasons.CredentialsMalformed, true), (problem.Reason, problem.NeedsPerson));
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
        Assert.Contains("in Secret team/carto the value of the key token", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem.Message, StringComparison.Ordinal);
    }
}
