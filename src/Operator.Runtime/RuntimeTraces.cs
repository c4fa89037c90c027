using System.Diagnostics;

namespace Operator.Runtime;

/// <summary>
/// The activities of the source <c>Operator.Runtime</c>. None are created without a listener. They contain no object data.
/// </summary>
internal static class RuntimeTraces
{
    public const string SourceName = "Operator.Runtime";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>A reconcile of an object, from the moment it was enqueued.</summary>
    public static Activity? Reconcile(string controller, ObjectKey key, long reconcileId, TimeSpan waited, DateTimeOffset now)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity(
            $"reconcile {controller}",
            ActivityKind.Internal,
            parentContext: default,
            startTime: now - waited
        );
        activity
            ?.SetTag("operator.controller", controller)
            .SetTag("k8s.namespace.name", key.Namespace)
            .SetTag("k8s.object.name", key.Name)
            .SetTag("operator.reconcile.id", reconcileId)
            .AddEvent(new ActivityEvent("taken from the queue", now));
        return activity;
    }

    /// <summary>A call within a reconcile. Calls outside of one, such as watches, are not traced.</summary>
    public static Activity? Call(in ApiCall call, Uri server)
    {
        if (Activity.Current is null || !Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity($"{call.Verb} {call.Resource}", ActivityKind.Client);
        activity
            ?.SetTag("http.request.method", call.Method.Method)
            .SetTag("server.address", server.Host)
            .SetTag("server.port", server.Port)
            .SetTag("k8s.namespace.name", call.Key?.Namespace)
            .SetTag("k8s.object.name", call.Key?.Name);
        return activity;
    }

    /// <summary>The background write of an event, as part of the trace that caused it.</summary>
    public static Activity? Event(ActivityContext? cause) =>
        cause is { } context && Source.HasListeners() ? Source.StartActivity("write event", ActivityKind.Internal, context) : null;
}
