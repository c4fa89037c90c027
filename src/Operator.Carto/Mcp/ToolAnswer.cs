using System.Text.Json;

namespace Operator.Carto.Mcp;

/// <summary>What a tool answered, apart from the protocol.</summary>
/// <param name="isError">Whether the tool calls it a failure.</param>
/// <param name="texts">Its text parts, in order.</param>
/// <param name="structured">Its structured part.</param>
internal sealed class ToolAnswer(bool isError, IReadOnlyList<string> texts, JsonElement? structured = null)
{
    private const char ByteOrderMark = '\uFEFF';

    private readonly Lazy<JsonElement?> _body = new(() => Find(texts, structured), LazyThreadSafetyMode.None);

    public bool IsError => isError;

    public IReadOnlyList<string> Texts => texts;

    /// <summary>The part that is data; null when there is none. Parsed once.</summary>
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
                // Words for people; another part may hold the data.
            }
        }

        return structured is { ValueKind: JsonValueKind.Object or JsonValueKind.Array } ? structured : null;
    }
}

/// <summary>A client as an answer shows it.</summary>
/// <param name="Client">The client, under its client ID.</param>
/// <param name="OwnId">An <c>id</c> that it bears beside the client ID, where that is something else; null otherwise.</param>
internal sealed record ClientEntry(OAuthClient Client, string? OwnId = null);

/// <summary>One page of a list.</summary>
/// <param name="Clients">Its clients.</param>
/// <param name="Cursor">What the next page is asked for with; null when the answer bears none.</param>
/// <param name="Total">How many clients there are in all; null when it does not say.</param>
/// <param name="HasMore">Whether more pages follow; null when it does not say.</param>
internal sealed record ClientPage(IReadOnlyList<ClientEntry> Clients, string? Cursor, long? Total, bool? HasMore)
{
    /// <summary>How many entries of it were not understood.</summary>
    public int Unread { get; init; }

    /// <summary>Why it may not show all that it should; null when nothing speaks against it.</summary>
    public string? Gap { get; init; }
}
