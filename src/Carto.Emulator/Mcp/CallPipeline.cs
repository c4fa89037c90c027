using System.Globalization;
using System.Text;

namespace Carto.Emulator;

/// <summary>
/// Middleware for every call: names it, injects faults before and after it, checks the token at the MCP server, formats the response, and
/// logs the outcome.
/// </summary>
internal sealed partial class CallPipeline(
    FaultSet faults,
    CallLog calls,
    VariantsHolder variants,
    CallerReader callers,
    RateWindow rate,
    TimeProvider timeProvider,
    ILogger<CallPipeline> logger
)
{
    /// <summary>Route value with the account that an address is of.</summary>
    public const string AccountKey = "accountId";

    private const int Pieces = 16;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallMark>() is not { } mark)
        {
            await next(context);
            return;
        }

        var call = CallScope.Of(context);
        try
        {
            call.Operation = mark.Operation ?? await McpRequest.PeekAsync(context, variants.Current);
            if (mark.Address is { } address && !variants.Current.Addresses.Serve(address, context.Request.Host.Host))
            {
                // Nothing is there: no question of tokens, and no fault is used up.
                await Answers.WriteErrorAsync(context, StatusCodes.Status404NotFound, Refusals.NoPage);
                return;
            }

            if (mark.NeedsToken)
            {
                call.Caller = await callers.ReadAsync(context.Request);
                call.UserId = call.Caller?.User.UserId;
            }

            var userId = call.Operation == Operation.Token ? await callers.ReadOwnerAsync(context.Request) : call.UserId;
            (call.Faults, call.FaultsCleared) = faults.Strike(call.Operation, userId);
            if (
                !await StrikeAsync(context, call, afterEffect: false)
                && (!mark.NeedsToken || await AdmitAsync(context, call, mark))
                && await ThrottleAsync(context, call, mark)
            )
            {
                await ServeAsync(context, call, next);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            call.Outcome ??= "caller gone";
        }
        catch (BadHttpRequestException e)
        {
            context.Response.StatusCode = e.StatusCode;
        }
        catch
        {
            call.Outcome = "exception";
            throw;
        }
        finally
        {
            var outcome = call.Outcome
                ?? (
                    context.Response.StatusCode is >= 200 and < 300
                        ? "ok"
                        : context.Response.StatusCode.ToString(CultureInfo.InvariantCulture)
                );
            calls.Add(timeProvider.GetUtcNow(), call.Operation, call.UserId, call.Subject, outcome, call.TookEffect);
            Log.Call(logger, call.Operation, call.UserId, call.Subject, outcome);
        }
    }

    /// <summary>Serves the call; buffered if its response must be changed.</summary>
    private async Task ServeAsync(HttpContext context, CallScope call, RequestDelegate next)
    {
        var current = variants.Current;
        var toJson = call.Caller is not null && current.ResponseFormat == ResponseFormat.Json;
        if (!toJson && call.Faults.Count == 0 && (current.QuotaAnswer == QuotaAnswer.Tool || call.Operation != Operation.Create))
        {
            await next(context);
            return;
        }

        var wire = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }

        if (await StrikeAsync(context, call, afterEffect: true))
        {
            return;
        }

        if (call.HttpRefusal is { } refusal)
        {
            context.Response.Clear();
            await Answers.WriteErrorAsync(context, refusal.Status, refusal.Message);
            return;
        }

        var body = buffer.ToArray();
        var isStream = context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) == true;
        if (toJson && isStream)
        {
            body = LastEvent(body);
            isStream = false;
            context.Response.ContentType = "application/json";
        }

        if (context.Response.StatusCode != StatusCodes.Status204NoContent && call.Find(FaultKind.HugeAnswer) is { } huge)
        {
            call.Outcome = Outcome(huge);
            var end = Array.LastIndexOf(body, (byte)'}') + 1;
            body = [.. body.AsSpan(0, end), .. Enumerable.Repeat((byte)' ', huge.Bytes), .. body.AsSpan(end)];
        }

        if (call.Find(FaultKind.MalformedBody) is { } malformed)
        {
            call.Outcome = Outcome(malformed);
            body = [.. body.AsSpan(0, body.Length / 2), .. isStream ? "\n\n"u8 : []];
        }

        context.Response.ContentLength = body.Length == 0 ? null : body.Length;
        var slow = call.Find(FaultKind.SlowBody);
        var piece = slow is null ? body.Length : body.Length / Pieces + 1;
        for (var sent = 0; sent < body.Length; sent += piece)
        {
            if (slow is not null)
            {
                call.Outcome = Outcome(slow);
                await Task.Delay(slow.Delay, timeProvider, context.RequestAborted);
            }

            await wire.WriteAsync(body.AsMemory(sent, Math.Min(piece, body.Length - sent)), context.RequestAborted);
            await wire.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>Injects the faults before or after the effect. True if that ends the call.</summary>
    private async Task<bool> StrikeAsync(HttpContext context, CallScope call, bool afterEffect)
    {
        foreach (var fault in call.Faults.Where(f => f.AfterEffect == afterEffect))
        {
            switch (fault.Kind)
            {
                case FaultKind.Latency:
                    await Task.Delay(fault.Delay, timeProvider, context.RequestAborted);
                    break;
                case FaultKind.Status:
                    call.Outcome = Outcome(fault);
                    await WriteStatusAsync(context, call, fault);
                    return true;
                case FaultKind.Cut:
                    call.Outcome = Outcome(fault);
                    context.Abort();
                    return true;
                case FaultKind.Hang:
                    call.Outcome = Outcome(fault);
                    await call.FaultsCleared.WaitAsync(context.RequestAborted);
                    context.Abort();
                    return true;
                case FaultKind.Redirect:
                    call.Outcome = Outcome(fault);
                    context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                    context.Response.Headers.Location = fault.Location!.ToString();
                    return true;
                default:
                    break;
            }
        }

        return false;
    }

    private async Task WriteStatusAsync(HttpContext context, CallScope call, Fault fault)
    {
        context.Response.Clear();
        context.Response.StatusCode = fault.Status;
        if (fault.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = fault.RetryAfterAsDate
                ? (timeProvider.GetUtcNow() + wait).ToString("R", CultureInfo.InvariantCulture)
                : Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (fault.RateLimitReset is { } reset)
        {
            context.Response.Headers["x-ratelimit-reset"] = (timeProvider.GetUtcNow() + reset)
                .ToUnixTimeSeconds()
                .ToString(CultureInfo.InvariantCulture);
        }

        var message = fault.Message
            ?? fault.Status switch
            {
                401 => Refusals.BadToken,
                429 => "Too many requests",
                _ => ((System.Net.HttpStatusCode)fault.Status).ToString(),
            };
        if (fault.Html)
        {
            var page =
                $"<html><head><title>{fault.Status}</title></head><body><center><h1>{fault.Status} {message}</h1></center></body></html>";
            await Answers.WriteAsync(context, "text/html", Encoding.UTF8.GetBytes(page));
        }
        else if (call.Operation == Operation.Token)
        {
            await Answers.WriteAsync(
                context,
                new System.Text.Json.Nodes.JsonObject
                {
                    ["error"] = fault.Error
                        ?? fault.Status switch
                        {
                            401 or 403 => "access_denied",
                            429 => "too_many_requests",
                            _ => "server_error",
                        },
                    ["error_description"] = message,
                }
            );
        }
        else
        {
            await Answers.WriteErrorAsync(context, fault.Status, message);
        }
    }

    /// <summary>Admits authorized callers of the account's address; responds to all others.</summary>
    private async Task<bool> AdmitAsync(HttpContext context, CallScope call, CallMark mark)
    {
        if (call.Caller is not { } caller)
        {
            await RefuseTokenAsync(context, mark);
            return false;
        }

        if (context.Request.RouteValues[AccountKey] is string account && account != caller.User.AccountId)
        {
            await Answers.WriteErrorAsync(context, StatusCodes.Status403Forbidden, "The token is of another account");
            return false;
        }

        if (!caller.MayHaveClients && variants.Current.PermissionRefusal == PermissionRefusal.Http)
        {
            var reason = caller.User.Role == UserRole.Viewer ? Refusals.Role : Refusals.Plan;
            await Answers.WriteErrorAsync(context, StatusCodes.Status403Forbidden, reason);
            return false;
        }

        return true;
    }

    private Task RefuseTokenAsync(HttpContext context, CallMark mark)
    {
        var message = context.Request.Headers.Authorization.Count == 0 ? Refusals.NoToken : Refusals.BadToken;
        if (mark.Address is not null && variants.Current.Challenge)
        {
            var metadata = Answers.UrlOf(context.Request, $"/.well-known/oauth-protected-resource{context.Request.Path}");
            context.Response.Headers.WWWAuthenticate = $"Bearer resource_metadata=\"{metadata}\"";
            message = Refusals.NotAuthenticated;
        }

        return Answers.WriteErrorAsync(context, StatusCodes.Status401Unauthorized, message);
    }

    /// <summary>Enforces the variants' rate limits.</summary>
    private async Task<bool> ThrottleAsync(HttpContext context, CallScope call, CallMark mark)
    {
        var current = variants.Current;
        var (limited, limit) =
            call.Operation == Operation.Token ? (TokenEndpoint.Path, current.TokenRequestsPerSecond)
            : call.UserId is { } userId ? (userId, current.RequestsPerSecond)
            : ("", null);
        if (limit is null || rate.TryTake(limited, limit.Value))
        {
            return true;
        }

        var isTool = mark.Address is not null && call.Operation is >= Operation.Create and <= Operation.OtherTool;
        if (isTool && current.RateLimitAnswer == RateLimitAnswer.ToolError)
        {
            call.Refusal = new CartoRefusal(StatusCodes.Status500InternalServerError, Refusals.GlobalLimit);
            return true;
        }

        var second = TimeSpan.FromSeconds(1);
        await WriteStatusAsync(
            context,
            call,
            current.RateLimitAnswer switch
            {
                RateLimitAnswer.RetryAfter => Fault.TooManyRequests(call.Operation, second),
                RateLimitAnswer.ResetOnly => Fault.TooManyRequests(call.Operation) with { RateLimitReset = second },
                _ => Fault.GlobalLimit(call.Operation),
            }
        );
        return false;
    }

    /// <summary>The data of the last event of a stream, which is the response after any notifications.</summary>
    private static byte[] LastEvent(byte[] stream)
    {
        var text = Encoding.UTF8.GetString(stream);
        var start = text.LastIndexOf("data:", StringComparison.Ordinal);
        return start < 0 ? stream : Encoding.UTF8.GetBytes(text[(start + "data:".Length)..].Trim());
    }

    private static string Outcome(Fault fault) => fault.Kind == FaultKind.Status ? $"fault {fault.Status}" : $"fault {fault.Kind}";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Operation} by {UserId} of {Subject}: {Outcome}")]
        public static partial void Call(ILogger logger, Operation operation, string? userId, string? subject, string outcome);
    }
}
