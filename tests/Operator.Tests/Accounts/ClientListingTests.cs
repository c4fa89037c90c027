using Operator.Accounts;
using Operator.Carto;
using Operator.Clients;
using Operator.TestKit;

namespace Operator.Tests.Accounts;

public sealed class ClientListingTests : IAsyncDisposable
{
    private const string Cluster = "0a1b2c";

    private static readonly Marker Ours = Marker.For(Cluster, "uid-1", 2);

    private readonly StubCarto _carto = new();
    private readonly ClientListing _listing;

    public ClientListingTests() => _listing = new ClientListing(_carto, Cluster);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _carto.DisposeAsync();

    [Fact]
    public async Task Find_OfManyClients_GivesThoseOfTheOwnerInThisCluster()
    {
        var finding = _listing.FindAsync(Ours.Owner, Cancel);
        await EndListAsync(
            Client("1", Ours.NameFor("ETL", 255)),
            Client("2", Marker.For(Cluster, "uid-2", 2).NameFor("ETL", 255)),
            Client("3", Marker.For("ffffff", "uid-1", 2).NameFor("ETL", 255)),
            Client("4", "ETL"),
            Client("5", null),
            Client("6", Marker.For(Cluster, "uid-1", 3).NameFor("ETL", 255)));

        Assert.Equal([("1", 2), ("6", 3)], (await finding).Select(client => (client.ClientId, client.Serial)));
    }

    [Fact]
    public async Task Find_WhileAListIsUnderWay_WaitsForTheNextOneWhichAllShare()
    {
        var first = _listing.FindAsync(Ours.Owner, Cancel);
        await BegunAsync(1);
        Task<IReadOnlyList<MarkedClient>>[] late = [.. Enumerable.Range(0, 10).Select(_ => _listing.FindAsync(Ours.Owner, Cancel))];

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
        var first = _listing.FindAsync(Ours.Owner, Cancel);
        await EndListAsync();
        await first;

        var second = _listing.FindAsync(Ours.Owner, Cancel);
        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));

        Assert.Single(await second);
    }

    [Fact]
    public async Task Find_AThirdGeneration_DoesNotJoinAListThatHasBegun()
    {
        var first = _listing.FindAsync(Ours.Owner, Cancel);
        await BegunAsync(1);
        var second = _listing.FindAsync(Ours.Owner, Cancel);
        await EndListAsync();
        await first;
        await BegunAsync(2);

        var third = _listing.FindAsync(Ours.Owner, Cancel);
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
        var first = _listing.FindAsync(Ours.Owner, Cancel);
        await BegunAsync(1);
        Task[] late = [_listing.FindAsync(Ours.Owner, Cancel), _listing.FindAsync(Ours.Owner, Cancel)];
        _carto.NextList().SetException(Failure());
        await Assert.ThrowsAsync<CartoException>(() => first);
        await BegunAsync(2);

        _carto.NextList().SetException(Failure());

        foreach (var find in late)
        {
            await Assert.ThrowsAsync<CartoException>(() => find);
        }

        var after = _listing.FindAsync(Ours.Owner, Cancel);
        await EndListAsync();
        Assert.Empty(await after);
    }

    [Fact]
    public async Task Find_CallerGivesUp_TheListGoesOnForTheOthers()
    {
        using var giveUp = new CancellationTokenSource();
        var first = _listing.FindAsync(Ours.Owner, Cancel);
        await BegunAsync(1);
        var impatient = _listing.FindAsync(Ours.Owner, giveUp.Token);
        var patient = _listing.FindAsync(Ours.Owner, Cancel);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await EndListAsync();
        await first;
        await EndListAsync(Client("1", Ours.NameFor("ETL", 255)));
        Assert.Single(await patient);
    }

    private static OAuthClient Client(string id, string? name) => new(id, name, Secret: null, CreatedAt: null);

    private static CartoException Failure() => new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, "It failed."));

    private Task BegunAsync(int count) => Eventually.TrueAsync(() => _carto.Listed == count, $"list {count} to begin", Cancel);

    private async Task EndListAsync(params OAuthClient[] clients) =>
        (await Eventually.GetAsync(_ => Task.FromResult(_carto.NextList()), _ => true, "a list to begin", Cancel)).SetResult(clients);
}
