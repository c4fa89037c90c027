using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>
/// Parses pages of a client list and reports what it cannot parse. A list only counts as empty if its format proves it: callers treat a
/// missing client as gone and create another.
/// </summary>
internal static class ListReader
{
    private static readonly string[] NextCursors = ["nextcursor", "nextpagetoken", "next", "cursor"];
    private static readonly string[] Totals = ["total", "totalcount", "totalitems"];
    private static readonly string[] More = ["hasmore", "hasnext", "hasnextpage", "more"];
    private static readonly string[] Parts = ["partial", "ispartial", "truncated", "incomplete"];
    private static readonly string[] PageInfo = ["pagination", "paging", "pageinfo", "meta", "page"];
    private static readonly string[] Troubles = ["error", "errors", "warning", "warnings"];

    /// <summary>Parses a page of the list.</summary>
    /// <exception cref="CartoException">Nothing in it can be parsed, or it is an error.</exception>
    public static ClientPage ReadPage(ClientAnswer answer)
    {
        Refusals.RequireSuccess(answer, ClientOperation.List);
        var body = AnswerReader.RequireBody(answer, ClientOperation.List);
        var found = Find(body, answer.Names, 0);

        // Paging information is next to the list, next to its wrapper, or in a separate part.
        JsonElement[] places =
        [
            .. new[] { found?.Holder ?? default, body }.SelectMany(place =>
                PageInfo.Select(name => Fields.Find(place, name)).OfType<JsonElement>().Prepend(place)
            ),
        ];
        var total = places.Select(place => Fields.Find(place, Totals)).Select(Fields.Number).FirstOrDefault(number => number is not null);
        var entries = found?.List is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().ToArray() : [];
        List<ClientEntry> clients = [];
        foreach (var entry in entries)
        {
            if (Fields.Entry(Fields.UnwrapClient(entry, answer.Names), answer.Names) is { } client)
            {
                clients.Add(client);
            }
        }

        var isProven = found is { IsPlain: true } || clients.Count > 0 || (total == 0 && !IsTroubled(body));
        if (!isProven || (entries.Length > 0 && clients.Count == 0))
        {
            throw AnswerReader.Unreadable(
                entries.Length > 0
                    ? "No entry of the list of clients holds a client ID in a field that the operator knows; name it in answers.id of "
                        + "the account's spec.mcp or spec.http."
                    : "The answer to list holds no list of clients in a field that the operator knows; name it in answers.list of the "
                        + "account's spec.mcp or spec.http."
            );
        }

        var unread = entries.Length - clients.Count;
        return new ClientPage(
            clients,
            places.Select(place => Fields.Find(place, NextCursors)).Select(Fields.CursorText).FirstOrDefault(cursor => cursor is not null),
            total,
            places.Select(place => Fields.Find(place, More)).Select(Fields.Flag).FirstOrDefault(more => more is not null)
        )
        {
            Unread = unread,
            Gap =
                unread > 0 ? $"{unread} of {entries.Length} entries of the list of clients hold no client ID."
                : found?.HasOthers == true ? "CARTO answers with several lists of clients, and does not say which of them counts."
                : places.Any(place => Fields.Flag(Fields.Find(place, Parts)) == true) ? "CARTO says that the list of clients is cut short."
                : IsTroubled(found?.Holder ?? default) || IsTroubled(body) ? $"CARTO lists clients and an error beside them.{Said(body)}"
                : null,
        };
    }

    /// <summary>The list entries in a response; empty if there is no list.</summary>
    public static JsonElement[] Entries(JsonElement body, AnswerNames names) =>
        Find(body, names, 0)?.List is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    /// <summary>Whether a response contains a list, even an empty one.</summary>
    public static bool HasList(JsonElement body, AnswerNames names) => Find(body, names, 0) is not null;

    private static Shape? Find(JsonElement element, AnswerNames names, int depth)
    {
        if (names.ListIsGiven)
        {
            return Fields.Search(element, place => Fields.Find(place, names.Lists) is { ValueKind: JsonValueKind.Array }, 0) is { } holder
                    ? new Shape(Fields.Find(holder, names.Lists)!.Value, holder, IsPlain: true)
                : Fields.Search(element, place => Fields.IsNull(place, names.Lists), 0) is { } empty
                    ? new Shape(default, empty, IsPlain: true)
                : null;
        }

        if (element.ValueKind == JsonValueKind.Array)
        {
            return new Shape(element, default, IsPlain: true);
        }

        if (element.ValueKind != JsonValueKind.Object || depth > Fields.DeepestWrap)
        {
            return null;
        }

        JsonElement[] known =
        [
            .. names
                .Lists.Select(name => Fields.Find(element, name))
                .OfType<JsonElement>()
                .Where(field => field.ValueKind == JsonValueKind.Array),
        ];
        if (known.Length > 0)
        {
            var filled = known.Where(list => list.GetArrayLength() > 0).ToArray();
            return new Shape(filled is [var first, ..] ? first : known[0], element, IsPlain: true, HasOthers: filled.Length > 1);
        }

        foreach (var name in Fields.Wrappers)
        {
            if (Fields.Find(element, name) is { ValueKind: JsonValueKind.Object } inner && Find(inner, names, depth + 1) is { } found)
            {
                return found;
            }
        }

        // A single list under an unknown name still counts; but if empty, it could be a list of anything.
        var arrays = element.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Array).ToArray();
        if (arrays is [var only])
        {
            return new Shape(only.Value, element, IsPlain: false);
        }

        return
            arrays.Length == 0
            && Fields.IsNull(element, AnswerNames.Plurals)
            && !IsTroubled(element)
            && Fields.Find(element, "message") is null
            ? new Shape(default, element, IsPlain: true)
            : null;
    }

    private static bool IsTroubled(JsonElement element) =>
        Troubles.Any(name =>
            Fields.Find(element, name) switch
            {
                { ValueKind: JsonValueKind.String or JsonValueKind.Object } => true,
                { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() > 0,
                _ => false,
            }
        );

    private static string Said(JsonElement body) => Words.Clean(Refusals.WordsOf(body)) is { } words ? $" It says: {words}" : "";

    /// <summary>A list found in a response.</summary>
    /// <param name="List">Its array; undefined if null stands for an empty one.</param>
    /// <param name="Holder">The object that contains it; undefined if it is the response itself.</param>
    /// <param name="IsPlain">Whether it is certainly the client list even if empty.</param>
    /// <param name="HasOthers">Whether there are other such lists.</param>
    private sealed record Shape(JsonElement List, JsonElement Holder, bool IsPlain, bool HasOthers = false);
}
