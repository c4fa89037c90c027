using System.Diagnostics.Metrics;

namespace Operator.Runtime;

/// <summary>The instruments of the meter <c>Operator.Runtime</c>.</summary>
internal static class RuntimeMetrics
{
    public const string MeterName = "Operator.Runtime";

    public static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> ApiCalls = Meter.CreateCounter<long>(
        "operator.kubernetes.calls",
        "{call}",
        "Calls to the Kubernetes API by verb, resource and code."
    );

    public static readonly Histogram<double> ApiCallDuration = Meter.CreateHistogram<double>(
        "operator.kubernetes.call.duration",
        "s",
        "Duration of calls other than watches."
    );

    public static readonly Counter<long> Lists = Meter.CreateCounter<long>(
        "operator.informer.lists",
        "{list}",
        "Full lists read by an informer."
    );

    public static readonly Counter<long> Watches = Meter.CreateCounter<long>(
        "operator.informer.watches",
        "{watch}",
        "Watches opened by an informer."
    );

    public static readonly Counter<long> WatchEvents = Meter.CreateCounter<long>(
        "operator.informer.events",
        "{event}",
        "Watch events received by type."
    );

    public static readonly Counter<long> MalformedObjects = Meter.CreateCounter<long>(
        "operator.informer.malformed",
        "{object}",
        "Objects skipped because they could not be decoded."
    );

    public static readonly Counter<long> Reconciles = Meter.CreateCounter<long>(
        "operator.reconciles",
        "{reconcile}",
        "Reconciles by controller and outcome."
    );

    public static readonly Histogram<double> ReconcileDuration = Meter.CreateHistogram<double>(
        "operator.reconcile.duration",
        "s",
        "Duration of reconciles by controller."
    );

    public static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "operator.events",
        "{event}",
        "Kubernetes events by what became of them."
    );

    public static readonly Counter<long> Happenings = Meter.CreateCounter<long>(
        "operator.happenings",
        "{happening}",
        "What happened to objects, as reported in events, by type and reason."
    );
}
