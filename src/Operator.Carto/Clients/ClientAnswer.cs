using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>A tool's response, independent of the protocol.</summary>
/// <param name="isError">Whether the tool marks it as an error.</param>
/// <param name="texts">Its text parts, in order.</param>
/// <param name="structured">Its structured part.</param>
/// <param name="names">The names of its fields; null for the known ones.</param>
internal sealed class ClientAnswer(bool isError, IReadOnlyList<string> texts, JsonElement? structured = null, AnswerNames? names = null)
{
    private const char ByteOrderMark = '\uFEFF';

    private readonly Lazy<JsonElement?> _body = new(() => Find(texts, structured), LazyThreadSafetyMode.None);

    public bool IsError => isError;

    public IReadOnlyList<string> Texts => texts;

    public AnswerNames Names { get; } = names ?? AnswerNames.Known;

    /// <summary>The data part; null if none. Parsed once.</summary>
    public JsonElement? Body => _body.Value;

    private static JsonElement? Find(IReadOnlyList<string> texts, JsonElement? structured)
    {
        foreach (var text in texts)
        {
            try
            {
                using var document = JsonDocument.Parse(text.TrimStart(ByteOrderMark));
                if (document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                {
                    return document.RootElement.Clone();
                }
            }
            catch (JsonException)
            {
                // Text for people; another part may contain the data.
            }
        }

        return structured is { ValueKind: JsonValueKind.Object or JsonValueKind.Array } ? structured : null;
    }
}

/// <summary>A client in a response.</summary>
/// <param name="Client">The client, under its client ID.</param>
/// <param name="OwnId">Its <c>id</c>, if different from the client ID; otherwise null.</param>
internal sealed record ClientEntry(OAuthClient Client, string? OwnId = null);

/// <summary>One page of a list.</summary>
/// <param name="Clients">Its clients.</param>
/// <param name="Cursor">Cursor for the next page; null if none.</param>
/// <param name="Total">Total number of clients; null if unknown.</param>
/// <param name="HasMore">Whether more pages follow; null if unknown.</param>
internal sealed record ClientPage(IReadOnlyList<ClientEntry> Clients, string? Cursor, long? Total, bool? HasMore)
{
    /// <summary>Number of entries that could not be parsed.</summary>
    public int Unread { get; init; }

    /// <summary>Why it may be incomplete; null if it seems complete.</summary>
    public string? Gap { get; init; }
}
