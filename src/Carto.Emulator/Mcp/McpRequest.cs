using System.Text.Json;

namespace Carto.Emulator;

/// <summary>Inspects a request to the MCP server before the SDK does, to determine its operation.</summary>
internal static class McpRequest
{
    /// <summary>Returns the operation of a request, leaving its body readable.</summary>
    public static async Task<Operation> PeekAsync(HttpContext context, EmulatorVariants variants)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            return Operation.Other;
        }

        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        context.Request.Body = body;
        try
        {
            using var document = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            return Name(document.RootElement, variants);
        }
        catch (JsonException)
        {
            return Operation.Other;
        }
    }

    private static Operation Name(JsonElement message, EmulatorVariants variants) =>
        Text(message, "method") switch
        {
            "initialize" or "server/discover" => Operation.Initialize,
            "tools/list" => Operation.ToolsList,
            "tools/call" when Member(message, "params") is { } call => NameCall(call, variants),
            _ => Operation.Other,
        };

    private static Operation NameCall(JsonElement call, EmulatorVariants variants)
    {
        var arguments = Member(call, "arguments") ?? default;
        return ClientTools.Select(Text(call, "name"), name => Text(arguments, name), variants);
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
