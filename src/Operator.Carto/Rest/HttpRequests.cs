using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Carto.Clients;

namespace Operator.Carto.Rest;

/// <summary>Makes the HTTP requests of operations from their descriptions.</summary>
internal static class HttpRequests
{
    private const string Id = "id";
    private const string Name = "name";
    private const string IdHole = "${id}";
    private const string NameHole = "${name}";

    /// <summary>What an operation takes.</summary>
    public static BoundCall Bind(HttpApiOptions options, ClientOperation operation, HttpCall call) =>
        new(
            $"{call.Method} {call.Path}",
            [],
            operation is ClientOperation.Create or ClientOperation.Rename ? Name : null,
            operation.NamesClient() ? Id : null,
            operation == ClientOperation.List && options.Paging is { } paging
                ? new Paging(paging.Parameter, KindOf(paging.Kind), paging.Kind == HttpPagingKind.Page ? paging.First : null)
                : null
        );

    /// <summary>One request.</summary>
    /// <param name="options">The API.</param>
    /// <param name="call">The operation.</param>
    /// <param name="arguments">Id, name and page, as far as the operation takes them.</param>
    public static HttpRequestMessage Make(HttpApiOptions options, HttpCall call, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var id = Text(arguments, Id);
        var path = call.Path.Replace(IdHole, Uri.EscapeDataString(id), StringComparison.Ordinal);
        if (options.Paging is { } paging && arguments.TryGetValue(paging.Parameter, out var page))
        {
            path += $"{(path.Contains('?') ? '&' : '?')}{Uri.EscapeDataString(paging.Parameter)}={Uri.EscapeDataString(page.ToString())}";
        }

        var request = new HttpRequestMessage(
            new HttpMethod(call.Method),
            new Uri($"{options.BaseUrl.AbsoluteUri.TrimEnd('/')}/{path.TrimStart('/')}")
        );
        request.Headers.Accept.ParseAdd("application/json");
        if (call.Body is { } body)
        {
            request.Content = new StringContent(
                Fill(JsonNode.Parse(body), id, Text(arguments, Name))?.ToJsonString() ?? "null",
                Encoding.UTF8,
                "application/json"
            );
        }

        return request;
    }

    private static PagingKind KindOf(HttpPagingKind kind) =>
        kind switch
        {
            HttpPagingKind.Page => PagingKind.Page,
            HttpPagingKind.Offset => PagingKind.Offset,
            _ => PagingKind.Cursor,
        };

    private static string Text(IReadOnlyDictionary<string, JsonElement> arguments, string name) =>
        arguments.TryGetValue(name, out var value) ? value.ToString() : "";

    private static JsonNode? Fill(JsonNode? node, string id, string name) =>
        node switch
        {
            JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, id, name)))),
            JsonArray items => new JsonArray([.. items.Select(item => Fill(item, id, name))]),
            JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Fill(text, id, name)),
            _ => node?.DeepClone(),
        };

    // A name may contain what looks like a hole: each part is filled once.
    private static string Fill(string text, string id, string name) =>
        string.Join(name, text.Split(NameHole).Select(part => part.Replace(IdHole, id, StringComparison.Ordinal)));
}
