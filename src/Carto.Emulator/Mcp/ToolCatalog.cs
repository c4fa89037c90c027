using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Carto.Emulator;

/// <summary>
/// The tools of the MCP server: those for clients, and what stands for CARTO's many others, so that a client must find the right one by
/// name.
/// </summary>
internal static class ToolCatalog
{
    public const string Manage = "manage_oauth_clients";
    public const string Delete = "delete";

    public const string ClientKind = "oauth_client";

    /// <summary>The tools visible to a caller. API access tokens see no workspace tools.</summary>
    public static IReadOnlyList<Tool> For(Caller caller, EmulatorVariants variants)
    {
        IEnumerable<Tool> tools = Others(variants)
            .Where(other => !other.IsWorkspace || SeesWorkspace(caller, variants))
            .Select(o => o.Tool);
        if (SeesWorkspace(caller, variants))
        {
            tools = tools.Concat([ManageTool(variants), DeleteTool(variants)]);
        }

        // Sorted, the tools for clients are not on the first page.
        return [.. tools.OrderBy(tool => tool.Name, StringComparer.Ordinal)];
    }

    public static bool Sees(Caller caller, string tool, EmulatorVariants variants) =>
        tool is Manage or Delete
            ? SeesWorkspace(caller, variants)
            : Others(variants).Any(other => other.Tool.Name == tool && (!other.IsWorkspace || SeesWorkspace(caller, variants)));

    /// <summary>Whether a tool is for the workspace, where role and plan count.</summary>
    public static bool IsWorkspace(string tool, EmulatorVariants variants) =>
        tool is Manage or Delete || Others(variants).Any(other => other.Tool.Name == tool && other.IsWorkspace);

    /// <summary>Whether a tool is a workflow of the customer.</summary>
    public static bool IsCustomers(string tool, EmulatorVariants variants) =>
        CustomerTool.First(variants.CustomerTools).Any(other => other.Tool.Name == tool);

    private static IEnumerable<ListedTool> Others(EmulatorVariants variants) =>
        CartoTools.For(variants.OtherTools).Concat(CustomerTool.First(variants.CustomerTools));

    private static bool SeesWorkspace(Caller caller, EmulatorVariants variants) =>
        caller.Token != TokenKind.ApiAccess
        && (caller.Token != TokenKind.M2M || variants.M2MTokenAccess != M2MTokenAccess.ToolsHidden)
        && (caller.MayHaveClients || variants.PermissionRefusal != PermissionRefusal.ToolsHidden);

    /// <summary>The operation selected by a value of the method argument.</summary>
    public static Operation NameMethod(string? word, EmulatorVariants variants)
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

    /// <summary>The arguments of <see cref="Manage"/> for an operation, and whether they are required.</summary>
    public static IReadOnlyDictionary<string, bool> Arguments(Operation operation, EmulatorVariants variants)
    {
        Dictionary<string, bool> arguments = new(StringComparer.Ordinal) { [variants.MethodArgument] = true };
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

    /// <summary>The operations of <see cref="Manage"/>, with their values.</summary>
    public static IReadOnlyList<(Operation Operation, string Word)> Methods(EmulatorVariants variants) =>
        [
            .. variants
                .Methods.Words.Select(word => (Operation: NameMethod(word, variants), Word: word))
                .Where(m => m.Operation != Operation.OtherTool),
        ];

    private static string[] PagingArguments(EmulatorVariants variants) =>
        variants.Paging switch
        {
            Paging.PageAndLimit => ["page", "limit"],
            Paging.Cursor => ["cursor"],
            _ => [],
        };

    private static Tool ManageTool(EmulatorVariants variants) =>
        new()
        {
            Name = Manage,
            Description = "Manage the OAuth clients that belong to the current user.",
            InputSchema = Element(variants.SchemaShape == SchemaShape.Flat ? FlatSchema(variants) : OneOfSchema(variants)),
        };

    private static JsonObject FlatSchema(EmulatorVariants variants)
    {
        var methods = Methods(variants);
        JsonObject properties = [];
        foreach (var argument in methods.SelectMany(m => Arguments(m.Operation, variants).Keys).Distinct())
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

    private static JsonObject OneOfSchema(EmulatorVariants variants)
    {
        JsonArray branches = [];
        foreach (var (operation, word) in Methods(variants))
        {
            JsonObject properties = [];
            JsonArray required = [];
            foreach (var (argument, isRequired) in Arguments(operation, variants))
            {
                properties[argument] =
                    argument == variants.MethodArgument
                        ? new JsonObject { ["type"] = "string", ["const"] = word }
                        : Argument(argument, variants, []);
                if (isRequired)
                {
                    required.Add(argument);
                }
            }

            branches.Add((JsonNode)Object(properties, required, variants));
        }

        return new JsonObject { ["type"] = "object", ["oneOf"] = branches };
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
            return new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject { ["type"] = "string" },
                ["description"] = "Only for clients of another type",
            };
        }

        JsonObject argument = new() { ["type"] = "string" };
        if (name == variants.MethodArgument)
        {
            argument["description"] = $"Operation to perform: {string.Join(", ", words)}";
            if (variants.MethodEnum)
            {
                argument["enum"] = Strings(words);
            }
        }
        else if (name == variants.TypeArgument)
        {
            argument["description"] = "Type of OAuth client";
            argument["enum"] = Strings(variants.TypeValues);
        }
        else if (name == variants.NameArgument)
        {
            argument["description"] = "Display name of the OAuth client";
            if (variants is { MaxNameLength: { } length, LongNames: LongNames.Reject })
            {
                argument["maxLength"] = length;
            }
        }
        else if (name == variants.IdArgument)
        {
            argument["description"] = "Client ID of the OAuth client";
        }
        else
        {
            argument["description"] = "Where the next page begins";
        }

        return argument;
    }

    private static Tool DeleteTool(EmulatorVariants variants)
    {
        List<string> kinds = ["map", "workflow", "connection", "token", "project_item"];
        if (variants.DeleteVia != DeleteVia.ManageTool)
        {
            kinds.Insert(4, ClientKind);
        }

        return new Tool
        {
            Name = Delete,
            Description = "Delete a resource permanently.",
            InputSchema = Element(
                new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["kind"] = new JsonObject
                        {
                            ["type"] = "string",
                            ["enum"] = Strings(kinds),
                            ["description"] = "Kind of resource",
                        },
                        [variants.DeleteIdArgument] = new JsonObject { ["type"] = "string", ["description"] = "ID of the resource" },
                    },
                    ["required"] = new JsonArray("kind", variants.DeleteIdArgument),
                    ["additionalProperties"] = false,
                }
            ),
        };
    }

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    private static JsonElement Element(JsonObject schema)
    {
        using var document = JsonDocument.Parse(schema.ToJsonString());
        return document.RootElement.Clone();
    }
}
