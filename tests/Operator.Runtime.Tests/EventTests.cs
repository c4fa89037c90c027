using k8s;
using k8s.Models;
using Operator.TestKit;

namespace Operator.Runtime.Tests;

/// <summary>
/// What tests of the event recorder share: recorders that run until the test is over, and the events that the server has.
/// </summary>
public abstract class EventTests(KubernetesServer server) : ClusterTests(server)
{
    protected static EventRecorderOptions Options { get; } =
        new() { ReportingController = "example.com/test", ReportingInstance = "test-0" };

    protected EventRecorder Start(KubernetesApi api, EventRecorderOptions options, TimeProvider? time = null)
    {
        var recorder = new EventRecorder(api, options, time ?? Time, Logger);
        Run(recorder.RunAsync);
        return recorder;
    }

    /// <summary>The events of the test's namespace, once there are so many.</summary>
    protected async Task<IList<Eventsv1Event>> EventsAsync(int count) =>
        await Eventually.GetAsync(
            async token => (await Server.Client.EventsV1.ListNamespacedEventAsync(Namespace, cancellationToken: token)).Items,
            events => events.Count == count,
            $"{count} events",
            Cancel
        );
}
