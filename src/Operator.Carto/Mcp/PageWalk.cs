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

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cursors = new(StringComparer.Ordinal);
    private readonly List<ClientEntry> _clients = [];
    private int _pages;
    private long _received;
    private long? _number;

    /// <summary>The clients of all pages so far, each once.</summary>
    public IReadOnlyList<ClientEntry> Clients => _clients;

    /// <summary>Takes a page. Returns the argument that asks for the next one; null when this was the last.</summary>
    public KeyValuePair<string, JsonElement>? Take(ClientPage page, Paging? paging)
    {
        if (++_pages > MostPages)
        {
            throw Fault($"The list of clients has more than {MostPages} pages.");
        }

        var before = _clients.Count;
        _clients.AddRange(page.Clients.Where(client => _ids.Add(client.Client.Id)));
        _received += page.Clients.Count;
        var isEmpty = page.Clients.Count == 0;
        if (page.HasMore == false || (isEmpty && page.HasMore is null))
        {
            return null;
        }

        var saysMore = page.HasMore == true || page.Cursor is not null || page.Total > _clients.Count;
        return paging switch
        {
            null when saysMore => throw new CartoException(new CartoError(
                CartoErrorKind.Unsupported,
                CartoStage.Api,
                "The list of clients has more pages, but the tool has no argument known to the operator that asks for the next one.")),
            null => null,
            { Kind: PagingKind.Cursor } => ByCursor(paging, page, saysMore),
            _ when !saysMore && page.Total is not null => null,
            { Kind: PagingKind.Offset } => ByOffset(paging, isNew: _clients.Count > before, saysMore),
            _ => ByNumber(paging, isNew: _clients.Count > before, saysMore),
        };
    }

    private KeyValuePair<string, JsonElement>? ByCursor(Paging paging, ClientPage page, bool saysMore)
    {
        if (page.Cursor is { } cursor)
        {
            return _cursors.Add(cursor)
                ? new(paging.Argument, Json.Value(cursor))
                : throw Fault("The list of clients leads back to a page that it led to before.");
        }

        return saysMore ? throw Fault("The list of clients says that more follow, and not how to ask for them.") : null;
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

    private static KeyValuePair<string, JsonElement>? End(bool saysMore) =>
        saysMore ? throw Fault("The list of clients says that more follow, and shows the same again.") : null;

    private static CartoException Fault(string message) => new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, message));
}
