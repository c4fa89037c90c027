using Operator.Carto.Clients;

namespace Operator.Carto.Tests.Mcp;

public sealed class PageWalkTests
{
    private static readonly Paging Cursor = new("cursor", PagingKind.Cursor);
    private static readonly Paging Offset = new("offset", PagingKind.Offset);

    [Fact]
    public void Take_NothingSaysMore_IsTheLast()
    {
        Assert.Null(new PageWalk().Take(Page("a b"), null));
        Assert.Null(new PageWalk().Take(Page("a b"), Cursor));
        Assert.Null(new PageWalk().Take(Page("a b", total: 2), Offset));
        Assert.Null(new PageWalk().Take(Page("a b", hasMore: false), Offset));
        Assert.Null(new PageWalk().Take(Page(""), Offset));
    }

    [Fact]
    public void Take_Cursors_AreFollowedToTheEnd()
    {
        var walk = new PageWalk();

        Assert.Equal("cursor=1", Text(walk.Take(Page("a b", cursor: "1"), Cursor)));
        Assert.Equal("cursor=2", Text(walk.Take(Page("b c", cursor: "2"), Cursor)));
        Assert.Null(walk.Take(Page("d"), Cursor));
        Assert.Equal("a b c d", Names(walk));
    }

    [Fact]
    public void Take_RepeatedCursor_EndsAListThatIsNotWhole()
    {
        var walk = new PageWalk();
        walk.Take(Page("a", cursor: "1"), Cursor);
        walk.Take(Page("b", cursor: "2"), Cursor);

        Breaks(walk, Page("c", cursor: "1"), Cursor, "leads back");
        Assert.Equal("a b c", Names(walk));
    }

    [Fact]
    public void Take_PagesWithoutEnd_EndAListThatIsNotWhole()
    {
        var walk = new PageWalk();
        for (var page = 0; page < PageWalk.MostPages; page++)
        {
            Assert.NotNull(walk.Take(Page($"c{page}", cursor: $"{page}"), Cursor));
        }

        Breaks(walk, Page("x", cursor: "x"), Cursor, "more than");
    }

    [Fact]
    public void Take_EmptyPage_LeadsOnWhileItLeadsElsewhere()
    {
        var walk = new PageWalk();
        Assert.Equal("cursor=1", Text(walk.Take(Page("a", cursor: "1"), Cursor)));
        Assert.Equal("cursor=2", Text(walk.Take(Page("", cursor: "2"), Cursor)));
        Assert.Null(walk.Take(Page("", cursor: "2"), Cursor));
        Assert.Null(walk.Gap);

        var endless = new PageWalk();
        var pages = 0;
        while (endless.Take(Page("", cursor: $"{pages}"), Cursor) is not null)
        {
            pages++;
        }

        Assert.InRange(pages, 1, 10);
        Assert.Contains("empty page", endless.Gap, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_MoreButNoArgumentForIt_IsNotWhole()
    {
        Breaks(new PageWalk(), Page("a", cursor: "1"), null, "no argument");
        Breaks(new PageWalk(), Page("a", total: 5), null, "no argument");
        Breaks(new PageWalk(), Page("a", hasMore: true), null, "no argument");
    }

    [Fact]
    public void Take_MoreButNoCursor_IsNotWhole() => Breaks(new PageWalk(), Page("a", hasMore: true), Cursor, "not how");

    [Fact]
    public void Take_EndBeforeTheTotal_IsNotWhole()
    {
        Breaks(new PageWalk(), Page("", total: 2), null, "there are 2 clients, and lists 0");
        Breaks(new PageWalk(), Page("", total: 2), Cursor, "there are 2 clients, and lists 0");
        Breaks(new PageWalk(), Page("a", total: 2, hasMore: false), Offset, "there are 2 clients, and lists 1");
    }

    [Fact]
    public void Take_PageThatIsNotWhole_GoesOnAndIsRemembered()
    {
        var walk = new PageWalk();

        Assert.Equal("offset=2", Text(walk.Take(Page("a", total: 3) with { Unread = 1, Gap = "one is odd" }, Offset)));
        Assert.Null(walk.Take(Page("b", total: 3), Offset));
        Assert.Equal(("a b", "one is odd"), (Names(walk), walk.Gap));
    }

    [Fact]
    public void Take_Offsets_CountWhatWasReceived()
    {
        var walk = new PageWalk();

        Assert.Equal("offset=2", Text(walk.Take(Page("a b"), Offset)));
        Assert.Equal("offset=4", Text(walk.Take(Page("c d"), Offset)));
        Assert.Null(walk.Take(Page(""), Offset));
        Assert.Equal("a b c d", Names(walk));
    }

    [Fact]
    public void Take_ServerThatIgnoresTheOffset_Ends()
    {
        var walk = new PageWalk();
        walk.Take(Page("a b"), Offset);
        Assert.Null(walk.Take(Page("a b"), Offset));

        var claims = new PageWalk();
        claims.Take(Page("a b", total: 4), Offset);
        Breaks(claims, Page("a b", total: 4), Offset, "the same again");
    }

    [Theory]
    [InlineData(1, "2 3")]
    [InlineData(0, "1 2")]
    public void Take_PagesCountedFromAKnownNumber_GoOnFromThere(long first, string expected)
    {
        var walk = new PageWalk();
        var paging = new Paging("page", PagingKind.Page, first);

        Assert.Equal(
            expected.Split(' ').Select(number => $"page={number}"),
            [Text(walk.Take(Page("a b"), paging)), Text(walk.Take(Page("c d"), paging))]
        );
        Assert.Null(walk.Take(Page(""), paging));
    }

    [Fact]
    public void Take_PagesCountedFromAnUnknownNumber_MissesNone()
    {
        var paging = new Paging("page", PagingKind.Page);

        // From 0: page 1 is the second.
        var fromZero = new PageWalk();
        Assert.Equal("page=1", Text(fromZero.Take(Page("a b"), paging)));
        Assert.Equal("page=2", Text(fromZero.Take(Page("c d"), paging)));
        Assert.Null(fromZero.Take(Page(""), paging));
        Assert.Equal("a b c d", Names(fromZero));

        // From 1: page 1 is the first again.
        var fromOne = new PageWalk();
        Assert.Equal("page=1", Text(fromOne.Take(Page("a b", total: 3), paging)));
        Assert.Equal("page=2", Text(fromOne.Take(Page("a b", total: 3), paging)));
        Assert.Null(fromOne.Take(Page("c", total: 3), paging));
        Assert.Equal("a b c", Names(fromOne));
    }

    private static ClientPage Page(string ids, string? cursor = null, long? total = null, bool? hasMore = null) =>
        new(
            [.. ids.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => new ClientEntry(new OAuthClient(id, null, null, null)))],
            cursor,
            total,
            hasMore
        );

    private static string Names(PageWalk walk) => string.Join(' ', walk.Clients.Select(entry => entry.Client.Id));

    private static string? Text(KeyValuePair<string, System.Text.Json.JsonElement>? next) =>
        next is var (name, value) ? $"{name}={value}" : null;

    private static void Breaks(PageWalk walk, ClientPage page, Paging? paging, string gap)
    {
        Assert.Null(walk.Take(page, paging));
        Assert.Contains(gap, walk.Gap, StringComparison.Ordinal);
    }
}
