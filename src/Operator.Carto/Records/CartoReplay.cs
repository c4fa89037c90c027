using System.Text.Json;
using Operator.Carto.Clients;
using Operator.Carto.Mcp;

namespace Operator.Carto.Records;

/// <summary>What the operator does with an account that somebody recorded, see <see cref="CartoRecorder"/>. Needs no account.</summary>
public sealed class CartoReplay
{
    internal const string Format = "carto-operator record 1";

    private CartoReplay(
        string version,
        string apiKind,
        string? server,
        int tools,
        IReadOnlyList<OperationBinding> bindings,
        string? suggestion,
        IReadOnlyList<ReplayedAnswer> answers
    )
    {
        Version = version;
        ApiKind = apiKind;
        Server = server;
        Tools = tools;
        Bindings = bindings;
        Suggestion = suggestion;
        Answers = answers;
    }

    /// <summary>The operator that wrote the record.</summary>
    public string Version { get; }

    /// <summary>Kind of interface, for example <c>MCP</c> or <c>HTTP</c>.</summary>
    public string ApiKind { get; }

    /// <summary>Name and version that the server reported; null if it did not.</summary>
    public string? Server { get; }

    /// <summary>How many tools the server listed.</summary>
    public int Tools { get; }

    /// <summary>How each operation would be called; empty if no tools are recorded.</summary>
    public IReadOnlyList<OperationBinding> Bindings { get; }

    /// <summary>What to write into the account, see <see cref="CartoRecorder.Suggestion"/>.</summary>
    public string? Suggestion { get; }

    /// <summary>What would be read of the recorded answers, in their order.</summary>
    public IReadOnlyList<ReplayedAnswer> Answers { get; }

    /// <summary>Reads a record.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static CartoReplay Read(string json)
    {
        var record = Exchange.Parse(json) ?? default;
        if (record.Text("format") != Format)
        {
            throw new FormatException($"it is not a record of this format, \"{Format}\"");
        }

        ToolDescription[] tools =
        [
            .. Items(record, "tools").Select(tool => new ToolDescription(tool.Text("name") ?? "", tool.Member("inputSchema") ?? default)),
        ];
        var given = Given(record.Member("given"));
        var bound = record.Member("tools") is null ? null : ToolBinder.Bind(tools, given);
        return new CartoReplay(
            record.Text("operator") ?? "?",
            record.Text("interface") ?? "?",
            record.Text("server"),
            tools.Length,
            bound is null ? [] : OperationBinding.Of(bound),
            bound is null ? null : SpecSuggestion.Of(tools, bound, given),
            [.. Answered(record, new AnswerNames(GivenAnswers(record.Member("answers"))))]
        );
    }

    private static IEnumerable<ReplayedAnswer> Answered(JsonElement record, AnswerNames names)
    {
        foreach (var exchange in Items(record, "exchanges"))
        {
            if (
                !Enum.TryParse<ClientOperation>(exchange.Text("operation"), ignoreCase: true, out var operation)
                || exchange.Member("answer") is not { } shape
            )
            {
                continue;
            }

            var answer = Example(shape, exchange.Text("to") == "mcp", exchange.Member("status") ?? default, names);
            yield return new ReplayedAnswer(exchange.Text("step") ?? "", operation.Word(), Reading(answer, operation));
        }
    }

    private static string Reading(ClientAnswer answer, ClientOperation operation)
    {
        try
        {
            Refusals.RequireSuccess(answer, operation);
            return operation is ClientOperation.Rename or ClientOperation.Delete ? "success"
                : AnswerFields.Of(answer, operation) is { Id: not null } fields ? fields.ToString()
                : operation == ClientOperation.List && ListReader.ReadPage(answer).Clients.Count == 0 ? "an empty list"
                : "no client in it";
        }
        catch (CartoException exception)
        {
            return $"{exception.Error.Kind}: {exception.Error.Message}";
        }
    }

    private static ClientAnswer Example(JsonElement shape, bool isTool, JsonElement status, AnswerNames names)
    {
        if (isTool && shape.Member("texts") is { ValueKind: JsonValueKind.Array } texts)
        {
            return new ClientAnswer(
                shape.Member("isError") is { ValueKind: JsonValueKind.True },
                [.. texts.EnumerateArray().Select(Text)],
                shape.Member("structured") is { } structured ? Exchange.Parse(Shape.Example(structured)?.ToJsonString() ?? "null") : null,
                names
            );
        }

        return new ClientAnswer(
            !(status.ValueKind == JsonValueKind.Number && status.GetInt32() is >= 200 and < 300),
            [Text(shape)],
            names: names
        );
    }

    private static string Text(JsonElement shape) =>
        shape.ValueKind == JsonValueKind.String ? Shape.Example(shape)?.ToString() ?? "" : Shape.Example(shape)?.ToJsonString() ?? "null";

    private static GivenCalls? Given(JsonElement? record) =>
        record is { ValueKind: JsonValueKind.Object } given
            ? new GivenCalls
            {
                Create = Call(given.Member("create")),
                List = Call(given.Member("list")),
                Get = Call(given.Member("get")),
                Rename = Call(given.Member("rename")),
                Delete = Call(given.Member("delete")),
            }
            : null;

    private static GivenCall? Call(JsonElement? record) =>
        record is { ValueKind: JsonValueKind.Object } call
            ? new GivenCall
            {
                Tool = call.Text("tool"),
                Arguments = call.Member("arguments") is { ValueKind: JsonValueKind.Object } arguments
                    ? arguments
                        .EnumerateObject()
                        .DistinctBy(pair => pair.Name)
                        .ToDictionary(pair => pair.Name, pair => pair.Value.ToString())
                    : [],
                NameArgument = call.Text("nameArgument"),
                IdArgument = call.Text("idArgument"),
            }
            : null;

    private static GivenAnswers? GivenAnswers(JsonElement? record) =>
        record is { ValueKind: JsonValueKind.Object } given
            ? new GivenAnswers
            {
                List = given.Text("list"),
                Id = given.Text("id"),
                Secret = given.Text("secret"),
                Name = given.Text("name"),
                CreatedAt = given.Text("createdAt"),
                Type = given.Text("type"),
                M2MType = given.Text("m2mType"),
            }
            : null;

    private static JsonElement[] Items(JsonElement record, string name) =>
        record.Member(name) is { ValueKind: JsonValueKind.Array } items ? [.. items.EnumerateArray()] : [];
}

/// <summary>What the operator would read of a recorded answer.</summary>
/// <param name="Step">The step of the check.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Reading">For people.</param>
public sealed record ReplayedAnswer(string Step, string Operation, string Reading);
