using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Carto.Emulator;

/// <summary>Executes tool calls. Tool schemas are data rather than method signatures, because they change at run time.</summary>
internal sealed class ToolCalls(CartoState state, VariantsHolder variants, TimeProvider timeProvider)
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
            start = TryReadCursor(cursor) is { } read and < int.MaxValue
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
            NextCursor = end < tools.Count ? WriteCursor(end) : null,
        };
    }

    public ValueTask<CallToolResult> CallToolAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var call = Scope(request.Services);
        var current = variants.Current;
        try
        {
            if (call.Find(FaultKind.ToolError) is { AfterEffect: false } before)
            {
                throw Strike(call, before);
            }

            if (call.Find(FaultKind.Answer) is { AfterEffect: false } instead)
            {
                return ValueTask.FromResult(Instead(instead, request.Params!, call, current));
            }

            var result = Perform(request.Params!, call, current);
            if (call.Find(FaultKind.Answer) is { } told)
            {
                return ValueTask.FromResult(Instead(told, request.Params!, call, current));
            }

            if (call.Find(FaultKind.ToolError) is { } after)
            {
                throw Strike(call, after);
            }

            return ValueTask.FromResult(result);
        }
        catch (CartoRefusal refusal)
        {
            if (refusal.MissingClient is { } missing)
            {
                refusal = new CartoRefusal(
                    current.GoneStatus,
                    current.GoneMessage?.Replace("{id}", missing, StringComparison.Ordinal) ?? refusal.Message
                );
            }

            call.Outcome ??= refusal.Status.ToString(CultureInfo.InvariantCulture);
            return ValueTask.FromResult(Refuse(refusal, current));
        }
    }

    private static CallScope Scope(IServiceProvider? services) => services!.GetRequiredService<CallScope>();

    private static CartoRefusal Strike(CallScope call, Fault fault)
    {
        call.Outcome = "fault ToolError";
        return new CartoRefusal(500, fault.Message ?? "Something went wrong");
    }

    /// <summary>A response that does not match what was done.</summary>
    private static CallToolResult Instead(Fault fault, CallToolRequestParams request, CallScope call, EmulatorVariants current)
    {
        var arguments = request.Arguments ?? new Dictionary<string, JsonElement>();
        call.Outcome = "fault Answer";
        call.Subject ??= Text(arguments, request.Name == ToolCatalog.Delete ? current.DeleteIdArgument : current.IdArgument)
            ?? Text(arguments, current.NameArgument);
        return fault.Message is { } text ? Plain(text.Replace("{id}", call.Subject, StringComparison.Ordinal))
            : call.Operation == Operation.Delete ? Deleted(call.Subject ?? "", call, current)
            : Answer(new JsonObject { ["success"] = true }, call, current);
    }

    private CallToolResult Perform(CallToolRequestParams request, CallScope call, EmulatorVariants current)
    {
        var caller = call.Caller!;
        var arguments = request.Arguments ?? new Dictionary<string, JsonElement>();
        if (!ToolCatalog.Sees(caller, request.Name, current))
        {
            call.Outcome = "unknown tool";
            throw new McpProtocolException($"Unknown tool: '{request.Name}'", McpErrorCode.InvalidParams);
        }

        var isWorkspace = ToolCatalog.IsWorkspace(request.Name, current);
        if (isWorkspace && !caller.MayHaveClients)
        {
            throw new CartoRefusal(403, caller.User.Role == UserRole.Viewer ? Refusals.Role : Refusals.Plan);
        }

        if (isWorkspace && caller.Token == TokenKind.M2M && current.M2MTokenAccess == M2MTokenAccess.CallsRefused)
        {
            throw new CartoRefusal(403, Refusals.M2MToken);
        }

        return request.Name switch
        {
            ToolCatalog.Manage => Manage(arguments, call, current),
            ToolCatalog.Delete => Delete(arguments, call, current),
            CartoTools.Users when Text(arguments, "method") == "list" => Answer(ListUsers(caller.User.AccountId), call, current),
            CartoTools.WorkspaceInfo => Answer(Info(caller.User), call, current),
            _ when ToolCatalog.IsCustomers(request.Name, current) => RunWorkflow(request.Name, call, current),
            _ => throw new CartoRefusal(501, NotEmulated),
        };
    }

    /// <summary>Somebody's workflow has run: the log of calls says which.</summary>
    private static CallToolResult RunWorkflow(string name, CallScope call, EmulatorVariants current)
    {
        (call.Subject, call.TookEffect) = (name, true);
        return Answer(new JsonObject { ["workflow"] = name, ["rows"] = new JsonArray() }, call, current);
    }

    private CallToolResult Manage(IDictionary<string, JsonElement> arguments, CallScope call, EmulatorVariants current)
    {
        var operation = ToolCatalog.NameMethod(Text(arguments, current.MethodArgument), current);
        if (operation == Operation.OtherTool)
        {
            throw new CartoRefusal(400, $"Invalid arguments: '{current.MethodArgument}' is not a known operation");
        }

        var known = ToolCatalog.Arguments(operation, current);
        Check(arguments, known.Where(a => a.Value).Select(a => a.Key), current.RefuseUnknownArguments ? AllArguments(current) : null);
        if (current.TypeArgument is { } type && Text(arguments, type) is not (null or EmulatorClient.M2M))
        {
            throw new CartoRefusal(501, NotEmulated);
        }

        var userId = call.UserId!;
        var clientId = Text(arguments, current.IdArgument);
        var name = Text(arguments, current.NameArgument);
        call.Subject = operation == Operation.Create ? name : clientId;
        switch (operation)
        {
            case Operation.Create:
                var created = state.Create(userId, name!, current);
                call.TookEffect = true;
                var pair = Show(created, current.SecretInCreate, current.MaskInCreate, current);
                return Answer(current.CreateAnswersPairOnly ? PairOf(pair, current) : pair, call, current);
            case Operation.Get:
                return Answer(Show(state.Get(userId, clientId!), current.SecretInGet, isMasked: true, current), call, current);
            case Operation.Update:
                var renamed = state.Rename(userId, clientId!, name!, current);
                call.TookEffect = true;
                return Answer(Show(renamed, withSecret: false, isMasked: true, current), call, current);
            case Operation.Delete:
                return Delete(clientId!, call, current);
            default:
                return List(arguments, call, current);
        }
    }

    private CallToolResult Delete(IDictionary<string, JsonElement> arguments, CallScope call, EmulatorVariants current)
    {
        Check(arguments, ["kind", current.DeleteIdArgument], ["kind", current.DeleteIdArgument]);
        call.Subject = Text(arguments, current.DeleteIdArgument);
        if (Text(arguments, "kind") != ToolCatalog.ClientKind)
        {
            throw new CartoRefusal(501, NotEmulated);
        }

        return current.DeleteVia != DeleteVia.ManageTool
            ? Delete(call.Subject!, call, current)
            : throw new CartoRefusal(400, "Invalid arguments: 'kind' is not a known kind of resource");
    }

    private CallToolResult Delete(string clientId, CallScope call, EmulatorVariants current)
    {
        state.Delete(call.UserId!, clientId, current);
        call.TookEffect = true;
        return Deleted(clientId, call, current);
    }

    private static CallToolResult Deleted(string clientId, CallScope call, EmulatorVariants current) =>
        current.DeleteAnswer switch
        {
            DeleteAnswer.Success => Answer(new JsonObject { ["success"] = true }, call, current),
            DeleteAnswer.Id => Answer(new JsonObject { [current.IdField] = clientId }, call, current),
            DeleteAnswer.Text => Plain("The OAuth client has been deleted."),
            _ => new CallToolResult { Content = [] },
        };

    private CallToolResult List(IDictionary<string, JsonElement> arguments, CallScope call, EmulatorVariants current)
    {
        var page = Number(arguments, "page", int.MaxValue) ?? 1;
        var limit = Number(arguments, "limit", current.PageSize) ?? current.PageSize;
        var cursor = Text(arguments, "cursor");
        var all = state.List(call.UserId!, isFirstPage: page == 1 && cursor is null, current);
        if (call.Find(FaultKind.EmptyList) is { } emptied)
        {
            call.Outcome = "fault EmptyList";
            all = [.. all.Where(client => client.Id == emptied.Except)];
        }

        JsonObject beside = [];
        IEnumerable<EmulatorClient> shown = all;
        if (current.Paging == Paging.PageAndLimit)
        {
            shown = all.Skip((int)Math.Min(int.MaxValue, (page - 1L) * limit)).Take(limit);
            (beside["page"], beside["limit"], beside["total"]) = (page, limit, all.Count);
        }
        else if (current.Paging == Paging.Cursor)
        {
            var after = cursor is null ? 0 : ReadCursor(cursor);
            var rest = all.Where(c => c.Sequence > after).Take(current.PageSize + 1).ToList();
            var hasMore = rest.Count > current.PageSize;
            shown = rest.Take(current.PageSize);
            beside["nextCursor"] = hasMore ? WriteCursor(rest[current.PageSize - 1].Sequence) : null;
        }

        JsonArray items = [.. shown.Select(c => (JsonNode)Show(c, current.SecretInList, isMasked: true, current))];
        if (call.Find(FaultKind.OddEntry) is not null)
        {
            call.Outcome = "fault OddEntry";
            items.Insert(0, new JsonObject { [current.NameField] = "An entry without an ID" });
        }

        return current.ListShape == ListShape.Markdown ? Plain(Table(items, current)) : AnswerList(items, beside, call, current);
    }

    /// <summary>Members next to the array go into the object that contains it; for a bare array they are omitted.</summary>
    private static CallToolResult AnswerList(JsonArray items, JsonObject beside, CallScope call, EmulatorVariants current)
    {
        if (current.ListShape == ListShape.Array)
        {
            if (!current.WrapInData)
            {
                return Result(items, call, current);
            }

            beside["data"] = items;
            return Result(beside, call, current);
        }

        beside[
            current.ListShape switch
            {
                ListShape.Items => "items",
                ListShape.Clients => "clients",
                ListShape.OAuthClients => "oauth_clients",
                _ => "results",
            }
        ] = items;
        return Answer(beside, call, current);
    }

    private static string Table(JsonArray items, EmulatorVariants current) =>
        items.Count == 0
            ? "No clients found."
            : $"| ID | Title |\n|---|---|\n{string.Join('\n', items.Select(item => $"| {item![current.IdField]} | {item[current.NameField]} |"))}";

    private static CallToolResult Plain(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    private static CallToolResult Answer(JsonNode answer, CallScope call, EmulatorVariants current) =>
        Result(current.WrapInData ? new JsonObject { ["data"] = answer } : answer, call, current);

    private static CallToolResult Result(JsonNode answer, CallScope call, EmulatorVariants current)
    {
        if (current.StatusBesideData)
        {
            answer["status"] = StatusCodes.Status200OK;
        }

        var text = answer.ToJsonString();
        if (call.Find(FaultKind.MalformedText) is not null)
        {
            call.Outcome = "fault MalformedText";
            text = text[..(text.Length / 2)];
        }

        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = text }],
            StructuredContent =
                current.StructuredContent && answer is JsonObject
                    ? JsonSerializer.SerializeToElement(answer, AdminJsonContext.Default.JsonNode)
                    : null,
        };
    }

    private static CallToolResult Refuse(CartoRefusal refusal, EmulatorVariants current)
    {
        if (current.ErrorAnswer == ErrorAnswer.JsonRpc)
        {
            var code = refusal.Status is >= 400 and < 500 ? McpErrorCode.InvalidParams : McpErrorCode.InternalError;
            throw new McpProtocolException(refusal.Message, code);
        }

        var text =
            current.ErrorAnswer == ErrorAnswer.Text
                ? refusal.Message
                : new JsonObject { ["error"] = refusal.Message, ["status"] = refusal.Status }.ToJsonString();
        return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = text }] };
    }

    private static JsonObject Show(EmulatorClient client, bool withSecret, bool isMasked, EmulatorVariants current)
    {
        JsonObject shown = new() { [current.IdField] = client.Id, [current.NameField] = client.Name };
        if (current.TypeField is { } type)
        {
            shown[type] = client.Type == EmulatorClient.M2M ? current.TypeWord : client.Type;
        }

        if (withSecret)
        {
            shown[current.SecretField] =
                isMasked && current.SecretMask is { } mask
                    ? mask.Replace("{last4}", client.Secret[^4..], StringComparison.Ordinal)
                    : client.Secret;
        }

        if (current.CreatedAtField is { } createdAt)
        {
            shown[createdAt] = client.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        }

        return shown;
    }

    private static JsonObject PairOf(JsonObject client, EmulatorVariants current) =>
        new(
            client
                .Where(member => member.Key == current.IdField || member.Key == current.SecretField)
                .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))
        );

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

    private static HashSet<string> AllArguments(EmulatorVariants current) =>
        ToolCatalog.Methods(current).SelectMany(m => ToolCatalog.Arguments(m.Operation, current).Keys).ToHashSet(StringComparer.Ordinal);

    private static void Check(IDictionary<string, JsonElement> arguments, IEnumerable<string> required, HashSet<string>? known)
    {
        foreach (var name in required)
        {
            if (Text(arguments, name) is null)
            {
                throw new CartoRefusal(400, $"Invalid arguments: '{name}' is required and must be a string");
            }
        }

        if (known is not null && arguments.Keys.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
        {
            throw new CartoRefusal(400, $"Invalid arguments: '{unknown}' is not known");
        }
    }

    private static void Check(IDictionary<string, JsonElement> arguments, string[] required, string[] known) =>
        Check(arguments, required, known.ToHashSet(StringComparer.Ordinal));

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
            : throw new CartoRefusal(400, $"Invalid arguments: '{name}' must be an integer from 1 to {maximum}");
    }

    private static string WriteCursor(long sequence) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(sequence.ToString(CultureInfo.InvariantCulture)));

    private static long ReadCursor(string cursor) =>
        TryReadCursor(cursor) ?? throw new CartoRefusal(400, "Invalid arguments: 'cursor' is not one of this list");

    private static long? TryReadCursor(string cursor)
    {
        Span<byte> digits = stackalloc byte[32];
        return
            Convert.TryFromBase64String(cursor, digits, out var length)
            && long.TryParse(digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : null;
    }
}
