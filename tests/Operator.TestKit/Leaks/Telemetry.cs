using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Operator.TestKit.Leaks;

/// <summary>
/// Everything that this process says in metrics of the operator and in traces, each different text once. Other tests' are among it.
/// </summary>
internal sealed class Telemetry : IDisposable
{
    private const string Ours = "Operator.";

    /// <summary>The server's side of calls is the emulator's, not the operator's.</summary>
    private const string Servers = "Microsoft.AspNetCore";

    private readonly ConcurrentDictionary<(string Where, string Text), bool> _seen = new();
    private readonly ConcurrentQueue<(string Where, string Text)> _new = new();
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;

    public Telemetry()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(Ours, StringComparison.Ordinal))
            {
                Take(
                    "a metric",
                    $"{instrument.Name} {instrument.Unit} {instrument.Description} "
                        + $"{Text(instrument.Tags ?? [])}{Text(instrument.Meter.Tags ?? [])}"
                );
                listener.EnableMeasurementEvents(instrument);
            }
        };

        // Values are no place to hide in, except where they are whole numbers: nobody has a secret of so few digits.
        _meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Measured(instrument, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Measured(instrument, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Measured(instrument, tags));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => !source.Name.StartsWith(Servers, StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                // The side of the server is not the operator, but the emulator.
                if (activity.Kind != ActivityKind.Server)
                {
                    Take("a trace", Text(activity));
                }
            },
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>What was said since the last time.</summary>
    public IEnumerable<(string Where, string Text)> News()
    {
        _meters.RecordObservableInstruments();
        while (_new.TryDequeue(out var text))
        {
            yield return text;
        }
    }

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Measured(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Take("a metric", $"{instrument.Name} {Text(tags.ToArray())}");

    private void Take(string where, string text)
    {
        if (_seen.TryAdd((where, text), true))
        {
            _new.Enqueue((where, text));
        }
    }

    private static string Text(Activity activity) =>
        string.Join(
            ' ',
            activity.Source.Name,
            activity.OperationName,
            activity.DisplayName,
            activity.StatusDescription,
            activity.TraceStateString,
            Text(activity.TagObjects),
            string.Join(' ', activity.Baggage.Select(item => $"{item.Key}={item.Value}")),
            string.Join(' ', activity.Events.Select(happened => $"{happened.Name} {Text(happened.Tags)}")),
            string.Join(' ', activity.Links.Select(link => Text(link.Tags ?? [])))
        );

    private static string Text(IEnumerable<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', tags.Select(tag => $"{tag.Key}={Convert.ToString(tag.Value, CultureInfo.InvariantCulture)}"));
}
