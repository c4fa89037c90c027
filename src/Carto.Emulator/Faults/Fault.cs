namespace Carto.Emulator;

/// <summary>
/// A fault to inject. It affects matching calls <see cref="Count"/> times or for <see cref="Duration"/>, and then expires. Delays add up
/// with other faults of the same call; of the others, the first one added wins.
/// </summary>
public sealed record Fault
{
    /// <summary>The kind of fault.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Which calls.</summary>
    public Operation Operation { get; init; }

    /// <summary>Only calls of this user (by user ID), and token requests on its behalf; null for all users.</summary>
    public string? UserId { get; init; }

    /// <summary>How many calls it affects; null for no limit.</summary>
    public int? Count { get; init; } = 1;

    /// <summary>How many matching calls pass before the first one is affected.</summary>
    public int Skip { get; init; }

    /// <summary>How long it lasts after being added; null for no limit.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Share of matching calls it affects, 0 to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>
    /// It occurs after the call has taken effect (<see cref="FaultKind.Latency"/>, <see cref="FaultKind.Status"/>,
    /// <see cref="FaultKind.Cut"/>, <see cref="FaultKind.Hang"/>, <see cref="FaultKind.ToolError"/>, <see cref="FaultKind.Answer"/>);
    /// otherwise before.
    /// </summary>
    public bool AfterEffect { get; init; }

    /// <summary>For <see cref="FaultKind.EmptyList"/>, the ID of the only client still listed; null for none.</summary>
    public string? Except { get; init; }

    /// <summary>For <see cref="FaultKind.Latency"/> the delay; for <see cref="FaultKind.SlowBody"/> the delay between two chunks.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>HTTP status, for <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; init; } = 503;

    /// <summary>Its body is an HTML page, as from a load balancer.</summary>
    public bool Html { get; init; }

    /// <summary>Value of <c>Retry-After</c>, rounded up to seconds; null for no header.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Write <c>Retry-After</c> as a date instead of seconds.</summary>
    public bool RetryAfterAsDate { get; init; }

    /// <summary>
    /// The header <c>x-ratelimit-reset</c>, the end of a pause in Unix seconds, this far ahead; null for no header. Auth0 sends it,
    /// sometimes without <c>Retry-After</c>.
    /// </summary>
    public TimeSpan? RateLimitReset { get; init; }

    /// <summary>
    /// Message for <see cref="FaultKind.Status"/> and <see cref="FaultKind.ToolError"/>, the whole text for <see cref="FaultKind.Answer"/>,
    /// in which <c>{id}</c> stands for the Client ID of the call; null for the default.
    /// </summary>
    public string? Message { get; init; }

    /// <summary>OAuth error code for <see cref="FaultKind.Status"/> at the token endpoint; null for the default.</summary>
    public string? Error { get; init; }

    /// <summary>Target of <see cref="FaultKind.Redirect"/>.</summary>
    public Uri? Location { get; init; }

    /// <summary>How many bytes <see cref="FaultKind.HugeAnswer"/> adds.</summary>
    public int Bytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A call takes longer.</summary>
    public static Fault Latency(Operation operation, TimeSpan delay, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Latency,
            Operation = operation,
            Delay = delay,
            Count = count,
        };

    /// <summary>An HTTP error status, without effect.</summary>
    public static Fault HttpStatus(Operation operation, int status, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Status,
            Operation = operation,
            Status = status,
            Count = count,
        };

    /// <summary>429, with <c>Retry-After</c> if a time is given.</summary>
    public static Fault TooManyRequests(Operation operation, TimeSpan? retryAfter = null, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Status,
            Operation = operation,
            Status = 429,
            RetryAfter = retryAfter,
            Count = count,
        };

    /// <summary>401 for a valid token, as if it was invalidated early.</summary>
    public static Fault TokenRefused(Operation operation, int? count = 1) => HttpStatus(operation, 401, count);

    /// <summary>403 because a quota is used up.</summary>
    public static Fault QuotaExceeded(Operation operation, int? count = 1) =>
        HttpStatus(operation, 403, count) with
        {
            Message = "Quota exceeded",
        };

    /// <summary>403 because the plan does not include it.</summary>
    public static Fault PlanInsufficient(Operation operation, int? count = 1) =>
        HttpStatus(operation, 403, count) with
        {
            Message = Refusals.Plan,
        };

    /// <summary>The connection breaks without a response or effect.</summary>
    public static Fault CutBefore(Operation operation, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Cut,
            Operation = operation,
            Count = count,
        };

    /// <summary>The connection breaks without a response after the call took effect.</summary>
    public static Fault CutAfter(Operation operation, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Cut,
            Operation = operation,
            AfterEffect = true,
            Count = count,
        };

    /// <summary>No response until the caller gives up.</summary>
    public static Fault Hang(Operation operation, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Hang,
            Operation = operation,
            Count = count,
        };

    /// <summary>Lists are empty.</summary>
    public static Fault EmptyList(int? count = 1, string? except = null) =>
        new()
        {
            Kind = FaultKind.EmptyList,
            Operation = Operation.List,
            Count = count,
            Except = except,
        };

    /// <summary>An oversized response.</summary>
    public static Fault HugeAnswer(Operation operation, int bytes, int? count = 1) =>
        new()
        {
            Kind = FaultKind.HugeAnswer,
            Operation = operation,
            Bytes = bytes,
            Count = count,
        };

    /// <summary>An HTTP response with a truncated body but valid framing.</summary>
    public static Fault MalformedBody(Operation operation, int? count = 1) =>
        new()
        {
            Kind = FaultKind.MalformedBody,
            Operation = operation,
            Count = count,
        };

    /// <summary>A tool response with truncated JSON text.</summary>
    public static Fault MalformedText(Operation operation, int? count = 1) =>
        new()
        {
            Kind = FaultKind.MalformedText,
            Operation = operation,
            Count = count,
        };

    /// <summary>A redirect (307) to another location.</summary>
    public static Fault Redirect(Operation operation, Uri location, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Redirect,
            Operation = operation,
            Location = location,
            Count = count,
        };

    /// <summary>A tool result with <c>isError</c>, without effect.</summary>
    public static Fault ToolError(Operation operation, string message, int? count = 1) =>
        new()
        {
            Kind = FaultKind.ToolError,
            Operation = operation,
            Message = message,
            Count = count,
        };

    /// <summary>A tool result marked as success with this text, without effect. <c>{id}</c> is the call's Client ID.</summary>
    public static Fault Answer(Operation operation, string text, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Answer,
            Operation = operation,
            Message = text,
            Count = count,
        };

    /// <summary>The usual response to a deletion or rename, without effect.</summary>
    public static Fault NoEffect(Operation operation, int? count = 1) =>
        new()
        {
            Kind = FaultKind.Answer,
            Operation = operation,
            Count = count,
        };

    /// <summary>A list whose first entry has a name but no Client ID.</summary>
    public static Fault OddEntry(int? count = 1) =>
        new()
        {
            Kind = FaultKind.OddEntry,
            Operation = Operation.List,
            Count = count,
        };

    /// <summary>500 from the token endpoint for a tenant-wide limit, as in Auth0.</summary>
    public static Fault GlobalLimit(int? count = 1) => GlobalLimit(Operation.Token, count);

    internal static Fault GlobalLimit(Operation operation, int? count = 1) =>
        HttpStatus(operation, 500, count) with
        {
            Error = "access_denied",
            Message = Refusals.GlobalLimit,
        };

    /// <summary>A response in small chunks with delays in between.</summary>
    public static Fault SlowBody(Operation operation, TimeSpan delay, int? count = 1) =>
        new()
        {
            Kind = FaultKind.SlowBody,
            Operation = operation,
            Delay = delay,
            Count = count,
        };
}

/// <summary>The kind of fault.</summary>
public enum FaultKind
{
    /// <summary>A delay.</summary>
    Latency,

    /// <summary>An HTTP error status instead of the response.</summary>
    Status,

    /// <summary>The connection breaks.</summary>
    Cut,

    /// <summary>No response until the caller gives up or the fault is cleared; then the connection breaks.</summary>
    Hang,

    /// <summary>An empty list.</summary>
    EmptyList,

    /// <summary>Large amounts of white space in the response.</summary>
    HugeAnswer,

    /// <summary>Half of the HTTP body.</summary>
    MalformedBody,

    /// <summary>Half of the tool's text.</summary>
    MalformedText,

    /// <summary>A redirect.</summary>
    Redirect,

    /// <summary>A tool result with <c>isError</c>.</summary>
    ToolError,

    /// <summary>The body in small chunks.</summary>
    SlowBody,

    /// <summary>A tool result marked as success with another text; with or without effect.</summary>
    Answer,

    /// <summary>A list with an entry that has no Client ID.</summary>
    OddEntry,
}
