using System.Text.Json;

namespace Operator.Carto.Mcp;

/// <summary>
/// Binds operations to the tools a server lists, based only on their JSON Schemas. Never sends what a schema does not name, and does not
/// bind anything ambiguous.
/// </summary>
internal static class ToolBinder
{
    // A larger page makes messages too large, and a server with hundreds of clients per page needs none.
    private const long LargestPage = 1000;

    public static ToolBindings Bind(IReadOnlyList<ToolDescription> tools)
    {
        var manage = tools.FirstOrDefault(tool => tool.Name == Vocabulary.ManageTool);
        var delete = tools.FirstOrDefault(tool => tool.Name == Vocabulary.DeleteTool);
        var bindings = new Dictionary<ClientOperation, Binding>();
        foreach (var operation in Enum.GetValues<ClientOperation>())
        {
            var binding = manage is null ? new Binding(null, NoTool(tools)) : BindSelected(manage, operation);
            if (binding.Call is null && operation == ClientOperation.Delete && delete is not null)
            {
                var separate = BindDelete(delete);
                binding = separate.Call is null ? new Binding(null, $"{binding.Missing} {separate.Missing}") : separate;
            }

            bindings[operation] = binding;
        }

        return new ToolBindings(bindings);
    }

    private static string NoTool(IReadOnlyList<ToolDescription> tools) =>
        $"there is no tool {Vocabulary.ManageTool}; the server lists {Words.List(tools.Select(tool => tool.Name))}. "
        + "CARTO shows this tool to OAuth tokens of users who may create developer credentials, and not to API access tokens: "
        + "check the account's credentials, role and plan.";

    private static Binding BindSelected(ToolDescription tool, ClientOperation operation)
    {
        var shapes = ToolSchema.Read(tool.InputSchema);
        Binding? failure = null;
        foreach (var shape in shapes)
        {
            if (Selector(shape, operation) is not var (argument, value))
            {
                continue;
            }

            var call = Fill(tool.Name, operation, shape, [new(argument.Name, Json.Value(value))]);
            if (call.Call is not null)
            {
                return call;
            }

            failure ??= call;
        }

        return failure ?? new Binding(null, NoSelector(tool.Name, operation, shapes));
    }

    private static (ToolArgument Argument, string Value)? Selector(ToolShape shape, ClientOperation operation)
    {
        foreach (var word in Vocabulary.Selectors)
        {
            foreach (var argument in shape.Arguments.Values.Where(argument => argument.Plain == word))
            {
                if (argument.Values.FirstOrDefault(value => Vocabulary.Means(value, operation)) is { } value)
                {
                    return (argument, value);
                }
            }
        }

        return null;
    }

    private static string NoSelector(string tool, ClientOperation operation, IReadOnlyList<ToolShape> shapes)
    {
        var selectors = shapes
            .SelectMany(shape => shape.Arguments.Values)
            .Where(argument => Vocabulary.Selectors.Contains(argument.Plain))
            .ToArray();
        var values = selectors.SelectMany(selector => selector.Values).Distinct(StringComparer.Ordinal).ToArray();
        return (selectors, values) switch
        {
            ([], _) => $"{tool} has no argument {string.Join(", ", Vocabulary.Selectors)} that selects the operation; its "
                + $"arguments are {Offered(shapes)}.",
            ([var selector, ..], []) => $"{tool} does not list the values of its argument {selector.Name}, so that it is not "
                + "known what to send.",
            ([var selector, ..], _) => $"the argument {selector.Name} of {tool} has no value that means {operation.Word()}; it "
                + $"offers {Words.List(values)}.",
        };
    }

    private static Binding BindDelete(ToolDescription tool)
    {
        var shapes = ToolSchema.Read(tool.InputSchema);
        Binding? failure = null;
        foreach (var shape in shapes)
        {
            if (Find(shape, Vocabulary.Kinds, Vocabulary.ClientKinds) is not var (argument, value))
            {
                continue;
            }

            var call = Fill(tool.Name, ClientOperation.Delete, shape, [new(argument.Name, Json.Value(value))]);
            if (call.Call is not null)
            {
                return call;
            }

            failure ??= call;
        }

        return failure
            ?? new Binding(
                null,
                $"The tool {tool.Name} has no argument {string.Join(", ", Vocabulary.Kinds)} with a value for OAuth clients; its "
                    + $"arguments are {Offered(shapes)}."
            );
    }

    /// <summary>Maps every input of the operation to an argument, and every required argument to a value.</summary>
    private static Binding Fill(string tool, ClientOperation operation, ToolShape shape, List<KeyValuePair<string, JsonElement>> constants)
    {
        var taken = constants.Select(constant => constant.Key).ToHashSet(StringComparer.Ordinal);
        string? id = null;
        if (operation.NamesClient())
        {
            var ids = Candidates(Vocabulary.Ids);
            switch (ids)
            {
                case []:
                    return Missing($"has no argument for the client's id among {string.Join(", ", Vocabulary.Ids)}");
                case [_, _, ..]:
                    // The wrong one might match nothing, and a client that is not found counts as deleted.
                    return Missing(
                        $"has several arguments that may take the client's id " + $"({Words.List(ids.Select(argument => argument.Name))})"
                    );
            }

            id = ids[0].Name;
            taken.Add(id);
        }

        ToolArgument? name = null;
        if (operation is ClientOperation.Create or ClientOperation.Rename)
        {
            var names = Candidates(Vocabulary.Names);
            switch (names)
            {
                case []:
                    return Missing($"has no argument for the client's name among {string.Join(", ", Vocabulary.Names)}");
                case [_, _, ..]:
                    return Missing(
                        "has several arguments that may take the client's name "
                            + $"({Words.List(names.Select(argument => argument.Name))})"
                    );
            }

            name = names[0];
            taken.Add(name.Name);
        }

        // The client type, if the tool creates or lists more than one.
        if (
            Find(shape, Vocabulary.Types, Vocabulary.M2MValues) is var (type, value)
            && !taken.Contains(type.Name)
            && (operation is ClientOperation.Create or ClientOperation.List || shape.Required.Contains(type.Name))
        )
        {
            constants.Add(new(type.Name, Json.Value(value)));
            taken.Add(type.Name);
        }

        Paging? paging = null;
        if (operation == ClientOperation.List)
        {
            paging = PagingOf(shape);
            if (First(shape, Vocabulary.Limits, argument => argument.TakesNumber && argument.Maximum is not null) is { } limit)
            {
                constants.Add(new(limit.Name, Json.Value(Math.Min(limit.Maximum!.Value, LargestPage))));
                taken.Add(limit.Name);
            }
        }

        foreach (var required in shape.Required.Where(required => !taken.Contains(required)).Order(StringComparer.Ordinal))
        {
            if (shape.Arguments.GetValueOrDefault(required)?.Constant is not { } constant)
            {
                return Missing($"requires the argument {Words.Clean(required)}, which the operator does not know how to fill");
            }

            constants.Add(new(required, constant));
        }

        return new Binding(
            new BoundCall(tool, constants, name?.Name, id, paging, name?.MaxLength is > 0 and <= int.MaxValue ? (int)name.MaxLength : null),
            null
        );

        Binding Missing(string what) => new(null, $"{tool}, to {operation.Word()} a client, {what}; its arguments are {Offered([shape])}.");

        // Of several candidates, required ones take precedence.
        ToolArgument[] Candidates(string[] words)
        {
            var known = shape
                .Arguments.Values.Where(argument => !taken.Contains(argument.Name) && argument.TakesText && words.Contains(argument.Plain))
                .ToArray();
            var required = known.Where(argument => shape.Required.Contains(argument.Name)).ToArray();
            return required.Length > 0 ? required : known;
        }
    }

    private static Paging? PagingOf(ToolShape shape)
    {
        if (First(shape, Vocabulary.Cursors, argument => argument.TakesText) is { } cursor)
        {
            return new Paging(cursor.Name, PagingKind.Cursor);
        }

        if (First(shape, Vocabulary.Offsets, argument => argument.TakesNumber) is { } offset)
        {
            return new Paging(offset.Name, PagingKind.Offset);
        }

        return First(shape, Vocabulary.Pages, argument => argument.TakesNumber) is { } page
            ? new Paging(page.Name, PagingKind.Page, Number(page.Constant) ?? page.Minimum)
            : null;
    }

    private static long? Number(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var integer) ? integer : null;

    private static ToolArgument? First(ToolShape shape, string[] words, Func<ToolArgument, bool> fits) =>
        words.SelectMany(word => shape.Arguments.Values.Where(argument => argument.Plain == word)).FirstOrDefault(fits);

    private static (ToolArgument Argument, string Value)? Find(ToolShape shape, string[] words, string[] meanings)
    {
        foreach (var argument in words.SelectMany(word => shape.Arguments.Values.Where(argument => argument.Plain == word)))
        {
            if (argument.Values.FirstOrDefault(value => meanings.Contains(Json.Plain(value))) is { } value)
            {
                return (argument, value);
            }
        }

        return null;
    }

    private static string Offered(IEnumerable<ToolShape> shapes) =>
        Words.List(
            shapes.SelectMany(shape => shape.Arguments.Values).DistinctBy(argument => argument.Name).Select(argument => argument.ToString())
        );
}

/// <summary>A tool listed by the server.</summary>
internal sealed record ToolDescription(string Name, JsonElement InputSchema);
