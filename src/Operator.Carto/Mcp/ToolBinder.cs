using System.Text.Json;
using Operator.Carto.Clients;

namespace Operator.Carto.Mcp;

/// <summary>
/// Binds operations to the tools a server lists, based only on their JSON Schemas. Never sends what a schema does not name, and does not
/// bind anything ambiguous.
/// </summary>
internal static class ToolBinder
{
    // A larger page makes messages too large, and a server with hundreds of clients per page needs none.
    private const long LargestPage = 1000;

    /// <summary>Binds all operations.</summary>
    /// <param name="tools">What the server lists.</param>
    /// <param name="given">What the account's spec says about them, which wins.</param>
    public static ToolBindings Bind(IReadOnlyList<ToolDescription> tools, GivenCalls? given = null) =>
        new(
            Enum.GetValues<ClientOperation>()
                .ToDictionary(
                    operation => operation,
                    operation => given?.Of(operation) is { } call ? BindGiven(tools, operation, call) : Find(tools, operation)
                )
        );

    private static Binding Find(IReadOnlyList<ToolDescription> tools, ClientOperation operation)
    {
        var binding = tools.FirstOrDefault(tool => tool.Name == Vocabulary.ManageTool) is { } manage
            ? BindSelected(manage, operation)
            : BindSingle(tools, operation);
        if (
            binding.Call is null
            && operation == ClientOperation.Delete
            && tools.FirstOrDefault(tool => tool.Name == Vocabulary.DeleteTool) is { } delete
        )
        {
            var separate = BindDelete(delete);
            return separate.Call is null ? new Binding(null, $"{binding.Missing} {separate.Missing}") : separate;
        }

        return binding;
    }

    /// <summary>A tool for this operation alone.</summary>
    private static Binding BindSingle(IReadOnlyList<ToolDescription> tools, ClientOperation operation) =>
        tools.Where(tool => Vocabulary.IsToolFor(tool.Name, operation)).ToArray() switch
        {
            [] => new Binding(null, NoTool(tools)),
            [var only] => First(ToolSchema.Read(only.InputSchema).Select(shape => Fill(only.Name, operation, shape, []))),
            var several => new Binding(
                null,
                $"several tools may {operation.Word()} a client ({Words.List(several.Select(tool => tool.Name))}), and which of them does "
                    + "is not known."
            ),
        };

    /// <summary>As the account's spec says; what it leaves open is found as usual.</summary>
    private static Binding BindGiven(IReadOnlyList<ToolDescription> tools, ClientOperation operation, GivenCall given)
    {
        var field = $"spec.mcp.operations.{operation.Word()}";
        var name = given.Tool ?? Vocabulary.ManageTool;
        if (tools.FirstOrDefault(tool => tool.Name == name) is not { } tool)
        {
            return new Binding(
                null,
                $"{field}.tool: there is no tool {name}; the server lists {Words.List(tools.Select(tool => tool.Name))}."
            );
        }

        return First(ToolSchema.Read(tool.InputSchema).Select(shape => BindGiven(tool.Name, operation, shape, given, field)));
    }

    private static Binding BindGiven(string tool, ClientOperation operation, ToolShape shape, GivenCall given, string field)
    {
        List<KeyValuePair<string, JsonElement>> constants = [];
        foreach (var (name, text) in given.Arguments)
        {
            if (shape.Arguments.GetValueOrDefault(name) is not { } argument)
            {
                return new Binding(null, $"{field}.arguments: {tool} has no argument {name}; its arguments are {Offered([shape])}.");
            }

            if (argument.Read(text) is not { } value)
            {
                return new Binding(null, $"{field}.arguments.{name}: {text} is not among what {tool} takes: {argument}.");
            }

            constants.Add(new(name, value));
        }

        foreach (var (part, name) in new[] { ("nameArgument", given.NameArgument), ("idArgument", given.IdArgument) })
        {
            if (name is not null && !shape.Arguments.ContainsKey(name))
            {
                return new Binding(null, $"{field}.{part}: {tool} has no argument {name}; its arguments are {Offered([shape])}.");
            }
        }

        // Which operation, unless the spec says so.
        var found = tool == Vocabulary.DeleteTool ? Find(shape, Vocabulary.Kinds, Vocabulary.ClientKinds) : Selector(shape, operation);
        if (found is var (selector, meant) && !given.Arguments.ContainsKey(selector.Name))
        {
            constants.Add(new(selector.Name, Json.Value(meant)));
        }

        var binding = Fill(tool, operation, shape, constants, given);
        return binding.Call is { } call ? new Binding(call with { IsGiven = true }, null) : binding;
    }

    /// <summary>The first that works; otherwise what the first of them lacks.</summary>
    private static Binding First(IEnumerable<Binding> bindings)
    {
        Binding? failure = null;
        foreach (var binding in bindings)
        {
            if (binding.Call is not null)
            {
                return binding;
            }

            failure ??= binding;
        }

        return failure!.Value;
    }

    private static string NoTool(IReadOnlyList<ToolDescription> tools) =>
        $"there is no tool {Vocabulary.ManageTool}; the server lists {Words.List(tools.Select(tool => tool.Name))}. "
        + "CARTO shows this tool to OAuth tokens of users who may create developer credentials, and not to API access tokens: "
        + "check the account's credentials, role and plan.";

    private static Binding BindSelected(ToolDescription tool, ClientOperation operation)
    {
        var shapes = ToolSchema.Read(tool.InputSchema);
        return BindWhere(tool, operation, shapes, shape => Selector(shape, operation))
            ?? new Binding(null, NoSelector(tool.Name, operation, shapes));
    }

    /// <summary>By the shapes in which an argument has the right value; null if there are none.</summary>
    private static Binding? BindWhere(
        ToolDescription tool,
        ClientOperation operation,
        IReadOnlyList<ToolShape> shapes,
        Func<ToolShape, (ToolArgument Argument, string Value)?> select
    )
    {
        Binding[] bindings =
        [
            .. shapes
                .Select(shape =>
                    select(shape) is var (argument, value)
                        ? Fill(tool.Name, operation, shape, [new(argument.Name, Json.Value(value))])
                        : (Binding?)null
                )
                .OfType<Binding>(),
        ];
        return bindings.Length > 0 ? First(bindings) : null;
    }

    internal static (ToolArgument Argument, string Value)? Selector(ToolShape shape, ClientOperation operation)
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
        return BindWhere(tool, ClientOperation.Delete, shapes, shape => Find(shape, Vocabulary.Kinds, Vocabulary.ClientKinds))
            ?? new Binding(
                null,
                $"The tool {tool.Name} has no argument {string.Join(", ", Vocabulary.Kinds)} with a value for OAuth clients; its "
                    + $"arguments are {Offered(shapes)}."
            );
    }

    /// <summary>Maps every input of the operation to an argument, and every required argument to a value.</summary>
    private static Binding Fill(
        string tool,
        ClientOperation operation,
        ToolShape shape,
        List<KeyValuePair<string, JsonElement>> constants,
        GivenCall? given = null
    )
    {
        var taken = constants
            .Select(constant => constant.Key)
            .Concat(new[] { given?.NameArgument, given?.IdArgument }.OfType<string>())
            .ToHashSet(StringComparer.Ordinal);
        ToolArgument? id = null;
        if (operation.NamesClient())
        {
            var ids =
                given?.IdArgument is { } said ? [shape.Arguments[said]]
                : Candidates(argument => argument.TakesText && Vocabulary.Ids.Contains(argument.Plain)) is { Length: > 0 } known ? known
                : Candidates(argument => argument.TakesList && Vocabulary.IsIdList(argument.Plain)) is { Length: > 0 } lists ? lists
                : OnlyOpenOne();
            switch (ids)
            {
                case []:
                    return Missing($"has no argument for the client's id among {string.Join(", ", Vocabulary.Ids)}");
                case [_, _, ..]:
                    // The wrong one might match nothing, and a client that is not found counts as deleted.
                    return Missing(
                        $"has several arguments that may take the client's id ({Words.List(ids.Select(argument => argument.Name))})"
                    );
            }

            id = ids[0];
            taken.Add(id.Name);
        }

        ToolArgument? name = null;
        if (operation is ClientOperation.Create or ClientOperation.Rename)
        {
            var names = given?.NameArgument is { } said
                ? [shape.Arguments[said]]
                : Candidates(argument => argument.TakesText && Vocabulary.Names.Contains(argument.Plain));
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

        // Without it, a deletion may only be announced.
        if (
            operation == ClientOperation.Delete
            && First(shape, Vocabulary.Confirmations, argument => argument.TakesFlag) is { } confirmation
            && taken.Add(confirmation.Name)
        )
        {
            constants.Add(new(confirmation.Name, Json.Value(true)));
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
            new BoundCall(
                tool,
                constants,
                name?.Name,
                id?.Name,
                paging,
                name?.MaxLength is > 0 and <= int.MaxValue ? (int)name.MaxLength : null,
                id?.TakesList == true
            ),
            null
        );

        Binding Missing(string what) => new(null, $"{tool}, to {operation.Word()} a client, {what}; its arguments are {Offered([shape])}.");

        // Of several candidates, required ones take precedence.
        ToolArgument[] Candidates(Func<ToolArgument, bool> fits)
        {
            var known = shape.Arguments.Values.Where(argument => !taken.Contains(argument.Name) && fits(argument)).ToArray();
            var required = known.Where(argument => shape.Required.Contains(argument.Name)).ToArray();
            return required.Length > 0 ? required : known;
        }

        // A call about one client needs its id: it goes where nothing else can.
        ToolArgument[] OnlyOpenOne() =>
            shape
                .Arguments.Values.Where(argument =>
                    shape.Required.Contains(argument.Name)
                    && !taken.Contains(argument.Name)
                    && argument is { TakesText: true, Constant: null }
                    && !Vocabulary.Names.Contains(argument.Plain)
                )
                .ToArray()
                is [var only]
                ? [only]
                : [];
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

    internal static (ToolArgument Argument, string Value)? Find(ToolShape shape, string[] words, string[] meanings)
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
