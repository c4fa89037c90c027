namespace Carto.Emulator;

/// <summary>
/// Something that goes wrong on demand. It strikes the calls that match, <see cref="Count"/> times or for <see cref="Duration"/>, and is
/// then gone. Delays add up with whatever else strikes the same call; of the others the one that was added first wins.
/// </summary>
public sealed record Fault
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Which calls.</summary>
    public Operation Operation { get; init; }

    /// <summary>Only calls of this user (by user ID), and requests for tokens on its behalf; null: of everybody.</summary>
    public string? UserId { get; init; }

    /// <summary>How many calls it strikes; null: no limit.</summary>
    public int? Count { get; init; } = 1;

    /// <summary>How many matching calls pass before the first one is struck.</summary>
    public int Skip { get; init; }

    /// <summary>How long it lasts from its adding; null: no limit.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Share of matching calls that it strikes, 0 to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>
    /// It strikes when the call has taken effect (<see cref="FaultKind.Latency"/>, <see cref="FaultKind.Status"/>,
    /// <see cref="FaultKind.Cut"/>, <see cref="FaultKind.Hang"/>, <see cref="FaultKind.ToolError"/>, <see cref="FaultKind.Answer"/>); else before.
    /// </summary>
    public bool AfterEffect { get; init; }

    /// <summary>For <see cref="FaultKind.EmptyList"/>, the ID of the one client that is listed all the same; null: none is.</summary>
    public string? Except { get; init; }

    /// <summary>For <see cref="FaultKind.Latency"/> the wait; for <see cref="FaultKind.SlowBody"/> the wait between two pieces.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>HTTP status, for <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; init; } = 503;

    /// <summary>Its body is a page for people, as a load balancer sends it.</summary>
    public bool Html { get; init; }

    /// <summary>Value of <c>Retry-After</c>, rounded up to seconds; null: no such header.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary><c>Retry-After</c> is written as a date instead of seconds.</summary>
    public bool RetryAfterAsDate { get; init; }

    /// <summary>
    /// The header <c>x-ratelimit-reset</c>, the time of the end of a pause in Unix seconds, that far ahead; null: no such header. Auth0 sends
    /// it, in places without <c>Retry-After</c>.
    /// </summary>
    public TimeSpan? RateLimitReset { get; init; }

    /// <summary>
    /// Words for <see cref="FaultKind.Status"/> and <see cref="FaultKind.ToolError"/>, the whole text for <see cref="FaultKind.Answer"/>, in
    /// which <c>{id}</c> stands for the Client ID of the call; null: the usual ones.
    /// </summary>
    public string? Message { get; init; }

    /// <summary>OAuth's error code for <see cref="FaultKind.Status"/> at the token endpoint; null: the usual one.</summary>
    public string? Error { get; init; }

    /// <summary>Where <see cref="FaultKind.Redirect"/> leads.</summary>
    public Uri? Location { get; init; }

    /// <summary>How many bytes <see cref="FaultKind.HugeAnswer"/> adds.</summary>
    public int Bytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A call takes longer.</summary>
    public static Fault Latency(Operation operation, TimeSpan delay, int? count = 1) =>
        new() { Kind = FaultKind.Latency, Operation = operation, Delay = delay, Count = count };

    /// <summary>An HTTP status instead of an answer; nothing has happened.</summary>
    public static Fault HttpStatus(Operation operation, int status, int? count = 1) =>
        new() { Kind = FaultKind.Status, Operation = operation, Status = status, Count = count };

    /// <summary>429, with <c>Retry-After</c> where a time is given.</summary>
    public static Fault TooManyRequests(Operation operation, TimeSpan? retryAfter = null, int? count = 1) =>
        new() { Kind = FaultKind.Status, Operation = operation, Status = 429, RetryAfter = retryAfter, Count = count };

    /// <summary>401 to a token that is good: it was ended early.</summary>
    public static Fault TokenRefused(Operation operation, int? count = 1) => HttpStatus(operation, 401, count);

    /// <summary>403 because a quota is used up.</summary>
    public static Fault QuotaExceeded(Operation operation, int? count = 1) =>
        HttpStatus(operation, 403, count) with { Message = "Quota exceeded" };

    /// <summary>403 because the plan does not include it.</summary>
    public static Fault PlanInsufficient(Operation operation, int? count = 1) =>
        HttpStatus(operation, 403, count) with { Message = Refusals.Plan };

    /// <summary>The connection ends without an answer, and nothing has happened.</summary>
    public static Fault CutBefore(Operation operation, int? count = 1) =>
        new() { Kind = FaultKind.Cut, Operation = operation, Count = count };

    /// <summary>The connection ends without an answer, although the call has taken effect.</summary>
    public static Fault CutAfter(Operation operation, int? count = 1) =>
        new() { Kind = FaultKind.Cut, Operation = operation, AfterEffect = true, Count = count };

    /// <summary>No answer until the caller gives up.</summary>
    public static Fault Hang(Operation operation, int? count = 1) =>
        new() { Kind = FaultKind.Hang, Operation = operation, Count = count };

    /// <summary>Lists are empty.</summary>
    public static Fault EmptyList(int? count = 1, string? except = null) =>
        new() { Kind = FaultKind.EmptyList, Operation = Operation.List, Count = count, Except = except };

    /// <summary>An answer with much more to it.</summary>
    public static Fault HugeAnswer(Operation operation, int bytes, int? count = 1) =>
        new() { Kind = FaultKind.HugeAnswer, Operation = operation, Bytes = bytes, Count = count };

    /// <summary>An HTTP answer whose body stops in the middle, as if it were whole.</summary>
    public static Fault MalformedBody(Operation operation, int? count = 1) =>
        new() { Kind = FaultKind.MalformedBody, Operation = operation, Count = count };

    /// <summary>A tool's answer whose JSON text stops in the middle.</summary>
    public static Fault MalformedText(Operation operation, int? count = 1) =>
        new() { Kind = FaultKind.MalformedText, Operation = operation, Count = count };

    /// <summary>A redirect (307) to somewhere else.</summary>
    public static Fault Redirect(Operation operation, Uri location, int? count = 1) =>
        new() { Kind = FaultKind.Redirect, Operation = operation, Location = location, Count = count };

    /// <summary>A tool result with <c>isError</c>; nothing has happened.</summary>
    public static Fault ToolError(Operation operation, string message, int? count = 1) =>
        new() { Kind = FaultKind.ToolError, Operation = operation, Message = message, Count = count };

    /// <summary>A tool result that is called a success and holds this text; nothing has happened. <c>{id}</c> is the call's Client ID.</summary>
    public static Fault Answer(Operation operation, string text, int? count = 1) =>
        new() { Kind = FaultKind.Answer, Operation = operation, Message = text, Count = count };

    /// <summary>The usual answer of a deletion or a change of name, and nothing has happened.</summary>
    public static Fault NoEffect(Operation operation, int? count = 1) =>
        new() { Kind = FaultKind.Answer, Operation = operation, Count = count };

    /// <summary>A list with an entry in front that has a name and no Client ID.</summary>
    public static Fault OddEntry(int? count = 1) =>
        new() { Kind = FaultKind.OddEntry, Operation = Operation.List, Count = count };

    /// <summary>500 from the token endpoint for a limit of the whole tenant, as Auth0 has it.</summary>
    public static Fault GlobalLimit(int? count = 1) =>
        HttpStatus(Operation.Token, 500, count) with { Error = "access_denied", Message = "Global limit has been reached" };

    /// <summary>An answer that comes in small pieces with waits between.</summary>
    public static Fault SlowBody(Operation operation, TimeSpan delay, int? count = 1) =>
        new() { Kind = FaultKind.SlowBody, Operation = operation, Delay = delay, Count = count };
}

/// <summary>What goes wrong.</summary>
public enum FaultKind
{
    /// <summary>A wait.</summary>
    Latency,

    /// <summary>An HTTP status instead of the answer.</summary>
    Status,

    /// <summary>The connection ends.</summary>
    Cut,

    /// <summary>No answer until the caller gives up or the fault is cleared; then the connection ends.</summary>
    Hang,

    /// <summary>A list with nothing in it.</summary>
    EmptyList,

    /// <summary>White space without end in the answer.</summary>
    HugeAnswer,

    /// <summary>Half of the HTTP body.</summary>
    MalformedBody,

    /// <summary>Half of the tool's text.</summary>
    MalformedText,

    /// <summary>A redirect.</summary>
    Redirect,

    /// <summary>A tool result with <c>isError</c>.</summary>
    ToolError,

    /// <summary>The body in small pieces.</summary>
    SlowBody,

    /// <summary>A tool result that is called a success and holds another text; the call has no effect, or has one.</summary>
    Answer,

    /// <summary>A list with an entry that has no Client ID.</summary>
    OddEntry,
}
