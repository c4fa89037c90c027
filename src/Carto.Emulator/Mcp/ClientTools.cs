using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Carto.Emulator;

/// <summary>The tools that manage clients, and the arguments of their operations.</summary>
internal static class ClientTools
{
    public const string Manage = "manage_oauth_clients";
    public const string Delete = "delete";

    public const string ClientKind = "oauth_client";

    private static readonly (string Tool, Operation Operation)[] SingleTools =
    [
        ("create_oauth_client", Operation.Create),
        ("list_oauth_clients", Operation.List),
        ("get_oauth_client", Operation.Get),
        ("update_oauth_client", Operation.Update),
        ("delete_oauth_client", Operation.Delete),
    ];

    public static bool IsOne(string tool, EmulatorVariants variants) =>
        tool == Delete
        || (tool == Manage && variants.CredentialsTools == CredentialsTools.Manage)
        || Singles(variants).Any(single => single.Tool == tool);

    public static IEnumerable<Tool> All(EmulatorVariants variants)
    {
        if (variants.CredentialsTools == CredentialsTools.Manage)
        {
            yield return ManageTool(variants);
        }

        foreach (var (name, operation) in Singles(variants))
        {
            yield return New(
                name,
                $"{operation} an OAuth client of the current user.",
                Object(Arguments(operation, isSingle: true, variants), word: null, variants)
            );
        }

        yield return DeleteTool(variants);
    }

    /// <summary>The operation that a call selects, whether or not it is offered: <see cref="Operation.OtherTool"/> if none.</summary>
    public static Operation Select(string? tool, Func<string, string?> argument, EmulatorVariants variants) =>
        tool switch
        {
            Manage when variants.CredentialsTools == CredentialsTools.Manage => NameMethod(argument(variants.MethodArgument), variants),
            Delete when argument("kind") == ClientKind => Operation.Delete,
            _ when Singles(variants).FirstOrDefault(single => single.Tool == tool) is { Tool: not null } single => single.Operation,
            _ => Operation.OtherTool,
        };

    /// <summary>The arguments of an operation, and whether they are required.</summary>
    public static IReadOnlyDictionary<string, bool> Arguments(Operation operation, bool isSingle, EmulatorVariants variants)
    {
        Dictionary<string, bool> arguments = new(StringComparer.Ordinal);
        if (!isSingle)
        {
            arguments[variants.MethodArgument] = true;
        }

        if (variants.TypeArgument is { } type)
        {
            arguments[type] = variants.TypeRequired;
        }

        if (operation is Operation.Create or Operation.Update)
        {
            arguments[variants.NameArgument] = true;
        }

        if (operation is Operation.Get or Operation.Update or Operation.Delete)
        {
            arguments[variants.IdArgument] = true;
        }

        if (operation == Operation.Delete && variants.DeleteConfirmation is { } confirmation)
        {
            arguments[confirmation] = true;
        }

        string[] optional =
        [
            .. operation == Operation.List ? PagingArguments(variants) : [],
            .. operation is Operation.Create or Operation.Update ? variants.ExtraArguments : [],
        ];
        foreach (var argument in optional)
        {
            arguments[argument] = false;
        }

        return arguments;
    }

    /// <summary>All arguments of a tool, whatever the operation.</summary>
    public static HashSet<string> AllArguments(string tool, EmulatorVariants variants) =>
        tool == Manage
            ? Methods(variants).SelectMany(m => Arguments(m.Operation, isSingle: false, variants).Keys).ToHashSet(StringComparer.Ordinal)
            : [.. Arguments(Singles(variants).First(single => single.Tool == tool).Operation, isSingle: true, variants).Keys];

    /// <summary>The arguments of <see cref="Delete"/>; all are required.</summary>
    public static string[] DeleteArguments(EmulatorVariants variants) =>
        variants.DeleteConfirmation is { } confirmation
            ? ["kind", variants.DeleteIdArgument, confirmation]
            : ["kind", variants.DeleteIdArgument];

    /// <summary>Whether <see cref="Delete"/> knows the kind.</summary>
    public static bool DeletesClients(EmulatorVariants variants) =>
        variants.CredentialsTools != CredentialsTools.None && variants.DeleteVia != DeleteVia.ManageTool;

    private static Operation NameMethod(string? word, EmulatorVariants variants)
    {
        var names = variants.Methods;
        return word switch
        {
            null => Operation.OtherTool,
            _ when word == names.List => Operation.List,
            _ when word == names.Create => Operation.Create,
            _ when word == names.Get => Operation.Get,
            _ when word == names.Update => Operation.Update,
            _ when word == names.Delete && variants.DeleteVia != DeleteVia.DeleteTool => Operation.Delete,
            _ => Operation.OtherTool,
        };
    }

    /// <summary>The operations of <see cref="Manage"/>, with their values.</summary>
    private static IReadOnlyList<(Operation Operation, string Word)> Methods(EmulatorVariants variants) =>
        [
            .. variants
                .Methods.Words.Select(word => (Operation: NameMethod(word, variants), Word: word))
                .Where(m => m.Operation != Operation.OtherTool),
        ];

    private static IEnumerable<(string Tool, Operation Operation)> Singles(EmulatorVariants variants) =>
        variants.CredentialsTools != CredentialsTools.Separate
            ? []
            : SingleTools.Where(single =>
                single.Operation switch
                {
                    Operation.Get => variants.Methods.Get,
                    Operation.Update => variants.Methods.Update,
                    Operation.Delete => variants.Methods.Delete,
                    _ => single.Tool,
                }
                    is not null
            );

    private static string[] PagingArguments(EmulatorVariants variants) =>
        variants.Paging switch
        {
            Paging.PageAndLimit => ["page", "limit"],
            Paging.Cursor => ["cursor"],
            _ => [],
        };

    private static Tool ManageTool(EmulatorVariants variants) =>
        New(
            Manage,
            "Manage the OAuth clients that belong to the current user.",
            variants.SchemaShape == SchemaShape.Flat ? FlatSchema(variants) : OneOfSchema(variants)
        );

    private static JsonObject FlatSchema(EmulatorVariants variants)
    {
        var methods = Methods(variants);
        JsonObject properties = [];
        foreach (var argument in AllArguments(Manage, variants))
        {
            properties[argument] = Argument(argument, variants, [.. methods.Select(m => m.Word)]);
        }

        JsonArray required = [variants.MethodArgument];
        if (variants is { TypeArgument: { } type, TypeRequired: true })
        {
            required.Add(type);
        }

        return Object(properties, required, variants);
    }

    private static JsonObject OneOfSchema(EmulatorVariants variants) =>
        new()
        {
            ["type"] = "object",
            ["oneOf"] = new JsonArray([
                .. Methods(variants)
                    .Select(method => (JsonNode)Object(Arguments(method.Operation, isSingle: false, variants), method.Word, variants)),
            ]),
        };

    /// <summary>The arguments of one operation; <paramref name="word"/> selects it.</summary>
    private static JsonObject Object(IReadOnlyDictionary<string, bool> arguments, string? word, EmulatorVariants variants)
    {
        JsonObject properties = [];
        foreach (var argument in arguments.Keys)
        {
            properties[argument] =
                word is not null && argument == variants.MethodArgument
                    ? new JsonObject { ["type"] = "string", ["const"] = word }
                    : Argument(argument, variants, []);
        }

        return Object(properties, Strings(arguments.Where(a => a.Value).Select(a => a.Key)), variants);
    }

    private static JsonObject Object(JsonObject properties, JsonArray required, EmulatorVariants variants)
    {
        JsonObject schema = new()
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = required,
        };
        if (variants.RefuseUnknownArguments)
        {
            schema["additionalProperties"] = false;
        }

        return schema;
    }

    private static JsonObject Argument(string name, EmulatorVariants variants, IReadOnlyList<string> words)
    {
        if (name is "page" or "limit")
        {
            JsonObject number = new()
            {
                ["type"] = "integer",
                ["minimum"] = 1,
                ["description"] = name == "page" ? "Page, from 1" : "Page length",
            };
            if (name == "limit")
            {
                number["maximum"] = variants.PageSize;
            }

            return number;
        }

        if (variants.ExtraArguments.Contains(name))
        {
            return List("Only for clients of another type");
        }

        if (name == variants.DeleteConfirmation)
        {
            return Confirmation();
        }

        if (name == variants.MethodArgument)
        {
            var method = Text($"Operation to perform: {string.Join(", ", words)}");
            if (variants.MethodEnum)
            {
                method["enum"] = Strings(words);
            }

            return method;
        }

        if (name == variants.TypeArgument)
        {
            var type = Text("Type of OAuth client");
            type["enum"] = Strings(variants.TypeValues);
            return type;
        }

        if (name == variants.NameArgument)
        {
            var title = Text("Display name of the OAuth client");
            if (variants is { MaxNameLength: { } length, LongNames: LongNames.Reject })
            {
                title["maxLength"] = length;
            }

            return title;
        }

        return Text(name == variants.IdArgument ? "Client ID of the OAuth client" : "Where the next page begins");
    }

    private static Tool DeleteTool(EmulatorVariants variants)
    {
        List<string> kinds = ["map", "workflow", "connection", "token", "project_item"];
        if (DeletesClients(variants))
        {
            kinds.Insert(4, ClientKind);
        }

        var kind = Text("Kind of resource");
        kind["enum"] = Strings(kinds);
        JsonObject properties = new()
        {
            ["kind"] = kind,
            [variants.DeleteIdArgument] = variants.DeleteIdAsList ? List("IDs of the resources") : Text("ID of the resource"),
        };
        if (variants.DeleteConfirmation is { } confirmation)
        {
            properties[confirmation] = Confirmation();
        }

        return New(
            Delete,
            "Delete a resource permanently.",
            new JsonObject
            {
                ["type"] = "object",
                ["properties"] = properties,
                ["required"] = Strings(DeleteArguments(variants)),
                ["additionalProperties"] = false,
            }
        );
    }

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject List(string description) =>
        new()
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "string" },
            ["description"] = description,
        };

    private static JsonObject Confirmation() =>
        new()
        {
            ["type"] = "boolean",
            ["const"] = true,
            ["description"] = "Must be true: a deletion cannot be undone",
        };

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    private static Tool New(string name, string description, JsonObject schema)
    {
        using var document = JsonDocument.Parse(schema.ToJsonString());
        return new Tool
        {
            Name = name,
            Description = description,
            InputSchema = document.RootElement.Clone(),
        };
    }
}
