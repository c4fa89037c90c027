using Microsoft.Extensions.Time.Testing;
using Operator.Access;
using Operator.Carto;
using Operator.TestKit;

namespace Operator.Tests.Accounts;

public sealed class ClientListingTests : IAsyncDisposable
{
    private const string Cluster = "0a1b2c";

    private static readonly Mark Ours = Mark.For(Cluster, "uid-1", 2);

    private readonly StubCarto _carto = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ClientListing _listing;

    public ClientListingTests() => _listing = new ClientListing(_carto, Cluster, _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _carto.DisposeAsync();

    [Fact]
    public async Task Find_OfManyClients_GivesThoseOfTheOwnerInThisCluster()
    {
        var finding = FindAsync();
        await EndListAsync(
            Client("1", Ours.NameFor("ETL", 255)),
            Client("2", Mark.For(Cluster, "uid-2", 2).NameFor("ETL", 255)),
            Client("3", Mark.For("ffffff", "uid-1", 2).NameFor("ETL", 255)),
            Client("4", "ETL"),
            Client("5", null),
            Client("6", Mark.For(Cluster, "uid-1", 3).NameFor("ETL", 255))
        );

        Assert.Equal([("1", 2), ("6", 3)], (await finding).Select(client => (client.ClientId, client.Serial)));
    }

    [Fact]
    public async Task Find_WhileAListIsUnderWay_WaitsForTheNextOneWhichAllShare()
    {
        var first = FindAsync();
        await BegunAsync(1);
        Task<IReadOnlyList<MarkedClient>>[] late = [.. Enumerable.Range(0, 10).Select(_ => FindAsync())];

        await EndListAsync();
        Assert.Empty(await first);
        await BegunAsync(2);
        Assert.All(late, find => Assert.False(find.IsCompleted));
        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));

        Assert.All(await Task.WhenAll(late), found => Assert.Single(found));
        Assert.Equal(2, _carto.Listed);
    }

    [Fact]
    public async Task Find_AfterAList_ListsAnew()
    {
        var first = FindAsync();
        await EndListAsync();
        await first;

        var second = FindAsync();
        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));

        Assert.Single(await second);
    }

    [Fact]
    public async Task Find_AThirdGeneration_DoesNotJoinAListThatHasBegun()
    {
        var first = FindAsync();
        await BegunAsync(1);
        var second = FindAsync();
        await EndListAsync();
        await first;
        await BegunAsync(2);

        var third = FindAsync();
        await EndListAsync();
        await second;
        await BegunAsync(3);

        Assert.False(third.IsCompleted);
        await EndListAsync();
        await third;
    }

    [Fact]
    public async Task Find_ListFails_AllWhoAskedHearOfItAndTheNextOneIsTried()
    {
        var first = FindAsync();
        await BegunAsync(1);
        Task[] late = [FindAsync(), FindAsync()];
        _carto.NextList().SetException(Failure());
        await Assert.ThrowsAsync<CartoException>(() => first);
        await BegunAsync(2);

        _carto.NextList().SetException(Failure());

        foreach (var find in late)
        {
            await Assert.ThrowsAsync<CartoException>(() => find);
        }

        var after = FindAsync();
        await EndListAsync();
        Assert.Empty(await after);
    }

    [Fact]
    public async Task Find_CallerGivesUp_TheListGoesOnForTheOthers()
    {
        using var giveUp = new CancellationTokenSource();
        var first = FindAsync();
        await BegunAsync(1);
        var impatient = _listing.AfterAsync(_time.GetTimestamp(), giveUp.Token);
        var patient = FindAsync();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await EndListAsync();
        await first;
        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));
        Assert.Single(await patient);
    }

    [Fact]
    public async Task Find_ListBeganAfterWhatItMustShow_IsUsedWhileItRunsAndForAWhileAfterIt()
    {
        var since = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var first = FindAsync();
        await BegunAsync(1);
        var during = FindAsync(since);
        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));
        await first;
        _time.Advance(ClientListing.KeepFor / 2);

        var after = FindAsync(since);

        Assert.Single(await during);
        Assert.Single(await after);
        Assert.Equal(1, _carto.Listed);
    }

    [Fact]
    public async Task Find_ListIsOld_ListsAnew()
    {
        var since = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var first = FindAsync();
        await EndListAsync();
        await first;

        var second = await Eventually.GetAsync(
            _ =>
            {
                _time.Advance(ClientListing.KeepFor);
                return Task.FromResult(FindAsync(since));
            },
            found => !found.IsCompleted,
            "the list to be dropped",
            Cancel
        );

        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));
        Assert.Single(await second);
    }

    [Fact]
    public async Task Find_ListFailed_IsNotUsedAgain()
    {
        var since = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var first = FindAsync();
        await BegunAsync(1);
        _carto.NextList().SetException(Failure());
        await Assert.ThrowsAsync<CartoException>(() => first);

        var second = FindAsync(since);
        await EndListAsync();

        Assert.Empty(await second);
    }

    [Fact]
    public async Task All_AfterAList_ListsAnew()
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var first = _listing.AllAsync(Cancel);
        await EndListAsync();
        await first;

        var second = _listing.AllAsync(Cancel);
        await EndListAsync(Client("1", "ETL"));

        Assert.Single((await second).Names);
    }

    /// <summary>Asks for what has happened up to now.</summary>
    private Task<IReadOnlyList<MarkedClient>> FindAsync() => FindAsync(_time.GetTimestamp());

    private async Task<IReadOnlyList<MarkedClient>> FindAsync(long since) =>
        (await _listing.AfterAsync(since, Cancel)).MarkedFor(Ours.Owner);

    private static OAuthClient Client(string id, string? name) => new(id, name, Secret: null, CreatedAt: null);

    private static CartoException Failure() => new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, "It failed."));

    private Task BegunAsync(int count) => Eventually.TrueAsync(() => _carto.Listed == count, $"list {count} to begin", Cancel);

    private async Task EndListAsync(params OAuthClient[] clients) =>
        (await Eventually.GetAsync(_ => Task.FromResult(_carto.NextList()), _ => true, "a list to begin", Cancel)).SetResult(
            new OAuthClientList(clients, Gap: null)
        );
}
