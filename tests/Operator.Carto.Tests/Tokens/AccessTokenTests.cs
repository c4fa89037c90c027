using Operator.Carto.Tests.Stubs;
using Operator.Carto.Tokens;

namespace Operator.Carto.Tests.Tokens;

public sealed class AccessTokenTests
{
    [Fact]
    public void Read_Jwt_GivesItsClaims()
    {
        var token = AccessToken.Read(Jwt.Of("""{"sub":"auth0|u","http://app.carto.com/account_id":"ac_1","exp":1800000000}"""));

        Assert.Equal(("auth0|u", "ac_1"), (token.UserId, token.AccountId));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1800000000), token.ExpiresAt);
    }

    [Theory]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.!!!.c")]
    [InlineData("a.bm90IGpzb24.c")]
    [InlineData("")]
    public void Read_NoJwt_HasNoClaims(string text)
    {
        var end = DateTimeOffset.UnixEpoch.AddYears(60);
        var token = AccessToken.Read(text, end);

        Assert.Equal((text, null, null, end), (token.Value.Reveal(), token.UserId, token.AccountId, token.ExpiresAt!.Value));
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{"sub":7,"http://app.carto.com/account_id":null,"exp":"soon"}""")]
    [InlineData("""{"exp":1e300}""")]
    [InlineData("""{"exp":-5}""")]
    public void Read_ClaimsOfOtherTypes_AreNone(string claims)
    {
        var token = AccessToken.Read(Jwt.Of(claims));

        Assert.Equal((null, null, null), (token.UserId, token.AccountId, token.ExpiresAt));
    }

    [Theory]
    [InlineData(1000, 2000)]
    [InlineData(2000, 1000)]
    public void Read_TwoEnds_TheOneOfOurClockCounts(long claimed, long said) =>
        Assert.Equal(
            DateTimeOffset.FromUnixTimeSeconds(said),
            AccessToken.Read(Jwt.Of($$"""{"exp":{{claimed}}}"""), DateTimeOffset.FromUnixTimeSeconds(said)).ExpiresAt
        );

    [Fact]
    public void Print_NeverShowsTheToken() =>
        Assert.DoesNotContain("opaque", AccessToken.Read("opaque").ToString(), StringComparison.Ordinal);
}
