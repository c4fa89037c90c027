using System.Globalization;
using System.Text.Json.Nodes;

namespace Carto.Emulator;

/// <summary>The rules for calls that manage clients: the same for each interface, which only translates.</summary>
internal sealed class ClientCalls(CartoState state)
{
    /// <summary>
    /// Performs a call with the faults that change its answer. A refusal leaves as a <see cref="CartoRefusal"/> that is logged and worded.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="current">The variants, as far as they are about the answer those of the interface.</param>
    /// <param name="subject">The client that it names, even if the rest of the call makes no sense.</param>
    /// <param name="perform">What it does.</param>
    public static ClientAnswer Run(CallScope call, EmulatorVariants current, string? subject, Func<ClientAnswer> perform)
    {
        try
        {
            if (call.Refusal is { } decided)
            {
                throw decided;
            }

            if (call.Find(FaultKind.ToolError) is { AfterEffect: false } before)
            {
                throw Strike(call, before);
            }

            if (call.Find(FaultKind.Answer) is { AfterEffect: false } instead)
            {
                return Instead(instead, subject, call, current);
            }

            var answer = perform();
            if (call.Find(FaultKind.Answer) is { } told)
            {
                return Instead(told, subject, call, current);
            }

            return call.Find(FaultKind.ToolError) is { } after ? throw Strike(call, after) : answer;
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
            call.HttpRefusal = refusal.IsHttp ? refusal : null;
            throw refusal;
        }
    }

    /// <summary>Refuses callers who may not manage clients.</summary>
    public static void Admit(Caller caller, EmulatorVariants current)
    {
        if (caller.Token == TokenKind.ApiAccess)
        {
            throw new CartoRefusal(403, Refusals.ApiToken);
        }

        if (!caller.MayHaveClients)
        {
            throw new CartoRefusal(403, caller.User.Role == UserRole.Viewer ? Refusals.Role : Refusals.Plan);
        }

        if (caller.Token == TokenKind.M2M && current.M2MTokenAccess is (M2MTokenAccess.CallsRefused or M2MTokenAccess.UserNotFound))
        {
            throw current.M2MTokenAccess == M2MTokenAccess.CallsRefused
                ? new CartoRefusal(403, Refusals.M2MToken)
                : new CartoRefusal(404, Refusals.NoUser);
        }
    }

    /// <summary>Performs an operation whose input is complete.</summary>
    public ClientAnswer Perform(ClientRequest request, CallScope call, EmulatorVariants current)
    {
        var userId = call.UserId!;
        call.Subject = request.Subject;
        var seesNone = call.Caller!.Token == TokenKind.M2M && current.M2MTokenAccess == M2MTokenAccess.EmptyList;
        if (seesNone && request.Operation is (Operation.Get or Operation.Update or Operation.Delete))
        {
            throw Refusals.NotFound(request.ClientId!);
        }

        switch (request.Operation)
        {
            case Operation.Create:
                var created = state.Create(userId, request.Name!, current);
                call.TookEffect = true;
                var pair = Show(created, current.SecretInCreate, current.MaskInCreate, current);
                return ClientAnswer.Of(current.CreateAnswersPairOnly ? PairOf(pair, current) : pair, current);
            case Operation.Get:
                var read = state.Get(userId, request.ClientId!);
                return ClientAnswer.Of(Show(read, current.SecretInGet, isMasked: true, current), current);
            case Operation.Update:
                var renamed = state.Rename(userId, request.ClientId!, request.Name!, current);
                call.TookEffect = true;
                return ClientAnswer.Of(Show(renamed, withSecret: false, isMasked: true, current), current);
            case Operation.Delete:
                state.Delete(userId, request.ClientId!, current);
                call.TookEffect = true;
                return Deleted(request.ClientId!, current);
            default:
                return List(request, seesNone, call, current);
        }
    }

    private static CartoRefusal Strike(CallScope call, Fault fault)
    {
        call.Outcome = "fault ToolError";
        return new CartoRefusal(500, fault.Message ?? "Something went wrong");
    }

    /// <summary>A response that does not match what was done.</summary>
    private static ClientAnswer Instead(Fault fault, string? subject, CallScope call, EmulatorVariants current)
    {
        call.Outcome = "fault Answer";
        call.Subject ??= subject;
        return fault.Message is { } text ? ClientAnswer.Plain(text.Replace("{id}", call.Subject, StringComparison.Ordinal))
            : call.Operation == Operation.Delete ? Deleted(call.Subject ?? "", current)
            : ClientAnswer.Of(new JsonObject { ["success"] = true }, current);
    }

    private static ClientAnswer Deleted(string clientId, EmulatorVariants current) =>
        current.DeleteAnswer switch
        {
            DeleteAnswer.Success => ClientAnswer.Of(new JsonObject { ["success"] = true }, current),
            DeleteAnswer.Id => ClientAnswer.Of(new JsonObject { [current.IdField] = clientId }, current),
            DeleteAnswer.Text => ClientAnswer.Plain("The OAuth client has been deleted."),
            _ => ClientAnswer.Nothing,
        };

    private ClientAnswer List(ClientRequest request, bool seesNone, CallScope call, EmulatorVariants current)
    {
        var (page, limit, cursor) = (request.Page, request.Limit ?? current.PageSize, request.Cursor);
        var all = seesNone ? [] : state.List(call.UserId!, isFirstPage: page == 1 && cursor is null, current);
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
            (beside["page"], beside["limit"], beside["total"]) = (page - 1 + request.FirstPage, limit, all.Count);
        }
        else if (current.Paging == Paging.Cursor)
        {
            var after = cursor is null ? 0 : Cursor.Read(cursor) ?? throw Refusals.Invalid("'cursor' is not one of this list");
            var rest = all.Where(c => c.Sequence > after).Take(current.PageSize + 1).ToList();
            var hasMore = rest.Count > current.PageSize;
            shown = rest.Take(current.PageSize);
            beside[current.NextCursorField] = hasMore ? Cursor.Write(rest[current.PageSize - 1].Sequence) : null;
        }

        JsonArray items = [.. shown.Select(c => (JsonNode)Show(c, current.SecretInList, isMasked: true, current))];
        if (call.Find(FaultKind.OddEntry) is not null)
        {
            call.Outcome = "fault OddEntry";
            items.Insert(0, new JsonObject { [current.NameField] = "An entry without an ID" });
        }

        return current.ListShape == ListShape.Markdown ? ClientAnswer.Plain(Table(items, current)) : Listed(items, beside, current);
    }

    /// <summary>Members next to the array go into the object that contains it; for a bare array they are omitted.</summary>
    private static ClientAnswer Listed(JsonArray items, JsonObject beside, EmulatorVariants current)
    {
        if (current.ListShape == ListShape.Array)
        {
            if (!current.WrapInData)
            {
                return ClientAnswer.Whole(items, current);
            }

            beside["data"] = items;
            return ClientAnswer.Whole(beside, current);
        }

        beside[
            current.ListShape switch
            {
                ListShape.Items => "items",
                ListShape.Clients => "clients",
                ListShape.OAuthClients => "oauth_clients",
                ListShape.Results => "results",
                _ => current.ListField,
            }
        ] = items;
        return ClientAnswer.Of(beside, current);
    }

    private static string Table(JsonArray items, EmulatorVariants current) =>
        items.Count == 0
            ? "No clients found."
            : $"| ID | Title |\n|---|---|\n{string.Join('\n', items.Select(item => $"| {item![current.IdField]} | {item[current.NameField]} |"))}";

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
}
