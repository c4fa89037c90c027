using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Operator.Carto.Clients;

/// <summary>
/// Determines whether a tool call succeeded, and classifies refusals: by error mark, status, flags or text. Text matching is a heuristic
/// for what is harmless to get wrong, because callers let the client list decide what exists.
/// </summary>
internal static partial class Refusals
{
    private static readonly string[] Statuses = ["status", "statuscode", "httpstatus", "code"];
    private static readonly string[] States = ["status", "state", "result", "outcome"];
    private static readonly string[] Successes = ["success", "ok"];
    private static readonly string[] Deletions =
    [
        "success",
        "ok",
        "deleted",
        "removed",
        "revoked",
        "done",
        "acknowledged",
        "isdeleted",
        "deletedcount",
        "affected",
    ];
    private static readonly string[] Failures =
    [
        "error",
        "failed",
        "fail",
        "failure",
        "denied",
        "rejected",
        "refused",
        "forbidden",
        "aborted",
        "cancelled",
    ];
    private static readonly string[] Delays =
    [
        "pending",
        "queued",
        "scheduled",
        "processing",
        "waiting",
        "deferred",
        "deleting",
        "in progress",
        "in_progress",
        "not yet",
    ];

    private static readonly string[] UnauthorizedWords =
    [
        "unauthorized",
        "unauthenticated",
        "invalid token",
        "token expired",
        "expired token",
        "token not defined",
        "jwt",
    ];

    private static readonly string[] ForbiddenWords =
    [
        "forbidden",
        "permission",
        "permissions",
        "does not allow",
        "not allowed",
        "not authorized",
        "quota",
        "limit reached",
        "limit exceeded",
        "entity limit",
        "reached the",
        "upgrade",
        "your plan",
        "plan does",
        "enterprise",
        "role",
    ];

    private static readonly string[] Owners = ["user", "account", "organization", "workspace", "tenant"];

    private static readonly string[] ThrottledWords = ["rate limit", "too many requests", "slow down", "global limit"];

    private static readonly string[] TransientWords =
    [
        "timeout",
        "timed out",
        "unavailable",
        "internal error",
        "internal server error",
        "try again",
        "unexpected error",
    ];

    private static readonly string[] MissingWords =
    [
        "not found",
        "does not exist",
        "doesn't exist",
        "not exist",
        "no longer exists",
        "no such",
        "unknown client",
        "no client",
        "no oauth client",
        "no m2m client",
        "no credential",
        "not find",
        "couldn't find",
        "can't find",
        "unable to find",
        "already deleted",
        "been deleted",
        "was deleted",
        "already removed",
        "been removed",
        "already revoked",
        "is gone",
        "is missing",
    ];

    /// <summary>Throws if the response is a failure; otherwise ignores its content.</summary>
    public static void RequireSuccess(ClientAnswer answer, ClientOperation operation)
    {
        var body = answer.Body;
        if (answer.IsError || (body is { } parsed && Denies(parsed, operation, answer.Names)) || SaysFailure(answer, body, operation))
        {
            throw new CartoException(Read(answer, body, operation));
        }
    }

    /// <summary>Classifies a protocol error received instead of a tool response.</summary>
    /// <param name="code">The JSON-RPC code.</param>
    /// <param name="message">The SDK's message, which ends in the server's.</param>
    /// <param name="operation">The attempted operation.</param>
    public static CartoError ReadProtocolError(int code, string message, ClientOperation operation)
    {
        const int invalidParams = -32602;
        const string prefix = "Request failed (remote): ";
        var words = message.StartsWith(prefix, StringComparison.Ordinal) ? message[prefix.Length..] : message;
        var error = Read(new ClientAnswer(true, [words]), null, operation);

        // Any other code means that the server failed rather than refused.
        return error.Kind == CartoErrorKind.Rejected && code != invalidParams
            ? error with
            {
                Kind = CartoErrorKind.Transient,
                Message = $"CARTO failed to {operation.Word()} the client; it is retried. It says: {Words.Clean(words)}",
            }
            : error;
    }

    /// <summary>Classifies an error status of an HTTP API, whose body may say more.</summary>
    public static CartoError OfStatus(int status, string host, string body, ClientOperation operation)
    {
        var answer = new ClientAnswer(true, [body]);
        return status switch
        {
            < 400 => Http.Failures.Api((HttpStatusCode)status, host, null, null),

            // A path that a person wrote wrong, and not an owner whose clients the account does not see.
            404 or 405 or 410 or 501 when operation == ClientOperation.List && !Says(body, Owners) => new CartoError(
                CartoErrorKind.Unsupported,
                CartoStage.Api,
                $"{host} has no list of clients at this address (HTTP {status}); check spec.http.baseUrl and spec.http.operations.list."
            ),
            _ => Read(answer, answer.Body, operation, status, host),
        };
    }

    /// <summary>The message in a response; null if none.</summary>
    public static string? WordsOf(JsonElement body) =>
        Places(body)
            .Select(place =>
                place.Text("error")
                ?? Fields.Find(place, "error")?.Text("message")
                ?? FirstOf(Fields.Find(place, "errors"))
                ?? place.Text("message")
                ?? place.Text("detail")
                ?? place.Text("reason")
                ?? FirstOf(Fields.Find(place, "warnings"))
            )
            .FirstOrDefault(words => words is not null);

    /// <summary>A response marked as success whose content reports a failure.</summary>
    private static bool Denies(JsonElement body, ClientOperation operation, AnswerNames names) =>
        Places(body).Any(place => Denies(place, body, operation, names)) || Status(body, operation, names) is not null;

    private static bool Denies(JsonElement place, JsonElement body, ClientOperation operation, AnswerNames names)
    {
        // Clients have fields of the same names: their state, whether deleted, when created.
        var isResult = operation == ClientOperation.Delete || (!Fields.IsClient(place, names) && !ListReader.HasList(body, names));
        var flags = operation == ClientOperation.Delete ? Deletions : Successes;
        return flags.Any(name => IsNo(Fields.Find(place, name)))
            || (isResult && (HasError(place) || State(place, Failures) is not null || SaysFailure(place.Text("message"), operation)))
            || (operation == ClientOperation.Delete && State(place, Delays) is not null);
    }

    private static bool IsNo(JsonElement? flag) =>
        flag switch
        {
            { ValueKind: JsonValueKind.False } => true,
            { ValueKind: JsonValueKind.Number } number => number.TryGetDouble(out var count) && count == 0,
            { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() == 0,
            { ValueKind: JsonValueKind.String } text => text.ValueEquals("false"),
            _ => false,
        };

    private static bool HasError(JsonElement place) =>
        Fields.Find(place, "error") is { ValueKind: JsonValueKind.Object or JsonValueKind.True }
        || place.Text("error") is not null
        || Fields.Find(place, "errors") is { ValueKind: JsonValueKind.Array } errors && errors.GetArrayLength() > 0;

    private static string? State(JsonElement place, string[] words) =>
        States.Select(name => place.Text(name)).FirstOrDefault(state => state is not null && Says(state.Replace('_', ' '), words));

    /// <summary>Whether text besides or instead of the data reports a failure.</summary>
    private static bool SaysFailure(ClientAnswer answer, JsonElement? body, ClientOperation operation) =>
        (body is null || operation is ClientOperation.Delete or ClientOperation.Rename)
        && answer.Texts.Any(text => text.AsSpan().TrimStart() is not (['{', ..] or ['[', ..]) && SaysFailure(text, operation));

    private static bool SaysFailure(string? text, ClientOperation operation) =>
        text is not null
        && (
            Begins().IsMatch(text)
            || (operation == ClientOperation.Delete && (NotDone().IsMatch(text) || Says(text, Delays)))
            || (operation.NamesClient() && operation != ClientOperation.Delete && SaysMissing(text))
        );

    /// <summary>Classifies a tool failure: by a status field if present, otherwise by its text.</summary>
    private static CartoError Read(
        ClientAnswer answer,
        JsonElement? body,
        ClientOperation operation,
        int? known = null,
        string speaker = "CARTO's tool"
    )
    {
        var status = known ?? (body is { } parsed ? Status(parsed, operation, answer.Names) : null);
        var delay =
            body is { } delayed && operation == ClientOperation.Delete
                ? Places(delayed).Select(place => State(place, Delays)).FirstOrDefault(state => state is not null)
                : null;
        var text = (
            body is { } told ? WordsOf(told)
            : answer.Texts is [var first, ..] ? first
            : null
        ) ?? "";
        var words = Words.Clean(text);
        var said = words is null ? "It does not say why." : $"CARTO says: {words}";
        var missing = operation.NamesClient() && SaysMissing(text);
        return status switch
        {
            // Any status, except those about the account.
            not (401 or 402 or 403 or 429) when missing => Missing(),
            404 or 410 when operation.NamesClient() && !NamesOther(text) => Missing(),
            404 or 410 => Of(CartoErrorKind.Rejected, $"CARTO misses something to {operation.Word()} the client. {said}"),
            405 or 406 or 415 or 501 => Of(
                CartoErrorKind.Rejected,
                $"CARTO cannot {operation.Word()} the client (status {status}). {said}"
            ),
            429 or >= 500 when Says(text, ThrottledWords) => Of(
                CartoErrorKind.Throttled,
                $"CARTO asks to slow down. {said}",
                status >= 500
            ),
            >= 400 and < 600 => Http.Failures.Api((HttpStatusCode)status, speaker, words, null),
            _ when NoTool().IsMatch(text) => Of(
                CartoErrorKind.Unsupported,
                $"The MCP server no longer has the tool to {operation.Word()} clients. {said}"
            ),
            _ when Says(text, ThrottledWords) => Of(CartoErrorKind.Throttled, $"CARTO asks to slow down. {said}"),
            _ when Says(text, UnauthorizedWords) => Of(CartoErrorKind.Unauthorized, $"CARTO refuses the access token. {said}"),
            _ when Says(text, ForbiddenWords) => Of(
                CartoErrorKind.Forbidden,
                $"CARTO does not allow to {operation.Word()} the client: plan, role or quota. {said}"
            ),
            _ when delay is not null => Of(
                CartoErrorKind.Transient,
                $"CARTO has not yet done what was asked, to {operation.Word()} the client; it is retried. It says: {Words.Clean(delay)}",
                true
            ),
            _ when Says(text, TransientWords) || (operation == ClientOperation.Delete && Says(text, Delays)) => Of(
                CartoErrorKind.Transient,
                $"CARTO failed to {operation.Word()} the client; it is retried. {said}",
                true
            ),

            // A failure with an unknown text may have happened after the effect.
            _ => Of(CartoErrorKind.Rejected, $"CARTO refuses to {operation.Word()} the client. {said}", true),
        };

        CartoError Missing() => Of(CartoErrorKind.NotFound, $"CARTO says that there is no such client. {said}");

        static CartoError Of(CartoErrorKind kind, string message, bool mayHaveTakenEffect = false) =>
            new(kind, CartoStage.Api, message, MayHaveTakenEffect: mayHaveTakenEffect);
    }

    /// <summary>An error status, wherever it is.</summary>
    private static int? Status(JsonElement body, ClientOperation operation, AnswerNames names) =>
        Places(body)
            .SelectMany(place => new[] { place, Fields.Find(place, "error") ?? default })
            .SelectMany(place =>
                Statuses
                    .Where(name => name != "code" || operation == ClientOperation.Delete || !Fields.IsClient(place, names))
                    .Select(name => Fields.Number(Fields.Find(place, name)))
            )
            .FirstOrDefault(number => number is >= 400 and < 600)
            is { } status
            ? (int)status
            : null;

    /// <summary>The wrapped content and its wrapper.</summary>
    private static JsonElement[] Places(JsonElement body)
    {
        List<JsonElement> places = [];
        for (var place = body; place.ValueKind == JsonValueKind.Object && places.Count <= Fields.DeepestWrap; )
        {
            places.Insert(0, place);
            place = Fields
                .Wrappers.Select(name => Fields.Find(place, name))
                .FirstOrDefault(field => field is { ValueKind: JsonValueKind.Object })
                ?? default;
        }

        return [.. places];
    }

    private static string? FirstOf(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() > 0
            ? Fields.Text(array[0]) ?? array[0].Text("message")
            : null;

    private static bool SaysMissing(string text) => Says(text, MissingWords) && !NamesOther(text);

    // "Tool not found" or "account not found" say nothing about the client.
    private static bool NamesOther(string text) =>
        Says(text, "tool", "account", "user", "organization", "workspace", "endpoint", "route", "method", "tenant", "page not");

    /// <summary>Whether a text contains one of the phrases as whole words: random IDs may contain "tool".</summary>
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

    [GeneratedRegex(
        @"^[^\p{L}]*(errors?|fail(ed|ure)?|could ?n[o']t|could not|can ?not|can't|unable to|access denied|permission denied|denied|refused|rejected"
            + @"|forbidden|unauthorized|not allowed|invalid|quota|too many requests|rate limit|global limit|internal server error|sorry)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Begins();

    [GeneratedRegex(
        @"\b(could not|couldn't|cannot|can't|failed to|unable to|(was|is|has|were|have)( ?n[o']t|n't)( been)?) (be )?(delete|remove|revoke)d?\b|\bnot found\b|\bno (such|oauth client|m2m client|client)\b|\b(nothing|0 clients?) (was |were )?(deleted|removed|revoked)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex NotDone();

    [GeneratedRegex(
        @"\b(unknown|no such|no) tool\b|\btool\b[:\s'""`]*[\w.\-]*['""`]*\s*(is |was )?(not found|unknown|does not exist|not available|not registered)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex NoTool();
}
