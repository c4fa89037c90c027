using System.Diagnostics.Metrics;
using Operator.Contracts;
using Operator.Runtime;

namespace Operator.Telemetry;

/// <summary>
/// State of each resource, as instruments of the meter <see cref="MeterName"/>. Opt-in: every resource has its own series, which cost
/// memory here and in Prometheus.
/// </summary>
internal sealed class ResourceGauges : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Operator.Resources";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Creates the gauges.</summary>
    /// <param name="clients">All resources.</param>
    /// <param name="time">Clock.</param>
    public ResourceGauges(Func<IEnumerable<M2MOAuthClient>> clients, TimeProvider time)
    {
        _meter.CreateObservableGauge(
            "operator.client.ready",
            () => Each(clients(), client => StateGauges.IsTrue(client, ConditionTypes.Ready) ? 1 : 0),
            null,
            "1 when the resource is ready, else 0."
        );
        _meter.CreateObservableGauge(
            "operator.client.credentials.age",
            () => Each(clients(), client => (time.GetUtcNow() - client.Status?.Current?.CreatedAt)?.TotalSeconds),
            "s",
            "Age of the credentials in use."
        );
        _meter.CreateObservableGauge(
            "operator.client.rotation.next",
            () => Each(clients(), client => (StateGauges.NextRotation(client) - time.GetUtcNow())?.TotalSeconds),
            "s",
            "Time until the next rotation; below zero when it is overdue."
        );
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<double>> Each(IEnumerable<M2MOAuthClient> clients, Func<M2MOAuthClient, double?> read) =>
        from client in clients
        let value = read(client)
        where value is not null
        let key = ObjectKey.Of(client)
        select new Measurement<double>(
            value.Value,
            new KeyValuePair<string, object?>("client_namespace", key.Namespace),
            new KeyValuePair<string, object?>("client", key.Name)
        );
}
