using Operator.Access;
using Operator.Accounts;
using Operator.Contracts;

namespace Operator.Tests.Accounts;

public sealed class HostPolicyTests
{
    private static readonly AccountKey Key = new(AccountKind.CartoAccount, "team", "default");

    [Theory]
    [InlineData("*.carto.com", "https://gcp-us-east1.api.carto.com", true)]
    [InlineData("*.carto.com", "https://auth.carto.com:8443/x", true)]
    [InlineData("*.CARTO.com", "https://API.carto.COM", true)]
    [InlineData("*.carto.com", "https://carto.com", false)]
    [InlineData("*.carto.com", "https://evilcarto.com", false)]
    [InlineData("*.carto.com", "https://api.carto.com.evil.example", false)]
    [InlineData("carto.example.com", "https://carto.example.com/api", true)]
    [InlineData("carto.example.com", "https://x.carto.example.com", false)]
    [InlineData("10.0.0.7", "https://10.0.0.7:6443", true)]
    [InlineData("10.0.0.7", "https://10.7", true)]
    [InlineData("*.0.0.7", "https://169.254.169.254", false)]
    [InlineData("fd00::7", "https://[fd00::7]:8443", true)]
    [InlineData("[FD00:0::7]", "https://[fd00::7]/api", true)]
    [InlineData("fd00::7", "https://[fd00::8]", false)]
    [InlineData("10.0.0.7", "https://[::ffff:10.0.0.7]", false)]
    [InlineData("*.carto.com", "https://[fd00::7]", false)]
    public void Check_Host_IsAllowedByPattern(string pattern, string url, bool allowed)
    {
        var check = Record.Exception(() => new HostPolicy([pattern]).Check(Key, Addresses(url)));

        Assert.Equal(allowed, check is null);
    }

    [Fact]
    public void Check_Patterns_OneIsEnough() =>
        new HostPolicy(["other.example.com", "*.carto.com"]).Check(Key, Addresses("https://a.carto.com"));

    [Theory]
    [InlineData("spec.apiBaseUrl", "https://evil.example", "https://auth.carto.com/oauth/token", null, null)]
    [InlineData("spec.auth.tokenUrl", "https://a.carto.com", "https://evil.example/token", null, null)]
    [InlineData("spec.mcp.url", "https://a.carto.com", "https://auth.carto.com/oauth/token", "https://evil.example/mcp", null)]
    [InlineData("spec.http.baseUrl", "https://a.carto.com", "https://auth.carto.com/oauth/token", null, "https://evil.example/api")]
    public void Check_EachAddress_IsNamedWhenItIsNotAllowed(string field, string api, string token, string? mcp, string? http)
    {
        var addresses = AccountAddresses.Of(
            new AccountSpec
            {
                ApiBaseUrl = api,
                Auth = new AuthSpec { TokenUrl = token },
                Mcp = mcp is null ? null : new McpSpec { Url = mcp },
                Http = http is null ? null : new HttpSpec { BaseUrl = http },
            }
        );

        var problem = Assert.Throws<AccountException>(() => new HostPolicy(["*.carto.com", "x.example"]).Check(Key, addresses)).Problem;

        Assert.Equal((Reasons.HostNotAllowed, true), (problem.Reason, problem.NeedsPerson));
        Assert.StartsWith(
            $"{field}: a CartoAccount may not reach evil.example; the operator allows *.carto.com, x.example.",
            problem.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("https://[:::]")]
    [InlineData("https://[1::2::3]:8443/api")]
    public void Of_AddressThatLooksLikeIPv6AndIsNot_IsRefusedByField(string url)
    {
        var problem = Assert
            .Throws<AccountException>(() => AccountAddresses.Of(new AccountSpec { ApiBaseUrl = url, Auth = new AuthSpec() }))
            .Problem;

        Assert.Equal((Reasons.InvalidSpec, true), (problem.Reason, problem.NeedsPerson));
        Assert.StartsWith($"spec.apiBaseUrl: {url} is not an address", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ClusterAccount_MayReachAny() =>
        new HostPolicy(["*.carto.com"]).Check(Key with { Kind = AccountKind.ClusterCartoAccount }, Addresses("https://evil.example"));

    private static AccountAddresses Addresses(string url) => new(new Uri(url), new Uri(url), McpUrl: null, HttpUrl: null);
}
