using System.Text.Json.Nodes;

namespace Carto.Emulator;

/// <summary>What an interface answers: JSON, a text that is none, or neither.</summary>
internal sealed record ClientAnswer(JsonNode? Json, string? Text)
{
    public static ClientAnswer Nothing { get; } = new(null, null);

    public static ClientAnswer Plain(string text) => new(null, text);

    /// <summary>An answer in the envelope of the variants.</summary>
    public static ClientAnswer Of(JsonNode answer, EmulatorVariants current) =>
        Whole(current.WrapInData ? new JsonObject { ["data"] = answer } : answer, current);

    /// <summary>An answer that has its envelope.</summary>
    public static ClientAnswer Whole(JsonNode answer, EmulatorVariants current)
    {
        if (current.StatusBesideData)
        {
            answer["status"] = StatusCodes.Status200OK;
        }

        return new ClientAnswer(answer, null);
    }

    /// <summary>As text; null if there is no content at all.</summary>
    public string? Write(CallScope call)
    {
        if (Json is null)
        {
            return Text;
        }

        var text = Json.ToJsonString();
        if (call.Find(FaultKind.MalformedText) is null)
        {
            return text;
        }

        call.Outcome = "fault MalformedText";
        return text[..(text.Length / 2)];
    }
}
