using System.Text;
using System.Text.Json;
using Operator.Carto.Clients;

namespace Operator.Carto.Records;

/// <summary>A request and its answer.</summary>
internal sealed class Exchange(RecordedRequest request)
{
    private (int Size, JsonElement? Json) _parsed;

    public RecordedRequest Request => request;

    /// <summary>Why there was no answer; null if there was one.</summary>
    public string? Failure { get; init; }

    public int Status { get; init; }

    public string? MediaType { get; init; }

    /// <summary>The names of its headers.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    public CopyingStream? Body { private get; init; }

    /// <summary>Size of the body, in bytes.</summary>
    public int Size => Body?.Size ?? 0;

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body, if it is JSON, or the answer in an event stream. Parsed once, when it is complete.</summary>
    public JsonElement? Json
    {
        get
        {
            var text = Text;
            if (_parsed.Size != text.Length)
            {
                var isStream = string.Equals(MediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase);
                _parsed = (
                    text.Length,
                    isStream ? Events(text).Select(Parse).FirstOrDefault(message => message is { } known && IsAnswer(known)) : Parse(text)
                );
            }

            return _parsed.Json;
        }
    }

    /// <summary>The body.</summary>
    public string Text => Body is null ? "" : Encoding.UTF8.GetString(Body.Copy);

    /// <summary>The result that JSON-RPC wraps; null if there is none.</summary>
    public JsonElement? Result => Json?.Member("result");

    /// <summary>The error that JSON-RPC wraps; null if there is none.</summary>
    public JsonElement? Error => request.Target == RecordedTarget.Mcp ? Json?.Member("error") : null;

    /// <summary>As an answer about clients.</summary>
    /// <param name="names">The fields of answers.</param>
    public ClientAnswer Answer(AnswerNames names) =>
        request.Target == RecordedTarget.Mcp ? OfTool(Result ?? default, names)
        : Text is { Length: > 0 } body ? new ClientAnswer(!IsSuccess, [body], names: names)
        : new ClientAnswer(!IsSuccess, [], names: names);

    private static ClientAnswer OfTool(JsonElement result, AnswerNames names) =>
        new(result.Member("isError") is { ValueKind: JsonValueKind.True }, [.. TextsOf(result)], result.Member("structuredContent"), names);

    private static IEnumerable<string> TextsOf(JsonElement result) =>
        result.Member("content") is { ValueKind: JsonValueKind.Array } content
            ? content.EnumerateArray().Select(part => part.Text("text")).OfType<string>()
            : [];

    private static bool IsAnswer(JsonElement message) => message.Member("result") is not null || message.Member("error") is not null;

    private static IEnumerable<string> Events(string text)
    {
        var data = new StringBuilder();
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')).Append(""))
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                data.Append(line.AsSpan("data:".Length)).Append('\n');
            }
            else if (line.Length == 0 && data.Length > 0)
            {
                yield return data.ToString();
                data.Clear();
            }
        }
    }

    /// <summary>A text as JSON; null if it is none.</summary>
    public static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.TrimStart('\uFEFF'));
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
