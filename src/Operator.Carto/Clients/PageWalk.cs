using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>
/// Walks the pages of one list and returns what to request next. Always terminates, and never treats an incomplete list as complete: a
/// client missing from it would be created twice.
/// </summary>
internal sealed class PageWalk
{
    /// <summary>More pages than this indicate a fault in the server.</summary>
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

    /// <summary>The distinct clients of all pages so far.</summary>
    public IReadOnlyList<ClientEntry> Clients => _clients;

    /// <summary>Why the list may be incomplete; null if it seems complete.</summary>
    public string? Gap { get; private set; }

    /// <summary>Adds a page. Returns the argument for the next one; null if there is none.</summary>
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
                "The list of clients has more pages, but the tool has no argument known to the operator that asks for the next one."
            ),
            null => null,
            { Kind: PagingKind.Cursor } => ByCursor(paging, page, saysMore),
            _ when !saysMore && page.Total is not null => null,
            { Kind: PagingKind.Offset } => ByOffset(paging, isNew, saysMore),
            _ => ByNumber(paging, isNew, saysMore),
        };
    }

    /// <summary>Ends the list early. What was read so far still proves what exists.</summary>
    public KeyValuePair<string, JsonElement>? Break(string gap)
    {
        Gap = gap;
        return null;
    }

    // An empty page may have a successor; one that points to itself is the end.
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
        // If the schema does not show whether pages start at 0 or 1, request page 1: it is either the next one or the first one again.
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
