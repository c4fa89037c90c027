using System.Diagnostics.Metrics;

namespace Operator.Carto;

/// <summary>Metrics; the names are documented in docs/carto.md.</summary>
internal static class CartoMetrics
{
    public const string MeterName = "Operator.Carto";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Calls = Meter.CreateCounter<long>(
        "carto.calls",
        "{call}",
        "Operations on CARTO, by operation and outcome."
    );

    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>(
        "carto.call.duration",
        "s",
        "Duration of operations on CARTO, waiting for the gate included."
    );

    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>(
        "carto.token.requests",
        "{request}",
        "Access tokens asked for, by outcome."
    );

    private static readonly Counter<double> Waits = Meter.CreateCounter<double>(
        "carto.throttled",
        "s",
        "Time that calls waited for the account's gate, by cause."
    );

    public static void Call(string operation, string outcome, TimeSpan duration)
    {
        var operationTag = new KeyValuePair<string, object?>("operation", operation);
        var outcomeTag = new KeyValuePair<string, object?>("outcome", outcome);
        Calls.Add(1, operationTag, outcomeTag);
        Durations.Record(duration.TotalSeconds, operationTag, outcomeTag);
    }

    public static void Token(string outcome) => Tokens.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Waited(string cause, TimeSpan duration) =>
        Waits.Add(duration.TotalSeconds, new KeyValuePair<string, object?>("cause", cause));
}
