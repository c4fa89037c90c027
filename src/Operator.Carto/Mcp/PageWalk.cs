using System.Text.Json;

namespace Operator.Carto.Mcp;

/// <summary>
/// Goes through the pages of one list: takes each page, and says what to ask for next. Ends for certain, and never calls a list complete
/// that says it is not: a client that is missing from it would be made a second time.
/// </summary>
internal sealed class PageWalk
{
    /// <summary>More pages than this are no list but a fault of the server's.</summary>
    public const int MostPages = 2000;

    private const int MostEmptyPages = 5;

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cursors = new(StringComparer.Ordinal);
    private readonly List<ClientEntry> _clients = [];
    private int _pages;
    private int _empty;
    private long _received;
    private long _unread;
    private long? _number;

    /// <summary>The clients of all pages so far, each once.</summary>
    public IReadOnlyList<ClientEntry> Clients => _clients;

    /// <summary>Why the list may not show all clients; null when nothing speaks against it.</summary>
    public string? Gap { get; private set; }

    /// <summary>Takes a page. Returns the argument that asks for the next one; null when there is none to ask for.</summary>
    public KeyValuePair<string, JsonElement>? Take(ClientPage page, Paging? paging)
    {
        if (++_pages > MostPages)
        {
            return Break($"The list of clients has more than {MostPages} pages.");
        }

        var before = _clients.Count;
        _clients.AddRange(page.Clients.Where(client => _ids.Add(client.Client.Id)));
        _received += page.Clients.Count + page.Unread;
        _unread += page.Unread;
        Gap ??= page.Gap;
        var isNew = _clients.Count > before || page.Unread > 0;
        var lacks = page.Total > _clients.Count + _unread;
        var saysMore = page.HasMore == true || page.Cursor is not null || lacks;
        var isEmpty = page.Clients.Count + page.Unread == 0;
        _empty = isEmpty ? _empty + 1 : 0;
        if (page.HasMore == false || (isEmpty && page.HasMore is null && !LeadsOn(page, paging)))
        {
            return lacks ? Break($"CARTO says that there are {page.Total} clients, and lists {_clients.Count + _unread} of them.") : null;
        }

        return paging switch
        {
            null when saysMore => Break(
                "The list of clients has more pages, but the tool has no argument known to the operator that asks for the next one."),
            null => null,
            { Kind: PagingKind.Cursor } => ByCursor(paging, page, saysMore),
            _ when !saysMore && page.Total is not null => null,
            { Kind: PagingKind.Offset } => ByOffset(paging, isNew, saysMore),
            _ => ByNumber(paging, isNew, saysMore),
        };
    }

    /// <summary>Ends the list before its end. What was read so far still proves what is there.</summary>
    public KeyValuePair<string, JsonElement>? Break(string gap)
    {
        Gap = gap;
        return null;
    }

    // An empty page may lead on; one that leads to itself is the end.
    private bool LeadsOn(ClientPage page, Paging? paging) =>
        page.Cursor is { } cursor && (paging is null || (paging.Kind == PagingKind.Cursor && !_cursors.Contains(cursor)));

    private KeyValuePair<string, JsonElement>? ByCursor(Paging paging, ClientPage page, bool saysMore)
    {
        if (_empty > MostEmptyPages)
        {
            return Break("The list of clients leads from one empty page to the next.");
        }

        if (page.Cursor is { } cursor)
        {
            return _cursors.Add(cursor)
                ? new(paging.Argument, Json.Value(cursor))
                : Break("The list of clients leads back to a page that it led to before.");
        }

        return saysMore ? Break("The list of clients says that more follow, and not how to ask for them.") : null;
    }

    private KeyValuePair<string, JsonElement>? ByOffset(Paging paging, bool isNew, bool saysMore) =>
        isNew ? new(paging.Argument, Json.Value(_received)) : End(saysMore);

    private KeyValuePair<string, JsonElement>? ByNumber(Paging paging, bool isNew, bool saysMore)
    {
        // Where the schema does not say whether pages count from 0 or from 1, page 1 is asked for: it is either the next one, or the
        // first once more.
        var isFirstAgain = paging.First is null && _number == 1;
        if (!isNew && !isFirstAgain)
        {
            return End(saysMore);
        }

        _number = _number + 1 ?? paging.First + 1 ?? 1;
        return new(paging.Argument, Json.Value(_number.Value));
    }

    private KeyValuePair<string, JsonElement>? End(bool saysMore) =>
        saysMore ? Break("The list of clients says that more follow, and shows the same again.") : null;
}
