using System.Text.Json;

namespace Operator.Carto.Clients;

/// <summary>
/// Parses tool responses about one client. Errors name a missing field but never the content, which may contain a secret.
/// </summary>
internal static class AnswerReader
{
    /// <summary>A new client; without a secret if missing or masked.</summary>
    public static ClientEntry ReadCreated(ClientAnswer answer)
    {
        Refusals.RequireSuccess(answer, ClientOperation.Create);
        return Fields.Entry(Fields.UnwrapClient(RequireBody(answer, ClientOperation.Create), answer.Names), answer.Names)
            ?? throw Unreadable(
                "The answer to create holds no client ID; the client was probably created, and is searched for in the list."
            );
    }

    /// <summary>One client.</summary>
    public static ClientEntry ReadOne(ClientAnswer answer)
    {
        Refusals.RequireSuccess(answer, ClientOperation.Get);
        var body = RequireBody(answer, ClientOperation.Get);
        return Fields.Entry(Fields.UnwrapClient(body, answer.Names), answer.Names)
            ?? (ListReader.Entries(body, answer.Names) is [var only] ? Fields.Entry(only, answer.Names) : null)
            ?? throw Unreadable("The answer to get holds no client ID.");
    }

    /// <summary>The data part of a response.</summary>
    public static JsonElement RequireBody(ClientAnswer answer, ClientOperation operation) =>
        answer.Body ?? throw Unreadable($"The answer to {operation.Word()} is {FormOf(answer, operation)}.");

    public static CartoException Unreadable(string message) =>
        new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, message, MayHaveTakenEffect: true));

    /// <summary>Describes a response that is not JSON. That of a create might contain the new secret.</summary>
    private static string FormOf(ClientAnswer answer, ClientOperation operation)
    {
        var text = answer.Texts.FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));
        return text is null ? "empty"
            : text.AsSpan().TrimStart().StartsWith('<') ? "a web page instead of JSON"
            : text.AsSpan().TrimStart().StartsWith('|') || text.Contains("\n|", StringComparison.Ordinal) ? "a table instead of JSON"
            : operation == ClientOperation.List && Words.Harmless(text) is { } words ? $"not JSON. CARTO says: {words.TrimEnd('.')}"
            : "not JSON";
    }
}
