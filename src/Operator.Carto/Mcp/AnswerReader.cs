using System.Globalization;
using System.Net;
using System.Text.Json;
using Operator.Carto.Http;

namespace Operator.Carto.Mcp;

/// <summary>
/// Reads what tools answer. CARTO has not published its form: fields go by several names, and may be wrapped. An answer that lacks what
/// is needed is an error that names the field, and never the content, which may hold a secret.
/// </summary>
internal static class AnswerReader
{
    private const int DeepestWrap = 3;

    private static readonly string[] Wrappers = ["data", "result", "client", "oauthclient", "credential", "item"];
    private static readonly string[] Lists = ["items", "clients", "oauthclients", "m2mclients", "data", "results", "credentials", "rows"];
    private static readonly string[] Ids = ["clientid", "oauthclientid", "id"];
    private static readonly string[] Secrets = ["clientsecret", "secret"];
    private static readonly string[] Names = ["title", "name", "displayname", "clientname"];
    private static readonly string[] Created = ["createdat", "created", "creationdate", "createdon"];
    private static readonly string[] NextCursors = ["nextcursor", "nextpagetoken", "next", "cursor"];
    private static readonly string[] Totals = ["total", "totalcount", "totalitems"];
    private static readonly string[] More = ["hasmore", "hasnext", "hasnextpage", "more"];
    private static readonly string[] PageInfo = ["pagination", "paging", "pageinfo", "meta", "page"];
    private static readonly string[] UnauthorizedWords =
        ["unauthorized", "unauthenticated", "invalid token", "token expired", "expired token", "token not defined", "jwt"];

    private static readonly string[] ForbiddenWords =
    [
        "forbidden", "permission", "permissions", "does not allow", "not allowed", "not authorized", "quota", "limit reached",
        "limit exceeded", "upgrade", "your plan", "plan does", "enterprise", "role",
    ];

    private static readonly string[] TransientWords =
        ["timeout", "timed out", "unavailable", "internal error", "internal server error", "try again", "unexpected error"];

    private static readonly string[] Statuses = ["status", "statuscode", "httpstatus", "code"];

    /// <summary>A new client, with its secret.</summary>
    public static ClientEntry ReadCreated(ToolAnswer answer)
    {
        var body = Body(answer, ClientOperation.Create);
        var entry = Entry(Unwrap(body, IsClient));
        return entry switch
        {
            null => throw Unreadable("The answer to create holds no client ID; the client was probably created, and is looked for."),
            { Client.Secret: null } => throw Unreadable("The answer to create holds no client secret; the client was probably "
                + "created, and is looked for."),
            _ => entry,
        };
    }

    /// <summary>A page of the list.</summary>
    public static ClientPage ReadPage(ToolAnswer answer)
    {
        var body = Body(answer, ClientOperation.List);
        var (list, holder) = FindList(body, 0)
            ?? throw Unreadable("The answer to list holds no list of clients.");
        List<ClientEntry> clients = [];
        foreach (var entry in list.EnumerateArray())
        {
            // A list that is understood in part would make the rest look deleted.
            clients.Add(Entry(Unwrap(entry, IsClient)) ?? throw Unreadable("An entry of the list of clients holds no client ID."));
        }

        // Facts about the page stand beside the list, beside what it is wrapped in, or in a part of their own.
        JsonElement[] places =
        [
            .. new[] { holder, body }.SelectMany(
                place => PageInfo.Select(name => Field(place, name)).OfType<JsonElement>().Prepend(place)),
        ];
        return new ClientPage(
            clients,
            places.Select(place => Field(place, NextCursors)).Select(CursorText).FirstOrDefault(cursor => cursor is not null),
            places.Select(place => Field(place, Totals)).Select(Number).FirstOrDefault(total => total is not null),
            places.Select(place => Field(place, More)).Select(Flag).FirstOrDefault(more => more is not null));
    }

    /// <summary>One client.</summary>
    public static ClientEntry ReadOne(ToolAnswer answer)
    {
        var body = Unwrap(Body(answer, ClientOperation.Get), IsClient);
        return Entry(body)
            ?? (FindList(body, 0) is ({ } list, _) && list.GetArrayLength() == 1 ? Entry(list[0]) : null)
            ?? throw Unreadable("The answer to get holds no client ID.");
    }

    /// <summary>Fails when the answer does; its content does not matter otherwise.</summary>
    public static void RequireSuccess(ToolAnswer answer, ClientOperation operation)
    {
        var body = TryBody(answer);
        if (answer.IsError || (body is { } parsed && Denies(parsed)))
        {
            throw new CartoException(ReadError(answer, body, operation));
        }
    }

    /// <summary>What an error of the protocol means that came in place of a tool's answer.</summary>
    /// <param name="code">The JSON-RPC code.</param>
    /// <param name="message">The SDK's message, which ends in the server's.</param>
    /// <param name="operation">What was to be done.</param>
    public static CartoError ReadProtocolError(int code, string message, ClientOperation operation)
    {
        const int invalidParams = -32602;
        const string prefix = "Request failed (remote): ";
        var words = message.StartsWith(prefix, StringComparison.Ordinal) ? message[prefix.Length..] : message;
        if (code == invalidParams && Says(words, "tool") && Says(words, "unknown", "not found", "does not exist"))
        {
            return new CartoError(
                CartoErrorKind.Unsupported,
                CartoStage.Api,
                $"The MCP server no longer has the tool to {operation.Word()} clients. It says: {Words.Clean(words)}");
        }

        var error = ReadError(new ToolAnswer(true, [words]), null, operation);

        // Any other code is one of the server failing rather than refusing.
        return error.Kind == CartoErrorKind.Rejected && code != invalidParams
            ? error with
            {
                Kind = CartoErrorKind.Transient,
                Message = $"CARTO failed to {operation.Word()} the client; it is "
                + $"tried again. It says: {Words.Clean(words)}"
            }
            : error;
    }

    private static JsonElement Body(ToolAnswer answer, ClientOperation operation)
    {
        RequireSuccess(answer, operation);
        return TryBody(answer) ?? throw Unreadable(
            answer.Texts.Any(text => text.AsSpan().TrimStart().StartsWith('<'))
                ? $"The answer to {operation.Word()} is a web page instead of JSON."
                : $"The answer to {operation.Word()} is not JSON.");
    }

    private static JsonElement? TryBody(ToolAnswer answer)
    {
        foreach (var text in answer.Texts)
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                if (document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                {
                    return document.RootElement.Clone();
                }
            }
            catch (JsonException)
            {
                // Words for people; another part may hold the data.
            }
        }

        return answer.Structured is { ValueKind: JsonValueKind.Object or JsonValueKind.Array } structured ? structured : null;
    }

    /// <summary>An answer that is called a success and says in its content that it is none.</summary>
    private static bool Denies(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        var inner = Unwrap(body, IsClient);
        return Field(inner, "success") is { ValueKind: JsonValueKind.False }
            || Field(inner, "ok") is { ValueKind: JsonValueKind.False }
            || (Field(inner, "error") is { ValueKind: JsonValueKind.String or JsonValueKind.Object }
                && !IsClient(inner)
                && FindList(inner, 0) is null);
    }

    /// <summary>
    /// What a tool's failure means: by a status among its fields if it bears one, else by its words. The words are a heuristic, so they
    /// decide only what is harmless to get wrong; a client counts as missing only when the text is plainly about the client.
    /// </summary>
    private static CartoError ReadError(ToolAnswer answer, JsonElement? body, ClientOperation operation)
    {
        var fields = body is { } parsed ? Unwrap(parsed, element => Field(element, "error") is not null) : default;
        var nested = Field(fields, "error");
        var raw = fields.Text("error")
            ?? nested?.Text("message")
            ?? fields.Text("message")
            ?? (body is null && answer.Texts is [var first, ..] ? first : null);
        var words = Words.Clean(raw);
        var status = Status(fields) ?? (nested is { } error ? Status(error) : null);
        var text = raw ?? "";
        var said = words is null ? "It does not say why." : $"CARTO says: {words}";
        var missing = operation.NamesClient() && SaysMissing(text);
        return status switch
        {
            404 or 410 when missing || (operation.NamesClient() && !NamesOther(text)) =>
                Of(CartoErrorKind.NotFound, $"CARTO has no such client. {said}"),
            404 or 410 => Of(CartoErrorKind.Rejected, $"CARTO misses something to {operation.Word()} the client. {said}"),
            405 or 406 or 415 or 501 => Of(CartoErrorKind.Rejected, $"CARTO cannot {operation.Word()} the client (status "
                + $"{status}). {said}"),
            >= 400 and < 600 => Failures.Api((HttpStatusCode)status, "CARTO's tool", words, null),
            _ when missing => Of(CartoErrorKind.NotFound, $"CARTO has no such client. {said}"),
            _ when Says(text, "rate limit", "too many requests", "slow down") =>
                Of(CartoErrorKind.Throttled, $"CARTO asks to slow down. {said}"),
            _ when Says(text, UnauthorizedWords) =>
                Of(CartoErrorKind.Unauthorized, $"CARTO refuses the access token. {said}"),
            _ when Says(text, ForbiddenWords) =>
                Of(CartoErrorKind.Forbidden, $"CARTO does not allow to {operation.Word()} the client: plan, role or quota. {said}"),
            _ when Says(text, TransientWords) =>
                Of(CartoErrorKind.Transient, $"CARTO failed to {operation.Word()} the client; it is tried again. {said}", true),

            // A failure in words that nobody knows may have come after the effect.
            _ => Of(CartoErrorKind.Rejected, $"CARTO refuses to {operation.Word()} the client. {said}", true),
        };

        static CartoError Of(CartoErrorKind kind, string message, bool mayHaveTakenEffect = false) =>
            new(kind, CartoStage.Api, message, MayHaveTakenEffect: mayHaveTakenEffect);
    }

    private static int? Status(JsonElement element) =>
        Statuses
            .Select(name => Field(element, name))
            .Select(Number)
            .FirstOrDefault(number => number is >= 400 and < 600) is { } status ? (int)status : null;

    private static bool SaysMissing(string text) =>
        Says(text, "not found", "does not exist", "doesn't exist", "no such", "unknown client")
        && Says(text, "client", "clients", "credential", "credentials")
        && !NamesOther(text);

    // "Tool not found" or "account not found" say nothing about the client: taken for it, a client would be left behind.
    private static bool NamesOther(string text) =>
        Says(text, "tool", "account", "user", "organization", "workspace", "endpoint", "route", "method", "tenant", "page not");

    /// <summary>Whether a text has one of the phrases, as whole words: IDs are random, and "tool" is found in one before long.</summary>
    private static bool Says(string text, params ReadOnlySpan<string> phrases)
    {
        foreach (var phrase in phrases)
        {
            for (var at = 0; (at = text.IndexOf(phrase, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
            {
                var end = at + phrase.Length;
                if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static (JsonElement List, JsonElement Holder)? FindList(JsonElement element, int depth)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return (element, default);
        }

        if (element.ValueKind != JsonValueKind.Object || depth > DeepestWrap)
        {
            return null;
        }

        foreach (var name in Lists)
        {
            if (Field(element, name) is { ValueKind: JsonValueKind.Array } list)
            {
                return (list, element);
            }
        }

        foreach (var name in Wrappers)
        {
            if (Field(element, name) is { ValueKind: JsonValueKind.Object } inner && FindList(inner, depth + 1) is { } found)
            {
                return found;
            }
        }

        // A list under a name that nobody knows is still the list if it is the only one.
        var arrays = element.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Array).ToArray();
        return arrays is [var only] ? (only.Value, element) : null;
    }

    /// <summary>Goes into known wrappings until something is there that <paramref name="found"/> knows.</summary>
    private static JsonElement Unwrap(JsonElement element, Func<JsonElement, bool> found)
    {
        for (var depth = 0; depth < DeepestWrap && !found(element); depth++)
        {
            var inner = Wrappers.Select(name => Field(element, name)).FirstOrDefault(field => field is { ValueKind: JsonValueKind.Object });
            if (inner is not { } next)
            {
                break;
            }

            element = next;
        }

        return element;
    }

    private static bool IsClient(JsonElement element) => Field(element, Ids) is { ValueKind: JsonValueKind.String };

    private static ClientEntry? Entry(JsonElement element) =>
        Text(Field(element, Ids)) is { } id
            ? new ClientEntry(
                new OAuthClient(
                    id,
                    Text(Field(element, Names)),
                    Text(Field(element, Secrets)) is { } secret ? new Sensitive(secret) : null,
                    Date(Field(element, Created))),
                Text(Field(element, "id")) is { } ownId && ownId != id ? ownId : null)
            : null;

    private static string? Text(JsonElement? field) =>
        field is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;

    private static DateTimeOffset? Date(JsonElement? field) => field switch
    {
        { ValueKind: JsonValueKind.String } text when DateTimeOffset.TryParse(
            text.GetString(),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var date) => date,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => Epoch(value),
        _ => null,
    };

    private static DateTimeOffset? Epoch(long value) => value switch
    {
        // Seconds until the year 5138, milliseconds beyond.
        > 0 and < 100_000_000_000 => DateTimeOffset.FromUnixTimeSeconds(value),
        >= 100_000_000_000 and < 100_000_000_000_000 => DateTimeOffset.FromUnixTimeMilliseconds(value),
        _ => null,
    };

    private static long? Number(JsonElement? field) => field switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => value,
        { ValueKind: JsonValueKind.String } text when long.TryParse(
            text.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) => value,
        _ => null,
    };

    private static bool? Flag(JsonElement? field) => field?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static string? CursorText(JsonElement? field) => field switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => Text(field),
    };

    /// <summary>The member of the likeliest of the names that is there and not null.</summary>
    private static JsonElement? Field(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        JsonElement? found = null;
        var rank = names.Length;
        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.Null)
            {
                continue;
            }

            var name = member.Name;
            for (var index = 0; index < rank; index++)
            {
                if (Json.IsPlain(name, names[index]))
                {
                    (found, rank) = (member.Value, index);
                }
            }
        }

        return found;
    }

    private static CartoException Unreadable(string message) =>
        new(new CartoError(CartoErrorKind.Transient, CartoStage.Api, message, MayHaveTakenEffect: true));
}
