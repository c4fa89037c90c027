using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Operator.Carto.Clients;
using Operator.Carto.Mcp;

namespace Operator.Carto.Records;

/// <summary>What to write into an account whose operations cannot be bound, with the real names of tools and arguments.</summary>
internal static partial class SpecSuggestion
{
    private const string Fill = "FILL_IN";
    private const int MostOffered = 20;

    private const string Http = """
        # No tool manages clients. If carto --debug credentials list m2m --json works, it prints method and URL of CARTO's HTTP API:
        spec:
          http:
            baseUrl: https://HOST
            operations:
              list: {method: GET, path: /PATH}
              create: {method: POST, path: /PATH, body: '{"title": "${name}"}'}
              delete: {method: DELETE, path: '/PATH/${id}'}
        """;

    /// <summary>YAML; null if all needed operations are bound.</summary>
    public static string? Of(IReadOnlyList<ToolDescription> tools, ToolBindings bindings, GivenCalls? given)
    {
        var missing = Enum.GetValues<ClientOperation>()
            .Where(operation => bindings.Find(operation) is null)
            .Select(operation => (operation, tool: ToolFor(tools, operation, given)))
            .ToArray();
        if (!missing.Any(pair => ToolBindings.Needs(pair.operation)))
        {
            return null;
        }

        // Without these there is no tool for clients: delete deletes anything.
        if (missing.Count(pair => pair is { operation: ClientOperation.Create or ClientOperation.List, tool: null }) == 2)
        {
            return Http;
        }

        var yaml = new StringBuilder("spec:\n  mcp:\n    operations:");
        foreach (var (operation, tool) in missing.Where(pair => pair.tool is not null || ToolBindings.Needs(pair.operation)))
        {
            yaml.Append($"\n      {operation.Word()}:");
            foreach (var line in tool is null ? [$"tool: {Fill}  # none is known to do it"] : Lines(tool, operation))
            {
                yaml.Append($"\n        {line}");
            }
        }

        return yaml.ToString();
    }

    private static ToolDescription? ToolFor(IReadOnlyList<ToolDescription> tools, ClientOperation operation, GivenCalls? given)
    {
        var named = given?.Of(operation)?.Tool;
        var manage = tools.FirstOrDefault(tool => tool.Name == Vocabulary.ManageTool);
        var delete = operation == ClientOperation.Delete ? tools.FirstOrDefault(tool => tool.Name == Vocabulary.DeleteTool) : null;
        return tools.FirstOrDefault(tool => tool.Name == named)
            ?? (manage is not null && (delete is null || Shape(manage, operation).Selects) ? manage : delete)
            ?? tools.FirstOrDefault(tool => Vocabulary.IsToolFor(tool.Name, operation))
            ?? tools.FirstOrDefault(tool => ToolNames.IsAboutClients(tool.Name) && tool.Name != Vocabulary.DeleteTool);
    }

    private static (ToolShape Shape, bool Selects) Shape(ToolDescription tool, ClientOperation operation)
    {
        var shapes = ToolSchema.Read(tool.InputSchema);
        return shapes.FirstOrDefault(shape => ToolBinder.Selector(shape, operation) is not null) is { } selecting
            ? (selecting, true)
            : (shapes[0], false);
    }

    private static IEnumerable<string> Lines(ToolDescription tool, ClientOperation operation)
    {
        var (shape, _) = Shape(tool, operation);
        yield return $"tool: {Scalar(tool.Name)}";
        List<ToolArgument> open = [.. shape.Arguments.Values];
        List<string> constants = [];
        if (ToolBinder.Selector(shape, operation) is var (selector, value))
        {
            constants.Add($"{Scalar(selector.Name)}: {Scalar(value)}");
            open.Remove(selector);
        }
        else if (
            tool.Name == Vocabulary.DeleteTool
            && ToolBinder.Find(shape, Vocabulary.Kinds, Vocabulary.ClientKinds) is var (kind, meant)
        )
        {
            constants.Add($"{Scalar(kind.Name)}: {Scalar(meant)}");
            open.Remove(kind);
        }
        else if (open.FirstOrDefault(argument => Vocabulary.Selectors.Contains(argument.Plain)) is { } unclear)
        {
            constants.Add(Filled(unclear));
            open.Remove(unclear);
        }

        var type = ToolBinder.Find(shape, Vocabulary.Types, Vocabulary.M2MValues)?.Argument;
        open.RemoveAll(argument => argument == type);
        string? id = operation.NamesClient() ? Take(Vocabulary.Ids, isList: true) : null;
        string? name = operation is ClientOperation.Create or ClientOperation.Rename ? Take(Vocabulary.Names, isList: false) : null;
        foreach (var argument in open.Where(argument => shape.Required.Contains(argument.Name) && argument.Constant is null))
        {
            constants.Add(Filled(argument));
        }

        if (constants.Count > 0)
        {
            yield return "arguments:";
            foreach (var constant in constants)
            {
                yield return $"  {constant}";
            }
        }

        if (name is not null)
        {
            yield return $"nameArgument: {name}";
        }

        if (id is not null)
        {
            yield return $"idArgument: {id}";
        }

        // Known names first, then whatever takes a text. Of several, a person chooses: the wrong one may be another client's.
        string Take(string[] words, bool isList)
        {
            ToolArgument[] texts = [.. open.Where(argument => argument.TakesText)];
            ToolArgument[] lists = isList ? [.. open.Where(argument => argument.TakesList)] : [];
            ToolArgument[] unknown = [.. texts.Where(argument => !IsKnown(argument))];
            ToolArgument[][] choices =
            [
                [.. texts.Where(argument => words.Contains(argument.Plain))],
                [.. unknown.Where(argument => shape.Required.Contains(argument.Name))],
                unknown,
                [.. lists.Where(argument => shape.Required.Contains(argument.Name))],
                lists,
            ];
            var choice = choices.FirstOrDefault(candidates => candidates.Length > 0) ?? [];
            if (choice is not [var only])
            {
                return $"{Fill}  # one of {Offered((choice.Length > 0 ? choice : open.ToArray()).Select(argument => argument.Name))}";
            }

            open.Remove(only);
            return Scalar(only.Name);
        }
    }

    private static bool IsKnown(ToolArgument argument) =>
        new[] { Vocabulary.Names, Vocabulary.Ids, Vocabulary.Cursors }.Any(words => words.Contains(argument.Plain));

    private static string Filled(ToolArgument argument) =>
        $"{Scalar(argument.Name)}: {Fill}"
        + (
            argument.Values.Count > 0 ? $"  # one of {Offered(argument.Values)}"
            : argument.Types.Count > 0 ? $"  # {string.Join(" or ", argument.Types)}"
            : ""
        );

    private static string Offered(IEnumerable<string> names) => string.Join(", ", names.Take(MostOffered).Select(Scalar));

    // A server's words must not become YAML of their own.
    private static string Scalar(string text) => Plain().IsMatch(text) ? text : JsonSerializer.Serialize(text, JsonTypes.Default.String);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.\-]*$")]
    private static partial Regex Plain();
}
