using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.TestKit.Faults;

/// <summary>The faults that tests ask for. Anything else is a <see cref="Fault"/> of the test's own.</summary>
public static class Fail
{
    /// <summary>Answers with a Status object as the API server makes them, without asking the server.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="reason">Machine-readable reason, for example <c>TooManyRequests</c>, <c>Expired</c> or <c>Conflict</c>.</param>
    /// <param name="retryAfter">Value of the header Retry-After, in whole seconds; null: none.</param>
    public static Fault Answer(HttpStatusCode status, string reason, TimeSpan? retryAfter = null) =>
        Answer(
            status,
            Status(status, reason).ToJsonString(),
            retryAfter is null ? [] : [new("Retry-After", retryAfter.Value.TotalSeconds.ToString("0", CultureInfo.InvariantCulture))]
        );

    /// <summary>Answers with any body and headers, without asking the server.</summary>
    public static Fault Answer(HttpStatusCode status, string body, IEnumerable<KeyValuePair<string, string>> headers) =>
        exchange => exchange.AnswerAsync(status, body, headers);

    /// <summary>Cuts the connection before the server hears of the request.</summary>
    public static Fault CutBeforeEffect() =>
        exchange =>
        {
            exchange.Cut();
            return Task.CompletedTask;
        };

    /// <summary>Lets the server do what it is asked, drops its answer and cuts the connection.</summary>
    public static Fault CutAfterEffect() =>
        async exchange =>
        {
            using var answer = await exchange.ForwardAsync();
            await answer.Content.ReadAsByteArrayAsync(exchange.Ended);
            exchange.Cut();
        };

    /// <summary>Holds the request until the hold is released, then passes it on.</summary>
    public static Fault Hold(out RequestHold hold)
    {
        var made = hold = new RequestHold();
        return async exchange =>
        {
            await made.WaitAsync(exchange.Ended);
            await exchange.PassAsync();
        };
    }

    /// <summary>Lets the server do what it is asked, and holds its answer until the hold is released.</summary>
    public static Fault HoldAnswer(out RequestHold hold)
    {
        var made = hold = new RequestHold();
        return async exchange =>
        {
            using var answer = await exchange.ForwardAsync();
            var body = await answer.Content.ReadAsByteArrayAsync(exchange.Ended);
            await made.WaitAsync(exchange.Ended);
            await exchange.BeginAsync(answer);
            await exchange.WriteAsync(body);
        };
    }

    /// <summary>Changes the JSON of the server's answer. Not for watches.</summary>
    public static Fault Rewrite(Action<JsonNode> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return async exchange =>
        {
            using var answer = await exchange.ForwardAsync();
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(exchange.Ended))!;
            change(body);
            await exchange.BeginAsync(answer);
            await exchange.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()));
        };
    }

    /// <summary>Does anything with a watch that the server has accepted; the watch ends when <paramref name="script"/> does.</summary>
    public static Fault OnWatch(Func<WatchRelay, Task> script)
    {
        ArgumentNullException.ThrowIfNull(script);
        return async exchange =>
        {
            using var answer = await exchange.ForwardAsync();
            await exchange.BeginAsync(answer);
            await using var stream = await answer.Content.ReadAsStreamAsync(exchange.Ended);
            await script(new WatchRelay(exchange, stream));
        };
    }

    /// <summary>Cuts a watch in the middle of the line after so many events.</summary>
    public static Fault CutWatchMidLine(int afterEvents) =>
        OnWatch(async watch =>
        {
            await watch.PassEventsAsync(afterEvents);
            await watch.CutMidLineAsync();
        });

    /// <summary>Cuts a watch after so many bytes.</summary>
    public static Fault CutWatchAfterBytes(int count) =>
        OnWatch(async watch =>
        {
            await watch.PassBytesAsync(count);
            watch.Cut();
        });

    /// <summary>Stops sending after so many events and keeps the connection open.</summary>
    public static Fault SilenceWatch(int afterEvents) =>
        OnWatch(async watch =>
        {
            await watch.PassEventsAsync(afterEvents);
            await watch.StaySilentAsync();
        });

    /// <summary>Puts a line of its own between the events of a watch.</summary>
    public static Fault InjectIntoWatch(int afterEvents, string line) =>
        OnWatch(async watch =>
        {
            await watch.PassEventsAsync(afterEvents);
            await watch.InjectAsync(line);
            await watch.PassRestAsync();
        });

    /// <summary>The line with which the API server ends a watch whose resourceVersion is too old.</summary>
    public static string ExpiredEvent() =>
        new JsonObject { ["type"] = "ERROR", ["object"] = Status(HttpStatusCode.Gone, "Expired") }.ToJsonString();

    private static JsonObject Status(HttpStatusCode status, string reason) =>
        new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = "injected by the fault proxy",
            ["reason"] = reason,
            ["code"] = (int)status,
        };
}
