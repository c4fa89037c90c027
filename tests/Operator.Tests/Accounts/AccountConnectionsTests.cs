using Microsoft.Extensions.Time.Testing;
using Operator.Access;
using Operator.Accounts;
using Operator.Carto;
using Operator.Contracts;

namespace Operator.Tests.Accounts;

public sealed class AccountConnectionsTests : ICartoApiFactory, IAsyncDisposable
{
    private static readonly AccountKey Key = new(AccountKind.ClusterCartoAccount, null, "default");

    private readonly List<StubCarto> _made = [];
    private readonly AccountConnections _connections;

    public AccountConnectionsTests() => _connections = new AccountConnections(this, new FakeTimeProvider());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ICartoApi Create(CartoApiOptions options)
    {
        _made.Add(new StubCarto());
        return _made[^1];
    }

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    [Fact]
    public async Task Get_EqualSettings_IsTheSame()
    {
        var first = await _connections.GetAsync(Key, Options());

        Assert.Same(first, await _connections.GetAsync(Key, Options()));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("url")]
    [InlineData("bundle")]
    public async Task Get_OtherSettings_IsANewOneAndTheFormerIsClosed(string what)
    {
        await _connections.GetAsync(Key, Options());

        await _connections.GetAsync(
            Key,
            what switch
            {
                "secret" => Options() with { Credentials = new CartoCredentials.ClientCredentials("id", new Sensitive("other")) },
                "url" => Options() with { ApiBaseUrl = new Uri("https://other.example.com") },
                _ => Options() with { CaBundlePem = "pem" },
            }
        );

        Assert.Equal([1, 0], _made.Select(carto => carto.Closed));
    }

    [Fact]
    public async Task Connect_KnowsTheClientThatTheAccountLogsInWith() => Assert.Equal("id", (await ConnectAsync()).LoginClientId);

    [Fact]
    public async Task Close_AnAccessIsInUse_ClosesWhenThatIsDone()
    {
        var access = await ConnectAsync();

        await _connections.CloseAsync(Key);
        Assert.Equal(0, _made[0].Closed);

        await access.ReleaseAsync();
        Assert.Equal(1, _made[0].Closed);
    }

    [Fact]
    public async Task Release_OfAnAccess_LeavesTheConnectionOpen()
    {
        await (await ConnectAsync()).ReleaseAsync();

        Assert.Equal(0, _made[0].Closed);
    }

    [Fact]
    public async Task Connect_AgainWithTheSameOutcome_IsTheSameAccessWhileItIsPublished()
    {
        var access = await ConnectAsync();

        Assert.Same(access, await ConnectAsync(published: access));
        Assert.NotSame(access, await ConnectAsync(published: null));
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("rename")]
    [InlineData("tools")]
    [InlineData("uid")]
    public async Task Connect_AgainWithAnotherOutcome_IsAnotherAccess(string what)
    {
        var access = await ConnectAsync();
        var info = _made[0].Info;
        _made[0].Info = what switch
        {
            "owner" => info with { UserId = "bea" },
            "rename" => info with { CanRename = false },
            "tools" => info with { Operations = ["list: some"] },
            _ => info,
        };

        Assert.NotSame(access, await ConnectAsync(published: access, uid: what == "uid" ? "other" : "uid"));
    }

    [Fact]
    public async Task Dispose_InUse_ClosesAllOnce()
    {
        var access = await ConnectAsync();

        await _connections.DisposeAsync();
        await access.ReleaseAsync();

        Assert.Equal(1, _made[0].Closed);
    }

    private static CartoApiOptions Options() =>
        new()
        {
            ApiBaseUrl = new Uri("https://api.example.com"),
            TokenUrl = new Uri("https://auth.example.com/oauth/token"),
            Audience = "audience",
            Credentials = new CartoCredentials.ClientCredentials("id", new Sensitive("secret")),
        };

    private async Task<AccountAccess> ConnectAsync(AccountAccess? published = null, string uid = "uid")
    {
        var connection = await _connections.GetAsync(Key, Options());
        return await connection.ConnectAsync(
            _ => new AccountRecord
            {
                Kind = Key.Kind,
                Name = Key.Name,
                Uid = uid,
            },
            "0a1b2c",
            request: null,
            published,
            Cancel
        );
    }
}
