using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Carto.Emulator;

/// <summary>
/// Translates tool calls to operations, and their answers to results. Tool schemas are data rather than method signatures, because they
/// change at run time.
/// </summary>
internal sealed class ToolCalls(CartoState state, ClientCalls clients, VariantsHolder variants, TimeProvider timeProvider)
{
    private const string NotEmulated = "The emulator does not do this";

    public async ValueTask<ListToolsResult> ListToolsAsync(
        RequestContext<ListToolsRequestParams> request,
        CancellationToken cancellationToken
    )
    {
        var call = Scope(request.Services);
        var current = variants.Current;
        var start = 0;
        if (request.Params?.Cursor is { } cursor)
        {
            start = Cursor.Read(cursor) is { } read and < int.MaxValue
                ? (int)read
                : throw new McpProtocolException("Invalid cursor", McpErrorCode.InvalidParams);
        }
        else if (current.ConnectLatency > TimeSpan.Zero)
        {
            await Task.Delay(current.ConnectLatency, timeProvider, cancellationToken);
        }

        var tools = ToolCatalog.For(call.Caller!, current);
        var end = (int)Math.Min(tools.Count, start + (long)(current.ToolsPageSize ?? tools.Count));
        return new ListToolsResult
        {
            Tools = [.. tools.Skip(start).Take(end - start)],
            NextCursor = end < tools.Count ? Cursor.Write(end) : null,
        };
    }

    public ValueTask<CallToolResult> CallToolAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var call = Scope(request.Services);
        var current = variants.Current;
        var (tool, arguments) = (request.Params!.Name, request.Params.Arguments ?? new Dictionary<string, JsonElement>());
        try
        {
            var subject = tool == ClientTools.Delete ? DeletedId(arguments, current) : Text(arguments, current.IdArgument);
            var answer = ClientCalls.Run(call, current, subject ?? Text(arguments, current.NameArgument), () =>
                Perform(tool, arguments, call, current)
            );
            return ValueTask.FromResult(Result(answer, call, current));
        }
        catch (CartoRefusal refusal)
        {
            return ValueTask.FromResult(Refuse(refusal, current));
        }
    }

    private static CallScope Scope(IServiceProvider? services) => services!.GetRequiredService<CallScope>();

    private ClientAnswer Perform(string tool, IDictionary<string, JsonElement> arguments, CallScope call, EmulatorVariants current)
    {
        var caller = call.Caller!;
        if (!ToolCatalog.Sees(caller, tool, current))
        {
            call.Outcome = "unknown tool";
            throw new McpProtocolException($"Unknown tool: '{tool}'", McpErrorCode.InvalidParams);
        }

        if (ToolCatalog.IsWorkspace(tool, current))
        {
            ClientCalls.Admit(caller, current);
        }

        return tool switch
        {
            _ when ClientTools.IsOne(tool, current) => clients.Perform(Read(tool, arguments, call, current), call, current),
            CartoTools.Users when Text(arguments, "method") == "list" => ClientAnswer.Of(ListUsers(caller.User.AccountId), current),
            CartoTools.WorkspaceInfo => ClientAnswer.Of(Info(caller.User), current),
            _ when ToolCatalog.IsCustomers(tool, current) => RunWorkflow(tool, call, current),
            _ => throw new CartoRefusal(501, NotEmulated),
        };
    }

    /// <summary>What the arguments of a tool for clients ask for, if they follow its schema.</summary>
    private static ClientRequest Read(string tool, IDictionary<string, JsonElement> arguments, CallScope call, EmulatorVariants current)
    {
        if (tool == ClientTools.Delete)
        {
            return ReadDelete(arguments, call, current);
        }

        var operation = ClientTools.Select(tool, name => Text(arguments, name), current);
        if (operation == Operation.OtherTool)
        {
            throw Refusals.Invalid($"'{current.MethodArgument}' is not a known operation");
        }

        var known = ClientTools.Arguments(operation, isSingle: tool != ClientTools.Manage, current);
        Check(
            arguments,
            known.Where(a => a.Value).Select(a => a.Key),
            current.RefuseUnknownArguments ? ClientTools.AllArguments(tool, current) : null,
            current
        );
        if (current.TypeArgument is { } type && Text(arguments, type) is not (null or EmulatorClient.M2M))
        {
            throw new CartoRefusal(501, NotEmulated);
        }

        return new ClientRequest(operation)
        {
            ClientId = Text(arguments, current.IdArgument),
            Name = Text(arguments, current.NameArgument),
            Page = Number(arguments, "page", int.MaxValue) ?? 1,
            Limit = Number(arguments, "limit", current.PageSize),
            Cursor = Text(arguments, "cursor"),
        };
    }

    private static ClientRequest ReadDelete(IDictionary<string, JsonElement> arguments, CallScope call, EmulatorVariants current)
    {
        var known = ClientTools.DeleteArguments(current);
        Check(arguments, known.Where(name => name != current.DeleteIdArgument), [.. known], current);
        var form = current.DeleteIdAsList ? "list of one string" : "string";
        call.Subject = DeletedId(arguments, current)
            ?? throw Refusals.Invalid($"'{current.DeleteIdArgument}' is required and must be a {form}");
        if (Text(arguments, "kind") != ClientTools.ClientKind)
        {
            throw new CartoRefusal(501, NotEmulated);
        }

        return ClientTools.DeletesClients(current)
            ? new ClientRequest(Operation.Delete) { ClientId = call.Subject }
            : throw Refusals.Invalid("'kind' is not a known kind of resource");
    }

    /// <summary>The ID given to the <c>delete</c> tool; null if it is not given in the right form.</summary>
    private static string? DeletedId(IDictionary<string, JsonElement> arguments, EmulatorVariants current)
    {
        if (!current.DeleteIdAsList)
        {
            return Text(arguments, current.DeleteIdArgument);
        }

        // More than one would be a deletion that is half done when it fails, which nobody has described.
        return
            arguments.TryGetValue(current.DeleteIdArgument, out var ids)
            && ids.ValueKind == JsonValueKind.Array
            && ids.GetArrayLength() == 1
            && ids[0].ValueKind == JsonValueKind.String
            ? ids[0].GetString()
            : null;
    }

    /// <summary>Somebody's workflow has run: the log of calls says which.</summary>
    private static ClientAnswer RunWorkflow(string name, CallScope call, EmulatorVariants current)
    {
        (call.Subject, call.TookEffect) = (name, true);
        return ClientAnswer.Of(new JsonObject { ["workflow"] = name, ["rows"] = new JsonArray() }, current);
    }

    private static CallToolResult Result(ClientAnswer answer, CallScope call, EmulatorVariants current) =>
        new()
        {
            Content = answer.Write(call) is { } text ? [new TextContentBlock { Text = text }] : [],
            StructuredContent =
                current.StructuredContent && answer.Json is JsonObject json
                    ? JsonSerializer.SerializeToElement(json, AdminJsonContext.Default.JsonNode)
                    : null,
        };

    private static CallToolResult Refuse(CartoRefusal refusal, EmulatorVariants current)
    {
        if (current.ErrorAnswer == ErrorAnswer.JsonRpc)
        {
            var code = refusal.Status is >= 400 and < 500 ? McpErrorCode.InvalidParams : McpErrorCode.InternalError;
            throw new McpProtocolException(refusal.Message, code);
        }

        var text =
            current.ErrorAnswer == ErrorAnswer.Text ? refusal.Message : Answers.Error(refusal.Status, refusal.Message).ToJsonString();
        return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = text }] };
    }

    private JsonArray ListUsers(string accountId) =>
        [
            .. state
                .Users.Where(u => u.AccountId == accountId)
                .Select(u =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["id"] = u.UserId,
                            ["name"] = u.Name,
                            ["role"] = u.Role.ToString(),
                        }
                ),
        ];

    private static JsonObject Info(EmulatorUser user) =>
        new()
        {
            ["account_id"] = user.AccountId,
            ["userId"] = user.UserId,
            ["name"] = user.Name,
            ["role"] = user.Role.ToString(),
            ["plan"] = user.Plan.ToString(),
        };

    private static void Check(
        IDictionary<string, JsonElement> arguments,
        IEnumerable<string> required,
        HashSet<string>? known,
        EmulatorVariants current
    )
    {
        foreach (var name in required)
        {
            if (name == current.DeleteConfirmation)
            {
                if (!arguments.TryGetValue(name, out var confirmed) || confirmed.ValueKind != JsonValueKind.True)
                {
                    throw Refusals.Invalid($"'{name}' must be true");
                }
            }
            else if (Text(arguments, name) is null)
            {
                throw Refusals.Invalid($"'{name}' is required and must be a string");
            }
        }

        if (known is not null && arguments.Keys.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
        {
            throw Refusals.Invalid($"'{unknown}' is not known");
        }
    }

    private static string? Text(IDictionary<string, JsonElement> arguments, string name) =>
        arguments.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(IDictionary<string, JsonElement> arguments, string name, int maximum)
    {
        if (!arguments.TryGetValue(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 1 && number <= maximum
            ? number
            : throw Refusals.Invalid($"'{name}' must be an integer from 1 to {maximum}");
    }
}
