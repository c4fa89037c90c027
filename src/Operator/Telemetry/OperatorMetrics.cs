using System.Diagnostics.Metrics;

namespace Operator.Telemetry;

/// <summary>The instruments of the meter <c>Operator</c>: events, as opposed to state (<see cref="StateGauges"/>).</summary>
internal static class OperatorMetrics
{
    private static readonly Meter Meter = new("Operator");

    private static readonly Counter<long> Rotations = Meter.CreateCounter<long>(
        "operator.rotations",
        "{rotation}",
        "Pairs that took the place of another in a Secret."
    );

    private static readonly Counter<long> Comparisons = Meter.CreateCounter<long>(
        "operator.drift.comparisons",
        "{comparison}",
        "Comparisons of an account's clients with CARTO's list."
    );

    private static readonly Counter<long> Findings = Meter.CreateCounter<long>(
        "operator.drift.findings",
        "{finding}",
        "What comparisons found, by kind."
    );

    public static void Rotated() => Rotations.Add(1);

    public static void Compared(int missing, int renamed, int strays, int unowned)
    {
        Comparisons.Add(1);
        Found("missing", missing);
        Found("renamed", renamed);
        Found("stray", strays);
        Found("unowned", unowned);
    }

    private static void Found(string kind, int count) => Findings.Add(count, new KeyValuePair<string, object?>("kind", kind));
}
